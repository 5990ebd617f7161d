"""Who was scanned when: subjects and visits from headers, under pseudonyms."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from mri_bme.intake.dicom.frames import Acquisition
from mri_bme.intake.visit_labels import visit_labels
from mri_bme.settings import VisitSettings
from mri_bme.study import BASELINE, Series, Subject, Visit

ONE_DAY = timedelta(days=1)
FIRST_MRI_YEAR = 1980  # earlier dates are placeholders of an anonymiser


@dataclass(frozen=True, slots=True, kw_only=True)
class DatedSeries:
    """A series beside the personal values that say whose and from when it is."""

    series: Series
    patient_id: str
    patient_name: str
    study_uid: str
    day: date | None


def date_of(acquisition: Acquisition) -> date | None:
    """Date of the examination; None when it is missing or a placeholder."""
    for text in (acquisition.study_date, *acquisition.other_dates):
        digits = text.replace(".", "").replace("-", "")[:8]
        if len(digits) != 8 or not digits.isascii() or not digits.isdigit():
            continue
        try:
            found = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
        except ValueError:
            continue
        if found.year >= FIRST_MRI_YEAR:
            return found
    return None


def find_subjects(
    found: Sequence[DatedSeries],
    *,
    settings: VisitSettings,
    pseudonym: Callable[[str, str], str],
) -> tuple[Subject, ...]:
    """Gather series into visits and visits into subjects.

    Subjects are told apart by PatientID (by study where it is missing), visits by
    date; studies of one day are one visit.
    """
    people: dict[str, list[DatedSeries]] = defaultdict(list)
    for item in found:
        people[item.patient_id.strip() or f"\0{item.study_uid}"].append(item)
    subjects = [
        _subject(key, items, settings=settings, pseudonym=pseudonym)
        for key, items in people.items()
    ]
    return tuple(sorted(subjects, key=lambda subject: subject.subject_id))


def _subject(
    key: str,
    items: list[DatedSeries],
    *,
    settings: VisitSettings,
    pseudonym: Callable[[str, str], str],
) -> Subject:
    defects = []
    names = {item.patient_name.strip().upper() for item in items} - {""}
    name = sorted(names)[0] if names else ""
    if key.startswith("\0"):
        defects.append("no PatientID; the study counts as one subject")
    if len(names) > 1:
        defects.append(
            f"{len(names)} different patient names under one PatientID; check the export"
        )
    visits, problems = _visits(items, settings)
    return Subject(subject_id=pseudonym(key, name), visits=visits, defects=(*defects, *problems))


def _days_begun(items: Sequence[DatedSeries]) -> dict[tuple[str, date], date]:
    """Day on which the examination of a series began; some go on past midnight."""
    days = sorted({(item.study_uid, item.day) for item in items if item.day is not None})
    begun: dict[tuple[str, date], date] = {}
    for study_uid, day in days:
        before = (study_uid, day - ONE_DAY)
        begun[study_uid, day] = begun[before] if study_uid and before in begun else day
    return begun


def _visits(
    items: list[DatedSeries], settings: VisitSettings
) -> tuple[tuple[Visit, ...], list[str]]:
    dated: dict[date, list[DatedSeries]] = defaultdict(list)
    undated: dict[str, list[DatedSeries]] = defaultdict(list)
    begun = _days_begun(items)
    for item in items:
        if item.day is None:
            undated[item.study_uid].append(item)
        else:
            dated[begun[item.study_uid, item.day]].append(item)
    defects = []
    for number, study in enumerate(dated.values(), start=1):
        n_studies = len({item.study_uid for item in study})
        if n_studies > 1:
            defects.append(f"{n_studies} studies on the day of visit {number} count as one visit")
    days = sorted(dated)
    offsets = [(day - days[0]).days for day in days]
    labels = visit_labels(offsets, settings)
    visits = [
        Visit(label=label, day=offset, series=tuple(item.series for item in dated[day]))
        for label, offset, day in zip(labels, offsets, days, strict=True)
    ]
    if undated:
        defects.append(f"{len(undated)} study(ies) without a date; order them with a manifest")
    for number, study_uid in enumerate(sorted(undated), start=1):
        alone = not visits and len(undated) == 1
        visits.append(
            Visit(
                label=BASELINE if alone else f"undated{number}",
                day=0 if alone else None,
                series=tuple(item.series for item in undated[study_uid]),
            )
        )
    return tuple(visits), defects
