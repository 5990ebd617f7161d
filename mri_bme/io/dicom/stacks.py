"""Sort the frames of a series into stacks: one contrast, one orientation, one repeat each."""

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from mri_bme.errors import InvalidGeometry
from mri_bme.io.dicom.frames import Acquisition, Frame
from mri_bme.io.dicom.geometry import SAME_POSITION_MM, Layout, lay_out, median_of, positions_along
from mri_bme.io.dicom.repeats import split_repeats
from mri_bme.volume import FloatArray, VolumeGeometry

ORIENTATION_TOLERANCE = 2e-3  # of a unit vector: 0.1 degree; localizers differ by 90
ECHO_TIME_TOLERANCE_MS = 0.05  # jitter in exports reaches 0.001, echoes are 0.5 or more apart
INVERSION_TIME_TOLERANCE_MS = 2.0
FLIP_ANGLE_TOLERANCE = 0.5
PIXEL_SPACING_TOLERANCE_MM = 2e-4  # a tenth of a millimetre over 512 pixels
STATION_GAP_MM, STATION_GAP_RATIO, STATION_MIN_SLICES = 25.0, 4.0, 3

Digest = Callable[[Frame], bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """Frames in slice order along the normal, on a grid or refused."""

    frames: tuple[Frame, ...]
    geometry: VolumeGeometry | None
    refused: str | None = None
    defects: tuple[str, ...] = ()
    repeat: tuple[int, int] = (1, 1)

    @property
    def acquisition(self) -> Acquisition:
        """What the frames have in common (of the first)."""
        return self.frames[0].acquisition


def stack_frames(frames: Sequence[Frame], *, pixel_digest: Digest) -> list[Stack]:
    """Turn the frames of one series into stacks, duplicates dropped.

    Nothing is grouped or split by AcquisitionNumber alone. `pixel_digest` tells whether
    two frames at one position are the same image; it is asked only then.
    """
    kept, n_dropped = drop_copies(frames)
    notes = (f"{n_dropped} duplicate file(s) dropped",) if n_dropped else ()
    stacks = []
    for members in _alike(kept):
        stacks += _stacks_of(members, notes, pixel_digest)
    return sorted(stacks, key=_stack_order)


def drop_copies(frames: Sequence[Frame]) -> tuple[list[Frame], int]:
    """Keep one of each instance; an undamaged copy is preferred."""
    ordered = sorted(frames, key=_file_order)
    names = {frame.sop_uid for frame in frames}
    if len(names) == len(frames) and "" not in names:
        return ordered, 0
    kept: dict[Hashable, Frame] = {}
    for frame in ordered:
        key = (frame.sop_uid, frame.position, frame.acquisition, frame.instance_number)
        identity: Hashable = key if frame.sop_uid else (frame.path, frame.frame)
        if identity not in kept or (kept[identity].damage and not frame.damage):
            kept[identity] = frame
    return list(kept.values()), len(frames) - len(kept)


def _file_order(frame: Frame) -> tuple[str, int]:
    return str(frame.path), frame.frame or 0


def _stack_order(stack: Stack) -> tuple[object, ...]:
    a = stack.acquisition
    components = ("magnitude", "water", "fat", "in-phase", "opposed-phase")
    rank = components.index(a.component) if a.component in components else len(components)
    along = stack.frames[0].position or (0.0, 0.0, 0.0)
    return (rank, a.component, a.echo_time_ms or 0.0, a.inversion_time_ms or 0.0,
            a.b_value or 0.0, a.orientation or (), stack.repeat, along, a.rows)  # fmt: skip


def _alike(frames: Iterable[Frame]) -> list[list[Frame]]:
    """Group what could be one stack: same matrix, part of the signal and parameters."""
    placed: dict[bool, list[Frame]] = defaultdict(list)
    for frame in frames:
        placed[frame.position is None].append(frame)
    return [part for members in placed.values() for part in _alike_in_acquisition(members)]


def _alike_in_acquisition(frames: list[Frame]) -> list[list[Frame]]:
    acquisitions = {id(frame.acquisition): frame.acquisition for frame in frames}
    groups: dict[Hashable, list[Acquisition]] = defaultdict(list)
    has_frames = _frames_of_reference_hold(frames)
    for acquisition in acquisitions.values():
        reference = acquisition.frame_of_reference if has_frames else ""
        groups[reference, _exact_key(acquisition)].append(acquisition)
    parts = list(groups.values())
    for value, tolerance in _TOLERANCES:
        parts = [near for part in parts for near in _cluster(part, value, tolerance)]
    number = {id(a): n for n, part in enumerate(parts) for a in part}
    members: list[list[Frame]] = [[] for _ in parts]
    for frame in frames:
        members[number[id(frame.acquisition)]].append(frame)
    return members


def _exact_key(a: Acquisition) -> Hashable:
    return (a.rows, a.columns, a.samples_per_pixel, a.component, a.b_value, a.stack_id,
            "MOSAIC" in a.image_type)  # fmt: skip


def _frames_of_reference_hold(frames: list[Frame]) -> bool:
    """Tell whether frames of reference say anything: some exporters give every file its own."""
    counts = Counter(frame.acquisition.frame_of_reference for frame in frames)
    return len(frames) == 1 or max(counts.values()) > 1


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


def _stacks_of(frames: list[Frame], notes: tuple[str, ...], pixel_digest: Digest) -> list[Stack]:
    impossible = _why_no_stack(frames[0])
    if impossible:
        return [Stack(frames=tuple(frames), geometry=None, refused=impossible, defects=notes)]
    try:
        along = positions_along(frames)
    except InvalidGeometry as error:
        return [Stack(frames=tuple(frames), geometry=None, refused=str(error), defects=notes)]
    bins = _bins(along)
    frames, bins, n_copies = _drop_same_pixels(frames, bins, pixel_digest)
    if n_copies:
        notes = (*notes, f"{n_copies} re-sent slice(s) with the same pixels dropped")
    repeats = split_repeats(frames, bins)
    if repeats is None:
        reason = "several different images lie at one position and nothing tells them apart"
        return [Stack(frames=tuple(frames), geometry=None, refused=reason, defects=notes)]
    return [
        stack_of(station, (*notes, *more), (number, len(repeats)))
        for number, part in enumerate(repeats, start=1)
        for numbered in _by_series_number(part)
        for station, more in _stations(numbered)
    ]


def _why_no_stack(frame: Frame) -> str | None:
    a = frame.acquisition
    if "MOSAIC" in a.image_type or a.n_tiles > 1:
        return "a Siemens mosaic (many slices tiled in one image); convert it with dcm2niix first"
    if a.samples_per_pixel != 1 or a.photometric.startswith(("RGB", "YBR", "PALETTE")):
        return "a colour image holds no measurable intensities"
    if frame.position is None or a.orientation is None:
        return "it does not say where its slices lie (no image position or orientation)"
    if a.pixel_spacing_mm is None:
        return "it does not say how large its pixels are"
    if a.rows < 1 or a.columns < 1:
        return "it declares an empty matrix"
    return None


def _bins(along: FloatArray) -> list[int]:
    """Give each frame the number of its position, from the first to the last."""
    order = np.argsort(along, kind="stable")
    steps = np.diff(along[order]) > SAME_POSITION_MM
    numbers = np.concatenate([[0], np.cumsum(steps)])
    bins = np.empty(len(along), dtype=int)
    bins[order] = numbers
    return [int(b) for b in bins]


def _drop_same_pixels(
    frames: list[Frame], bins: list[int], pixel_digest: Digest
) -> tuple[list[Frame], list[int], int]:
    """Drop images that were sent twice under new UIDs; looks at pixels only on collisions."""
    by_bin: dict[int, list[Frame]] = defaultdict(list)
    for frame, number in zip(frames, bins, strict=True):
        by_bin[number].append(frame)
    counts = {len(members) for members in by_bin.values()}
    if counts == {1}:
        return frames, bins, 0
    if len(counts) == 1 and not _same_images(by_bin[0], pixel_digest):
        return frames, bins, 0
    kept, kept_bins = [], []
    for number, members in sorted(by_bin.items()):
        for frame in _distinct(members, pixel_digest):
            kept.append(frame)
            kept_bins.append(number)
    return kept, kept_bins, len(frames) - len(kept)


def _same_images(members: list[Frame], pixel_digest: Digest) -> bool:
    return len(_distinct(members, pixel_digest)) < len(members)


def _distinct(members: list[Frame], pixel_digest: Digest) -> list[Frame]:
    if len(members) == 1:
        return members
    found: dict[Hashable, Frame] = {}
    for frame in members:
        place = None if frame.position is None else tuple(round(v, 1) for v in frame.position)
        key = (place, id(frame) if frame.damage else pixel_digest(frame))
        found.setdefault(key, frame)
    return list(found.values())


def _by_series_number(frames: list[Frame]) -> list[list[Frame]]:
    """Split series that carry one UID: numbers of their own, each an even stack, interleaved.

    Parts that lie side by side are halves of one stack, whatever their numbers.
    """
    parts: dict[int | None, list[Frame]] = defaultdict(list)
    for frame in frames:
        parts[frame.acquisition.series_number].append(frame)
    if len(parts) == 1 or min(map(len, parts.values())) < STATION_MIN_SLICES:
        return [frames]
    along = positions_along(frames)
    in_order = [frames[i].acquisition.series_number for i in np.argsort(along, kind="stable")]
    n_changes = sum(a != b for a, b in pairwise(in_order))
    if n_changes == len(parts) - 1:
        return [frames]
    found = list(parts.values())
    is_split = all(stack_of(part, (), (1, 1)).refused is None for part in found)
    return found if is_split else [frames]


def _stations(frames: list[Frame]) -> list[tuple[list[Frame], tuple[str, ...]]]:
    """Split where the table moved: a gap far wider than a few lost slices, even stacks beside it.

    The gap is noted, so nobody takes the parts for the whole.
    """
    along = positions_along(frames)
    order = np.argsort(along, kind="stable")
    gaps = np.diff(along[order])
    if len(gaps) < 2 * STATION_MIN_SLICES:
        return [(frames, ())]
    wide = np.flatnonzero(gaps > max(STATION_GAP_MM, STATION_GAP_RATIO * median_of(gaps)))
    parts = [[frames[i] for i in part] for part in np.split(order, wide + 1)]
    is_split = len(parts) > 1 and all(
        len(part) >= STATION_MIN_SLICES and lay_out(part).refused is None for part in parts
    )
    if not is_split:
        return [(frames, ())]
    note = f"one of {len(parts)} stations with gaps of {gaps[wide].min():.0f} mm or more"
    return [(part, (note,)) for part in parts]


def stack_of(frames: list[Frame], notes: tuple[str, ...], repeat: tuple[int, int]) -> Stack:
    """Sort frames of one image along the normal and lay them out.

    Damaged frames are left out of `frames` and refuse the stack.
    """
    along = positions_along(frames)
    ordered = [frames[i] for i in np.argsort(along, kind="stable")]
    damaged = [frame for frame in ordered if frame.damage]
    whole = [frame for frame in ordered if not frame.damage]
    layout = lay_out(whole) if whole else Layout(geometry=None)
    refused = layout.refused
    if damaged:
        broken = "; ".join(sorted({str(frame.damage) for frame in damaged})[:3])
        missing = f" ({refused})" if refused else ""
        refused = f"{len(damaged)} of {len(ordered)} slices cannot be read: {broken}{missing}"
    return Stack(
        frames=tuple(whole or ordered),
        geometry=layout.geometry,
        refused=refused,
        defects=(*notes, *layout.defects),
        repeat=repeat,
    )
