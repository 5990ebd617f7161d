"""Instances that came more than once: the same again, or sent again with other pixels."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from mri_bme.intake.dicom.frames import Frame

Digest = Callable[[Frame], bytes]
Stamp = Callable[[Frame], tuple[str, ...]]

_STAMPS = (
    ("InstanceCreationDate", "InstanceCreationTime"),
    ("ContentDate", "ContentTime"),
    ("SeriesDate", "SeriesTime"),
    ("AcquisitionDate", "AcquisitionTime"),
    ("StudyDate", "StudyTime"),
)
"""What may tell which of two versions is newer, most telling first."""


@dataclass(frozen=True, slots=True)
class Kept:
    """One of each instance; `refused` when two versions contradict and nothing orders them."""

    frames: list[Frame]
    notes: tuple[str, ...] = ()
    refused: str | None = None


def keep_one_of_each(
    frames: Sequence[Frame], *, pixel_digest: Digest, stamp: Stamp | None = None
) -> Kept:
    """Keep one of each instance, in file order; an undamaged and a newer one is preferred.

    Files with one instance UID are versions of one image where they agree in place and in
    all that a scanner sets; UIDs that a poor exporter repeats for other images are not.
    `pixel_digest` is asked only where there are two, `stamp` only where they differ.
    """
    ordered = sorted(frames, key=lambda frame: (frame.number, frame.frame or 0))
    names = {frame.sop_uid for frame in frames}
    if len(names) == len(frames) and "" not in names:
        return Kept(ordered)
    versions: dict[Hashable, list[Frame]] = defaultdict(list)
    for frame in ordered:
        versions[_identity(frame)].append(frame)
    kept, n_copies, n_replaced, n_unsure = [], 0, 0, 0
    for members in versions.values():
        different = _different(members, pixel_digest)
        n_copies += len(members) - len(different)
        newest = different[0] if len(different) == 1 else _newest(different, stamp or read_stamp)
        n_replaced += len(different) - 1 if newest else 0
        n_unsure += newest is None
        kept.append(newest or different[0])
    return Kept(kept, tuple(_notes(n_copies, n_replaced)), _contradiction(n_unsure))


def _identity(frame: Frame) -> Hashable:
    if not frame.sop_uid:
        return frame.path, frame.frame
    a = frame.acquisition
    set_by_scanner = (a.component, a.echo_time_ms, a.inversion_time_ms, a.flip_angle, a.b_value)
    return (
        *(frame.sop_uid, frame.position, frame.instance_number, frame.acquisition_number),
        *(frame.temporal_index, frame.trigger_time_ms, a.rows, a.columns, a.orientation),
        *(a.study_date, a.other_dates[:1], a.series_number, a.description, set_by_scanner),
    )


def _different(members: list[Frame], pixel_digest: Digest) -> list[Frame]:
    """Give one of each content; damaged ones only where there is no whole one."""
    whole = [frame for frame in members if not frame.damage] or members[:1]
    if len(whole) == 1:
        return whole
    found: dict[bytes, Frame] = {}
    for frame in whole:
        found.setdefault(pixel_digest(frame), frame)
    return list(found.values())


def _newest(versions: list[Frame], stamp: Stamp) -> Frame | None:
    """Give the newest by the first date that all have and that orders them; None for none."""
    stamps = [stamp(frame) for frame in versions]
    for values in zip(*stamps, strict=True):
        newest = max(values)
        if all(values) and values.count(newest) == 1:
            return versions[values.index(newest)]
    return None


def read_stamp(frame: Frame) -> tuple[str, ...]:
    """Read when an image was made, in several ways; empty where the header does not say."""
    from mri_bme.intake.dicom.datasets import read_dataset  # noqa: PLC0415  (loads pydicom)

    try:
        dataset = read_dataset(Path(frame.path), with_pixels=False)
        return tuple(_joined(str(dataset.get(part) or "") for part in pair) for pair in _STAMPS)
    except MemoryError:
        raise
    except Exception:
        return ("",) * len(_STAMPS)


def _joined(parts: Iterable[str]) -> str:
    day, time = parts
    return f"{day} {time}" if day else ""


def _notes(n_copies: int, n_replaced: int) -> Iterable[str]:
    if n_copies:
        yield f"{n_copies} duplicate file(s) dropped"
    if n_replaced:
        yield (
            f"{n_replaced} slice(s) were sent again under the same UIDs with other pixels; the "
            "newer ones are used"
        )


def _contradiction(n_unsure: int) -> str | None:
    if not n_unsure:
        return None
    return (
        f"{n_unsure} of its slices came twice under the same UIDs with different pixels, and no "
        "date tells which is right: remove one of the two"
    )
