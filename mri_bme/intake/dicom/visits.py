"""Who was scanned when: subjects and visits from headers, under pseudonyms."""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise

from mri_bme.intake.dicom.dates import ONE_DAY
from mri_bme.intake.dicom.days import days_of
from mri_bme.intake.dicom.people import LONGEST_TRIAL_YEARS, FoundSeries, Person
from mri_bme.intake.dicom.time_points import nominal_day, order_of, time_point_of
from mri_bme.intake.visit_labels import visit_labels
from mri_bme.settings import VisitSettings
from mri_bme.study import BASELINE, Subject, Visit

LONGEST_OFFSET_DAYS = 36_525.0
DAYS_AGREE = 1.0
DAYS_PER_YEAR = 365.25

Pseudonym = Callable[[Person], str]


@dataclass(slots=True, kw_only=True)
class _Examination:
    """Series of one visit, before it has a name; days count from anywhere."""

    items: list[FoundSeries] = field(default_factory=list)
    day: float | None = None
    nominal: int | None = None

    def calendar_day(self, days: Mapping[int, float | None]) -> int | None:
        """Earliest day of the calendar of its series; `days` has them by the series' `id`."""
        known = [day for item in self.items if (day := days[id(item)]) is not None]
        return round(min(known)) if known else None


def find_subjects(
    people: Sequence[Person], *, settings: VisitSettings, pseudonym: Pseudonym
) -> tuple[Subject, ...]:
    """Gather the series of people into visits, under pseudonyms.

    Visits are told apart by the time point of a trial where all series name one, else by
    the offset from an event, else by date. Studies of one day are one visit.
    """
    subjects = [_subject(person, settings=settings, pseudonym=pseudonym) for person in people]
    return tuple(sorted(subjects, key=lambda subject: subject.subject_id))


def _subject(person: Person, *, settings: VisitSettings, pseudonym: Pseudonym) -> Subject:
    visits, problems = _visits(person.items, settings)
    defects = tuple(dict.fromkeys((*person.notes, *problems)))
    return Subject(subject_id=pseudonym(person), visits=visits, defects=defects)


def _visits(
    items: list[FoundSeries], settings: VisitSettings
) -> tuple[tuple[Visit, ...], list[str]]:
    dates, notes = days_of(items)
    days = _numbered(items, dates)
    calendar = {id(item): day for item, day in zip(items, days, strict=True)}
    offsets = _offsets(items)
    if offsets is not None:
        notes += _disagreement(days, offsets)
        days = offsets
    points = _points(items)
    if points is None:
        examinations, more = _by_day(items, days)
    else:
        examinations, more = _by_time_point(items, days, points)
    return _named(examinations, settings, calendar), [*notes, *more]


def _numbered(items: list[FoundSeries], dates: list[date | None]) -> list[float | None]:
    """Give days as numbers; a scan that goes on past midnight is of the day it began."""
    pairs = {(i.acquisition.study_uid, d) for i, d in zip(items, dates, strict=True) if d}
    begun: dict[tuple[str, date], date] = {}
    for study_uid, day in sorted(pairs):
        before = (study_uid, day - ONE_DAY)
        begun[study_uid, day] = begun[before] if study_uid and before in begun else day
    return [
        None if day is None else float(begun[item.acquisition.study_uid, day].toordinal())
        for item, day in zip(items, dates, strict=True)
    ]


def _offsets(items: list[FoundSeries]) -> list[float | None] | None:
    """Days since one event (Longitudinal Temporal Offset from Event); None where one lacks it."""
    of_study: dict[str, float] = {}
    events = set()
    for item in items:
        a = item.acquisition
        if a.event_offset_days is not None and math.isfinite(a.event_offset_days):
            of_study.setdefault(a.study_uid, a.event_offset_days)
            events.add(a.event)
    found: list[float | None] = [
        item.acquisition.event_offset_days
        if item.acquisition.event_offset_days is not None
        else of_study.get(item.acquisition.study_uid)
        for item in items
    ]
    is_usable = len(events) == 1 and all(
        offset is not None and abs(offset) < LONGEST_OFFSET_DAYS for offset in found
    )
    return [float(math.floor(o)) for o in found if o is not None] if is_usable else None


def _disagreement(days: list[float | None], offsets: Sequence[float | None]) -> list[str]:
    apart = [
        day - offset
        for day, offset in zip(days, offsets, strict=True)
        if day is not None and offset is not None
    ]
    if not apart or max(apart) - min(apart) <= DAYS_AGREE:
        return []
    return ["dates and offsets from the trial's event disagree; the offsets were taken"]


def _points(items: list[FoundSeries]) -> list[str] | None:
    """Time point of every series, by its study where it lacks one; None where one has none."""
    of_study = {
        item.acquisition.study_uid: point
        for item in items
        if (point := time_point_of(item.acquisition))
    }
    found = [
        time_point_of(item.acquisition) or of_study.get(item.acquisition.study_uid, "")
        for item in items
    ]
    return found if all(found) else None


