"""On which day a person was examined, from dates that anonymisers shift, fix or drop."""

from collections import defaultdict
from collections.abc import Hashable, Sequence
from datetime import date, timedelta
from itertools import pairwise

from mri_bme.intake.dicom.dates import ONE_DAY, parse_date
from mri_bme.intake.dicom.frames import Acquisition
from mri_bme.intake.dicom.people import FoundSeries

FIRST_MRI_YEAR = 1980  # earlier dates are shifted, or placeholders
LONGEST_STUDY = timedelta(days=9000)  # dates further apart are not of one time line
A_WEEK = timedelta(days=7)
STUDY, ACQUISITION = 0, 1  # of `_dates`


def _dates(a: Acquisition) -> tuple[date | None, ...]:
    """Dates of study, acquisition, series, content, and of the acquisition's date and time."""
    return tuple(map(parse_date, (a.study_date, *a.other_dates)))


def days_of(items: Sequence[FoundSeries]) -> tuple[list[date | None], list[str]]:
    """Give each series of one person the day of its examination, and what is odd about them.

    The study date counts, unless one study date stands for several days of acquisition:
    then an anonymiser wrote it. Series without a date are of the day of their study, or of
    what shares their frame of reference.
    """
    every = [_dates(item.acquisition) for item in items]
    days, notes = _by_trusted_date(items, every)
    days = _without_placeholders(items, days)
    missing = [i for i, day in enumerate(days) if day is None]
    _fill_in(days, [item.acquisition.study_uid for item in items])
    _fill_in(days, [item.acquisition.frame_of_reference for item in items])
    n_left = sum(days[i] is None for i in missing)
    if missing and n_left < len(missing):
        n = len(missing) - n_left
        notes.append(f"{n} series without a date counted to the visit of their study")
    return days, notes


def _by_trusted_date(
    items: Sequence[FoundSeries], every: Sequence[tuple[date | None, ...]]
) -> tuple[list[date | None], list[str]]:
    studies = [dates[STUDY] for dates in every]
    for place in (ACQUISITION, 4, 2, 3):
        others = [dates[place] if len(dates) > place else None for dates in every]
        if _is_overwritten(studies, others, items, same_study=place in (ACQUISITION, 4)):
            note = "one study date stands for several days; the dates of acquisition were taken"
            return [_first(other, dates) for other, dates in zip(others, every, strict=True)], [
                note
            ]
    acquired = [dates[ACQUISITION] if len(dates) > 1 else None for dates in every]
    if _disagree(studies, acquired):
        note = "study and acquisition dates disagree by more than a week"
        if len(set(acquired)) >= len(set(studies)) and None not in acquired:
            return list(acquired), [f"{note}; those of acquisition were taken"]
        return [_first(None, dates) for dates in every], [f"{note}; those of the study were taken"]
    return [_first(None, dates) for dates in every], []


def _first(preferred: date | None, dates: Sequence[date | None]) -> date | None:
    return preferred or next((day for day in dates if day is not None), None)


def _is_overwritten(
    studies: Sequence[date | None],
    others: Sequence[date | None],
    items: Sequence[FoundSeries],
    *,
    same_study: bool,
) -> bool:
    """Tell a study date that stands for days far apart; `same_study` accepts them in one study.

    Images that are made anew, weeks later, carry other dates of series and content.
    """
    days: dict[Hashable, set[date]] = defaultdict(set)
    uids: dict[Hashable, set[str]] = defaultdict(set)
    for study, other, item in zip(studies, others, items, strict=True):
        if study is not None and other is not None:
            days[study].add(other)
            uids[study].add(item.acquisition.study_uid)
    return any(
        _gap(found) > ONE_DAY and (same_study or len(uids[study]) > 1)
        for study, found in days.items()
    )


def _gap(days: set[date]) -> timedelta:
    return max((b - a for a, b in pairwise(sorted(days))), default=timedelta())


def _disagree(studies: Sequence[date | None], acquired: Sequence[date | None]) -> bool:
    return any(
        abs(study - other) > A_WEEK
        for study, other in zip(studies, acquired, strict=True)
        if study is not None and other is not None
    )


def _without_placeholders(
    items: Sequence[FoundSeries], days: list[date | None]
) -> list[date | None]:
    """Forget dates before there was MRI that cannot be dates moved back together.

    Such are one date for several studies, and one that lies decades from the others.
    """
    known = sorted({day for day in days if day is not None})
    if not known or known[0].year >= FIRST_MRI_YEAR:
        return days
    n_studies = len({item.acquisition.study_uid for item in items})
    if len(known) == 1:
        return days if n_studies == 1 else [None] * len(days)
    if known[-1] - known[0] <= LONGEST_STUDY:
        return days
    return [day if day is None or day.year >= FIRST_MRI_YEAR else None for day in days]


def _fill_in(days: list[date | None], keys: Sequence[str]) -> None:
    """Give what has no day that of its like, in place, where they are of one day."""
    known: dict[str, set[date]] = defaultdict(set)
    for key, day in zip(keys, days, strict=True):
        if key and day is not None:
            known[key].add(day)
    for i, key in enumerate(keys):
        if days[i] is None and known.get(key) and _gap(known[key]) <= ONE_DAY:
            days[i] = min(known[key])
