"""Sort the frames of a series into stacks: one contrast, one orientation, one repeat each."""

from collections import defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from mri_bme.errors import InvalidGeometry
from mri_bme.intake.dicom.copies import Digest, keep_one_of_each
from mri_bme.intake.dicom.frames import Acquisition, Frame
from mri_bme.intake.dicom.geometry import SAME_POSITION_MM, Layout, lay_out, positions_along
from mri_bme.intake.dicom.grouping import alike, is_mosaic
from mri_bme.intake.dicom.parting import part_by_setting, part_stations
from mri_bme.intake.dicom.repeats import split_repeats, tell_apart
from mri_bme.volume import FloatArray, VolumeGeometry

MIN_SLICES_OF_ONE_PLACE = 3
NUMBERS_SKIP = "its instance numbers go up by"  # a note that halves of a stack lose when joined
NEAR_FRACTION = 0.1  # of the widest gap: slices nearer than this belong to two scans


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """Frames in slice order along the normal, on a grid or refused."""

    frames: Sequence[Frame]
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
    kept = keep_one_of_each(frames, pixel_digest=pixel_digest)
    stacks = []
    for members in alike(kept.frames):
        stacks += _stacks_of(members, kept.notes, pixel_digest)
    if kept.refused:
        stacks = [replace(s, refused=s.refused or kept.refused) for s in stacks]
    return sorted(stacks, key=_stack_order)


def _stack_order(stack: Stack) -> tuple[object, ...]:
    a = stack.acquisition
    components = ("magnitude", "water", "fat", "in-phase", "opposed-phase")
    rank = components.index(a.component) if a.component in components else len(components)
    along = stack.frames[0].position or (0.0, 0.0, 0.0)
    return (rank, a.component, a.echo_time_ms or 0.0, a.inversion_time_ms or 0.0,
            a.b_value or 0.0, a.orientation or (), stack.repeat, along, a.rows)  # fmt: skip


def _stacks_of(frames: list[Frame], notes: tuple[str, ...], pixel_digest: Digest) -> list[Stack]:
    impossible = _why_no_stack(frames[0])
    if impossible:
        return [Stack(frames=tuple(frames), geometry=None, refused=impossible, defects=notes)]
    try:
        along = positions_along(frames)
    except InvalidGeometry as error:
        return [Stack(frames=tuple(frames), geometry=None, refused=str(error), defects=notes)]
    bins = _bins(along)
    if _claim_one_place(frames, bins):
        reason = f"all {len(frames)} of its slices claim one place; send it with their positions"
        return [Stack(frames=tuple(frames), geometry=None, refused=reason, defects=notes)]
    frames, bins, n_copies = _drop_same_pixels(frames, bins, pixel_digest)
    if n_copies:
        notes = (*notes, f"{n_copies} re-sent slice(s) with the same pixels dropped")
    repeats = split_repeats(frames, bins)
    if repeats is None:
        reason = "several different images lie at one position and nothing tells them apart"
        return [Stack(frames=tuple(frames), geometry=None, refused=reason, defects=notes)]
    if len(repeats) == 1:
        repeats = _near_repeats(repeats[0]) or repeats
    return [
        stack_of(station, (*notes, *_note_few(part, repeats), *more), (number, len(repeats)))
        for number, part in enumerate(repeats, start=1)
        for parted in part_by_setting(part)
        for station, more in part_stations(parted)
    ]


def _near_repeats(frames: list[Frame]) -> list[list[Frame]] | None:
    """Tell scans apart whose slices lie a hair apart: the table crept, or the patient did.

    Asked only where the frames make no even stack; then every part must make one.
    """
    along = positions_along(frames)
    gaps = np.diff(np.sort(along))
    near_mm = NEAR_FRACTION * float(gaps.max(initial=0.0))
    if gaps.min(initial=np.inf) > near_mm:
        return None
    if lay_out([frames[i] for i in np.argsort(along)]).refused is None:
        return None
    bins = _bins(along, near_mm)
    parts = tell_apart(frames, bins)
    if parts is None or any(stack_of(part, (), (1, 1)).refused for part in parts):
        return None
    return parts


def _note_few(part: list[Frame], repeats: list[list[Frame]]) -> tuple[str, ...]:
    n_most = max(map(len, repeats))
    return (f"{len(part)} of {n_most} slices of this repeat",) if len(part) < n_most else ()


def _claim_one_place(frames: list[Frame], bins: list[int]) -> bool:
    """Tell slices without places of their own from one slice that was scanned again and again."""
    if len(frames) < MIN_SLICES_OF_ONE_PLACE or len(set(bins)) > 1:
        return False
    moments = {(frame.temporal_index, frame.trigger_time_ms) for frame in frames}
    return len(moments) < len(frames)


def _why_no_stack(frame: Frame) -> str | None:
    a = frame.acquisition
    if a.n_tiles > 1 or is_mosaic(a):
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


def _bins(along: FloatArray, apart_mm: float = SAME_POSITION_MM) -> list[int]:
    """Give each frame the number of its position, from the first to the last."""
    order = np.argsort(along, kind="stable")
    steps = np.diff(along[order]) > apart_mm
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
