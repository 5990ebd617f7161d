"""Part frames that look like one stack and are several: stations, series under one UID."""

from collections import defaultdict
from collections.abc import Callable, Hashable
from datetime import date
from itertools import pairwise

import numpy as np

from mri_bme.intake.dicom.dates import ONE_DAY, parse_date
from mri_bme.intake.dicom.frames import Acquisition, Frame
from mri_bme.intake.dicom.geometry import lay_out, median_of, positions_along

STATION_GAP_MM, STATION_GAP_RATIO, STATION_MIN_SLICES = 25.0, 4.0, 3
OTHER_REPETITION_TIME = 1.1  # gating lets the repetition time of one scan drift by less

_DATES: tuple[Callable[[Acquisition], str], ...] = (
    lambda a: a.study_date,
    lambda a: (*a.other_dates, "")[0],  # of the acquisition
)
_SETTINGS: tuple[Callable[[Frame], Hashable], ...] = (
    lambda f: f.acquisition.series_number,
    lambda f: f.acquisition.repetition_time_ms,
    lambda f: f.acquisition.description,
    lambda f: f.acquisition.sequence_name,
)


def part_by_day(frames: list[Frame]) -> list[list[Frame]]:
    """Part examinations of different days that carry the same UIDs.

    Frames without a date stay with those of the first day. A scan that goes on past
    midnight is one.
    """
    if len({id(frame.acquisition) for frame in frames}) == 1:
        return [frames]
    for date_of in _DATES:
        parts: dict[date | None, list[Frame]] = defaultdict(list)
        for frame in frames:
            parts[parse_date(date_of(frame.acquisition))].append(frame)
        days = sorted(day for day in parts if day is not None)
        apart = [b - a for a, b in pairwise(days)]
        if apart and min(apart) > ONE_DAY and min(map(len, parts.values())) >= STATION_MIN_SLICES:
            parts[days[0]] += parts.pop(None, [])
            return [part for _, part in sorted(parts.items(), key=lambda item: str(item[0]))]
    return [frames]


def part_by_setting(frames: list[Frame]) -> list[list[Frame]]:
    """Part series that carry one UID: settings of their own, each an even stack, interleaved.

    Parts that lie side by side are halves of one stack, whatever their numbers.
    """
    for value_of in _SETTINGS:
        parts: dict[Hashable, list[Frame]] = defaultdict(list)
        for frame in frames:
            parts[value_of(frame)].append(frame)
        if len(parts) == 1 or min(map(len, parts.values())) < STATION_MIN_SLICES:
            continue
        if _is_drift(list(parts)) or _lie_side_by_side(frames, value_of, len(parts)):
            continue
        found = [_along_normal(part) for part in parts.values()]
        if all(lay_out(part).refused is None for part in found):
            return found
    return [frames]


def _is_drift(values: list[Hashable]) -> bool:
    numbers = sorted(v for v in values if isinstance(v, float))
    return any(high < OTHER_REPETITION_TIME * low for low, high in pairwise(numbers))


def _lie_side_by_side(
    frames: list[Frame], value_of: Callable[[Frame], Hashable], n_parts: int
) -> bool:
    in_order = [value_of(frame) for frame in _along_normal(frames)]
    return sum(a != b for a, b in pairwise(in_order)) == n_parts - 1


def _along_normal(frames: list[Frame]) -> list[Frame]:
    return [frames[i] for i in np.argsort(positions_along(frames), kind="stable")]


def part_stations(frames: list[Frame]) -> list[tuple[list[Frame], tuple[str, ...]]]:
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
