"""Group frames that could be one stack: alike in everything that a scanner sets."""

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable

from mri_bme.io.dicom.frames import Acquisition, Frame, Vector

ORIENTATION_TOLERANCE = 2e-3  # of a unit vector: 0.1 degree; localizers differ by 90
ECHO_TIME_TOLERANCE_MS = 0.05  # jitter in exports reaches 0.001, echoes are 0.5 or more apart
INVERSION_TIME_TOLERANCE_MS = 2.0
FLIP_ANGLE_TOLERANCE = 0.5
PIXEL_SPACING_TOLERANCE_MM = 2e-4  # a tenth of a millimetre over 512 pixels


def alike(frames: Iterable[Frame]) -> list[list[Frame]]:
    """Group what could be one stack: same matrix, part of the signal and parameters."""
    placed: dict[bool, list[Frame]] = defaultdict(list)
    for frame in frames:
        placed[frame.position is None].append(frame)
    return [part for members in placed.values() for part in _alike_in_acquisition(members)]


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
            "MOSAIC" in a.image_type)  # fmt: skip


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


_TOLERANCES: tuple[tuple[Callable[[Acquisition], tuple[float, ...] | None], float], ...] = (
    (lambda a: a.orientation, ORIENTATION_TOLERANCE),
    (lambda a: a.pixel_spacing_mm, PIXEL_SPACING_TOLERANCE_MM),
    (lambda a: _alone(a.echo_time_ms), ECHO_TIME_TOLERANCE_MS),
    (lambda a: _alone(a.inversion_time_ms), INVERSION_TIME_TOLERANCE_MS),
    (lambda a: _alone(a.flip_angle), FLIP_ANGLE_TOLERANCE),
)


def _alone(value: float | None) -> tuple[float, ...] | None:
    return None if value is None else (value,)


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
        elif (
            len(value) == len(centre)
            and max(abs(v - c) for v, c in zip(value, centre, strict=True)) <= tolerance
        ):
            return index
    return len(centres)
