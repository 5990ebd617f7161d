"""Split images that lie at the same positions into repeats: one image of each slice in each."""

import os
from collections import defaultdict
from collections.abc import Callable, Hashable

import numpy as np
from numpy.typing import NDArray

from mri_bme.intake.dicom.frames import Frame
from mri_bme.intake.dicom.geometry import lay_out, positions_along
from mri_bme.volume import FloatArray

MIN_STATION_SLICES, MAX_STATIONS = 3, 8
STATION_SHIFT_MM = 5.0  # tables move by centimetres between stations, slices of one stack never

_DISCRIMINATORS: tuple[Callable[[Frame], Hashable], ...] = (
    lambda f: f.acquisition.image_type,
    lambda f: f.temporal_index,
    lambda f: f.acquisition.echo_number,
    lambda f: f.acquisition.repetition_time_ms,
    lambda f: f.trigger_time_ms,
    lambda f: f.acquisition.sequence_name,
    lambda f: f.acquisition.description,
    lambda f: f.acquisition.contrast_agent,
    lambda f: f.acquisition_number,
    lambda f: f.time,
    lambda f: f.sop_uid.partition("#")[0],  # the object that a frame comes from
)
"""What may tell images at one position apart, most telling first."""


def _folder(frame: Frame) -> Hashable:
    """Tell a processed copy that does not say so, where it is whole and kept apart."""
    return frame.path.rpartition(os.sep)[0]


def split_repeats(frames: list[Frame], bins: list[int]) -> list[list[Frame]] | None:
    """Split images that share positions into repeats; None when nothing orders them.

    A value is believed only when it divides the group into parts of equal extent, so a
    number that counts slices (AcquisitionNumber on many scanners) is never used.
    """
    if len(set(bins)) == len(bins):
        return [frames]
    where = dict(zip(map(id, frames), bins, strict=True))
    return tell_apart(frames, bins) or _by_rank(frames, where) or _incomplete(frames, where)


def tell_apart(frames: list[Frame], bins: list[int]) -> list[list[Frame]] | None:
    """Split by what the header says, never by the order of the images."""
    where = dict(zip(map(id, frames), bins, strict=True))
    for value_of in (_sideways_key(frames), *_DISCRIMINATORS, *_dimensions(frames), _folder):
        parts = _parts(frames, value_of)
        if len(parts) > 1 and _cover_alike(parts, where, value_of):
            split = [split_repeats(part, [where[id(f)] for f in part]) for part in parts]
            if all(part is not None for part in split):
                return [repeat for part in split if part for repeat in part]
    return None


def _parts(frames: list[Frame], value_of: Callable[[Frame], Hashable]) -> list[list[Frame]]:
    parts: dict[Hashable, list[Frame]] = defaultdict(list)
    for frame in frames:
        parts[value_of(frame)].append(frame)
    return sorted(parts.values(), key=_first_number)


def _dimensions(frames: list[Frame]) -> list[Callable[[Frame], Hashable]]:
    """List the dimension indices of an enhanced object, whatever they count."""
    n = min(len(frame.dimensions) for frame in frames)
    return [lambda f, k=k: f.dimensions[k] for k in range(n)]  # type: ignore[misc]


def _first_number(part: list[Frame]) -> tuple[object, ...]:
    return min((f.instance_number or 0, f.number, f.frame or 0) for f in part)


def _cover_alike(
    parts: list[list[Frame]], where: dict[int, int], value_of: Callable[[Frame], Hashable]
) -> bool:
    covered = [frozenset(where[id(f)] for f in part) for part in parts]
    if len(set(covered)) == 1:
        return True
    # stacks shifted sideways need not cover the same positions
    return getattr(value_of, "is_place", False) and all(
        len(c) == len(part) for c, part in zip(covered, parts, strict=True)
    )


def _sideways_key(frames: list[Frame]) -> Callable[[Frame], Hashable]:
    """Tell stations apart: same slice positions, but shifted within the plane."""
    orientation = np.array(frames[0].acquisition.orientation).reshape(2, 3)
    places = np.array([frame.position for frame in frames]) @ orientation.T
    stations = np.stack([_groups_apart(column) for column in places.T], axis=1)
    station_of = {id(f): (int(a), int(b)) for f, (a, b) in zip(frames, stations, strict=True)}

    def sideways(frame: Frame) -> Hashable:
        return station_of[id(frame)]

    sideways.is_place = True  # type: ignore[attr-defined]
    return sideways


def _groups_apart(values: FloatArray) -> NDArray[np.intp]:
    """Give each value its group, with more than `STATION_SHIFT_MM` between neighbours."""
    order = np.argsort(values, kind="stable")
    numbers = np.empty(len(values), dtype=np.intp)
    numbers[order] = np.concatenate([[0], np.cumsum(np.diff(values[order]) > STATION_SHIFT_MM)])
    return numbers


def _by_rank(frames: list[Frame], where: dict[int, int]) -> list[list[Frame]] | None:
    by_bin: dict[int, list[Frame]] = defaultdict(list)
    for frame in frames:
        by_bin[where[id(frame)]].append(frame)
    counts = {len(members) for members in by_bin.values()}
    numbers = [f.instance_number for f in frames]
    if len(counts) != 1 or None in numbers or len(set(numbers)) != len(numbers):
        return None
    ranked = [sorted(members, key=lambda f: f.instance_number or 0) for members in by_bin.values()]
    return [[members[rank] for members in ranked] for rank in range(counts.pop())]


def _incomplete(frames: list[Frame], where: dict[int, int]) -> list[list[Frame]] | None:
    """Tell repeats apart of which some lack slices, and stations that overlap."""
    for value_of in (*_DISCRIMINATORS, *_dimensions(frames)):
        parts = _parts(frames, value_of)
        covered = [frozenset(where[id(f)] for f in part) for part in parts]
        if len(parts) < 2 or any(map(lambda c, p: len(c) < len(p), covered, parts)):
            continue
        n_whole = covered.count(frozenset(where.values()))
        if 2 * n_whole >= len(parts) or _are_stations(parts, covered):
            return parts
    return None


def _are_stations(parts: list[list[Frame]], covered: list[frozenset[int]]) -> bool:
    """Even stacks of which no two would make one: halves of an interleaved scan would."""
    if len(parts) > MAX_STATIONS or min(map(len, parts)) < MIN_STATION_SLICES:
        return False
    if any(_is_uneven(part) for part in parts):
        return False
    return not any(
        covered[i].isdisjoint(covered[k]) and not _is_uneven(parts[i] + parts[k])
        for i in range(len(parts))
        for k in range(i)
    )


def _is_uneven(frames: list[Frame]) -> bool:
    order = np.argsort(positions_along(frames), kind="stable")
    return lay_out([frames[i] for i in order]).refused is not None