def _by_day(
    items: list[FoundSeries], days: Sequence[float | None]
) -> tuple[list[_Examination], list[str]]:
    dated: dict[float, list[FoundSeries]] = defaultdict(list)
    undated: dict[str, list[FoundSeries]] = defaultdict(list)
    for item, day in zip(items, days, strict=True):
        if day is None:
            undated[item.acquisition.study_uid].append(item)
        else:
            dated[day].append(item)
    notes = []
    for number, day in enumerate(sorted(dated), start=1):
        n_studies = len({item.acquisition.study_uid for item in dated[day]})
        if n_studies > 1:
            notes.append(f"{n_studies} studies on the day of visit {number} count as one visit")
    notes += _far_apart(sorted(dated))
    if undated:
        notes.append(f"{len(undated)} study(ies) without a date; order them with a manifest")
    return [
        *(_Examination(items=dated[day], day=day) for day in sorted(dated)),
        *(_Examination(items=undated[uid]) for uid in sorted(undated)),
    ], notes


def _far_apart(days: Sequence[float]) -> Iterable[str]:
    """Note visits further apart than trials last: one of the dates is wrong, or shifted alone."""
    for number, (before, after) in enumerate(pairwise(days), start=1):
        years = (after - before) / DAYS_PER_YEAR
        if years > LONGEST_TRIAL_YEARS:
            yield (
                f"visits {number} and {number + 1} lie {years:.0f} years apart by their dates; "
                "check them, or give the days by a manifest"
            )


def _by_time_point(
    items: list[FoundSeries], days: Sequence[float | None], points: Sequence[str]
) -> tuple[list[_Examination], list[str]]:
    """One visit per time point; its name orders visits where days do not, or contradict it."""
    gathered: dict[str, _Examination] = defaultdict(_Examination)
    spans: dict[str, list[float]] = defaultdict(list)
    for item, day, point in zip(items, days, points, strict=True):
        found = gathered[point]
        found.items.append(item)
        nominal = nominal_day(item.acquisition)
        found.nominal = nominal if found.nominal is None else found.nominal
        if day is not None:
            spans[point].append(day)
            found.day = min(spans[point])
    ordered = [gathered[point] for point in sorted(gathered, key=order_of)]
    notes = [
        "one time point has examinations of several days; they count as one visit"
        for point in spans
        if max(spans[point]) - min(spans[point]) > DAYS_AGREE
    ]
    if all(one.nominal is not None for one in ordered):
        ordered.sort(key=lambda one: one.nominal or 0)
        if not _rises([one.day for one in ordered]):
            notes.append("dates contradict the time points of the trial; the time points count")
            for one in ordered:
                one.day = float(one.nominal or 0)
    elif _are_all_apart([one.day for one in ordered]):
        ordered.sort(key=lambda one: one.day or 0.0)
    else:
        notes.append("time points without days of their own; order them with a manifest")
        for one in ordered[1:]:
            one.day = None
    return ordered, notes


def _rises(days: Sequence[float | None]) -> bool:
    return None not in days and all(a < b for a, b in pairwise(d for d in days if d is not None))


def _are_all_apart(days: Sequence[float | None]) -> bool:
    return None not in days and len(set(days)) == len(days)


def _named(
    examinations: Sequence[_Examination],
    settings: VisitSettings,
    calendar: Mapping[int, float | None],
) -> tuple[Visit, ...]:
    """Name visits by their days; the baseline comes first, also where a screening precedes it."""
    dated = [one for one in examinations if one.day is not None]
    undated = [one for one in examinations if one.day is None]
    first = next((one for one in dated if one.nominal == 0), dated[0] if dated else None)
    start = 0.0 if first is None or first.day is None else first.day
    after = [one for one in dated if one is first or (one.day or 0.0) > start]
    before = [one for one in dated if one not in after]
    offsets = [round((one.day or 0.0) - start) for one in after]
    told = [
        offset if one.nominal is None else one.nominal
        for one, offset in zip(after, offsets, strict=True)
    ]
    labels = visit_labels(offsets if told[1:] != sorted(set(told[1:])) else told, settings)
    visits = [
        _visit(one, label, offset, calendar)
        for one, label, offset in zip(after, labels, offsets, strict=True)
    ]
    for one in before:
        offset = round((one.day or 0.0) - start)
        visits.append(_visit(one, f"day{offset}", offset, calendar))
    for number, one in enumerate(undated, start=1):
        alone = not visits and len(undated) == 1
        label, day = (BASELINE, 0) if alone else (f"undated{number}", None)
        visits.append(_visit(one, label, day, calendar))
    return tuple(visits)


def _visit(
    one: _Examination, label: str, day: int | None, calendar: Mapping[int, float | None]
) -> Visit:
    series = tuple(item.series for item in one.items)
    return Visit(label=label, day=day, series=series, calendar_day=one.calendar_day(calendar))
