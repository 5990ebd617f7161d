"""Group frames that could be one stack: alike in everything that a scanner sets."""

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable

from mri_bme.intake.dicom.elements import MULTIFRAME_MR
from mri_bme.intake.dicom.frames import Acquisition, Frame, Vector

ORIENTATION_TOLERANCE = 2e-3  # of a unit vector: 0.1 degree; localizers differ by 90
ECHO_TIME_TOLERANCE_MS = 0.05  # jitter in exports reaches 0.001, echoes are 0.5 or more apart
INVERSION_TIME_TOLERANCE_MS = 2.0
FLIP_ANGLE_TOLERANCE = 0.5
MAX_REJOINED = 200
PIXEL_SPACING_TOLERANCE_MM = 2e-4  # a tenth of a millimetre over 512 pixels


def alike(frames: Iterable[Frame]) -> list[list[Frame]]:
    """Group what could be one stack: same matrix, part of the signal and parameters."""
    placed: dict[bool, list[Frame]] = defaultdict(list)
    for frame in frames:
        placed[frame.position is None].append(frame)
    parts = [part for members in placed.values() for part in _alike_in_acquisition(members)]
    return _rejoined(parts) if 1 < len(parts) <= MAX_REJOINED else parts


def _rejoined(parts: list[list[Frame]]) -> list[list[Frame]]:
    """Put parts together that only an absent value or the flip angle tells apart.

    They must share no place: images of one place are different images, whatever is absent.
    """
    places = [{tuple(round(v, 1) for v in f.position or ()) for f in part} for part in parts]
    whole: list[int] = []  # parts that others join
    for k, part in enumerate(parts):
        homes = [
            i
            for i in whole
            if _may_be_same(parts[i][0].acquisition, part[0].acquisition)
            and places[i].isdisjoint(places[k])
        ]
        if len(homes) != 1 or part[0].position is None:
            whole.append(k)
            continue
        parts[homes[0]] += part
        places[homes[0]] |= places[k]
    return [parts[k] for k in whole]


def _may_be_same(a: Acquisition, b: Acquisition) -> bool:
    """Tell whether no value that both have differs, flip angles aside."""
    if _exact_key(a) != _exact_key(b) or a.stack_id != b.stack_id:
        return False
    references = {a.frame_of_reference, b.frame_of_reference} - {""}
    if len(references) > 1:
        return False
    return all(
        _is_near(value(a), value(b), tolerance)
        for value, tolerance in _TOLERANCES[:N_TELLING]
        if value not in MAY_BE_ABSENT or (value(a) is not None and value(b) is not None)
    )


def _alike_in_acquisition(frames: list[Frame]) -> list[list[Frame]]:
    acquisitions = {id(frame.acquisition): frame.acquisition for frame in frames}
    groups: dict[Hashable, list[Acquisition]] = defaultdict(list)
    has_frames, has_stacks = _frames_of_reference_hold(frames), _stack_ids_hold(frames)
    for acquisition in acquisitions.values():
        reference = acquisition.frame_of_reference if has_frames else ""
        stack_id = acquisition.stack_id if has_stacks else ""
        groups[reference, stack_id, _exact_key(acquisition)].append(acquisition)
    parts = list(groups.values())
    for value, tolerance in _TOLERANCES:
        parts = [near for part in parts for near in _cluster(part, value, tolerance)]
    number = {id(a): n for n, part in enumerate(parts) for a in part}
    members: list[list[Frame]] = [[] for _ in parts]
    for frame in frames:
        members[number[id(frame.acquisition)]].append(frame)
    return members


def _exact_key(a: Acquisition) -> Hashable:
    return (a.rows, a.columns, a.samples_per_pixel, a.component, a.b_value,
            is_mosaic(a))  # fmt: skip


def is_mosaic(a: Acquisition) -> bool:
    """Tell a Siemens mosaic; frames of an enhanced object that bears the word are single."""
    return "MOSAIC" in a.image_type and a.sop_class not in MULTIFRAME_MR


def _frames_of_reference_hold(frames: list[Frame]) -> bool:
    """Tell whether frames of reference say anything: some exporters give every file its own."""
    counts = Counter(frame.acquisition.frame_of_reference for frame in frames)
    return len(frames) == 1 or max(counts.values()) > 1


def _stack_ids_hold(frames: list[Frame]) -> bool:
    """Tell whether stack IDs say anything: some scanners give every slice its own."""
    places: dict[str, set[Vector | None]] = defaultdict(set)
    for frame in frames:
        places[frame.acquisition.stack_id].add(frame.position)
    return any(len(of_one) > 1 for of_one in places.values())


def _alone(value: float | None) -> tuple[float, ...] | None:
    return None if value is None else (value,)


def _echo_time(a: Acquisition) -> tuple[float, ...] | None:
    return _alone(a.echo_time_ms)


def _inversion_time(a: Acquisition) -> tuple[float, ...] | None:
    return _alone(a.inversion_time_ms)


_TOLERANCES: tuple[tuple[Callable[[Acquisition], tuple[float, ...] | None], float], ...] = (
    (lambda a: a.orientation, ORIENTATION_TOLERANCE),
    (lambda a: a.pixel_spacing_mm, PIXEL_SPACING_TOLERANCE_MM),
    (_echo_time, ECHO_TIME_TOLERANCE_MS),
    (_inversion_time, INVERSION_TIME_TOLERANCE_MS),
    (lambda a: _alone(a.flip_angle), FLIP_ANGLE_TOLERANCE),
)


MAY_BE_ABSENT = (_echo_time, _inversion_time)
N_TELLING = len(_TOLERANCES) - 1  # all but the flip angle, which some sequences vary


def _cluster(
    acquisitions: list[Acquisition],
    value_of: Callable[[Acquisition], tuple[float, ...] | None],
    tolerance: float,
) -> list[list[Acquisition]]:
    """Split where a value leaves the tolerance around the first of its cluster."""
    centres: list[tuple[float, ...] | None] = []
    clusters: list[list[Acquisition]] = []
    known: dict[tuple[float, ...] | None, int] = {}
    for acquisition in acquisitions:
        value = value_of(acquisition)
        if value not in known:
            known[value] = _nearest(value, centres, tolerance)
            if known[value] == len(centres):
                centres.append(value)
                clusters.append([])
        clusters[known[value]].append(acquisition)
    return clusters


def _nearest(
    value: tuple[float, ...] | None, centres: list[tuple[float, ...] | None], tolerance: float
) -> int:
    for index, centre in enumerate(centres):
        if value is None or centre is None:
            if value is centre:
                return index
        elif _is_near(value, centre, tolerance):
            return index
    return len(centres)


def _is_near(a: tuple[float, ...] | None, b: tuple[float, ...] | None, tolerance: float) -> bool:
    if a is None or b is None or len(a) != len(b):
        return False
    return max(abs(v - w) for v, w in zip(a, b, strict=True)) <= tolerance
