"""Which examination is which visit, from dates that were shifted, fixed, dropped or left."""

from typing import Any

import pytest
from found_series import found_series

from mri_bme.intake.dicom.people import find_people
from mri_bme.intake.dicom.visits import find_subjects
from mri_bme.settings import VisitSettings
from mri_bme.study import Subject

BASELINE, WEEK14 = ("baseline", 0), ("week14", 98)


def subject(*members: dict[str, Any]) -> Subject:
    found = [found_series(n, **values) for n, values in enumerate(members)]
    (only,) = find_subjects(
        find_people(found), settings=VisitSettings(), pseudonym=lambda person: person.patient_id
    )
    return only


def visits(*members: dict[str, Any]) -> list[tuple[str, int | None]]:
    return [(visit.label, visit.day) for visit in subject(*members).visits]


def dated(study: str, *, acquired: str = "", uid: str = "", **values: Any) -> dict[str, Any]:
    known = {"study_date": study, "study_uid": uid or f"1.{study}{acquired}"}
    return known | {"other_dates": (acquired, "", "", "")} | values


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (dated("20200106"), dated("20200413")),
        (dated("19600103"), dated("19600410")),  # moved back, intervals kept
        (dated("19791201"), dated("19800308")),  # moved across the first year of MRI
        (dated("18500103"), dated("18500411")),
        (dated("20000101", acquired="20200106"), dated("20000101", acquired="20200413")),
        (dated("20260101", acquired="20200106"), dated("20260301", acquired="20200413")),
        (dated("20200106", acquired="20000101"), dated("20200413", acquired="20000101")),
        (dated("19000101", acquired="20200106"), dated("19000101", acquired="20200413")),
        (dated("", acquired="20200106"), dated("", acquired="20200413")),
        (  # visits that share their study's UID
            dated("20200106", uid="1.5", frame_of_reference="1.6"),
            dated("20200413", uid="1.5", frame_of_reference="1.6"),
        ),
    ],
)
def test_the_interval_is_found(first: dict[str, Any], second: dict[str, Any]) -> None:
    for members in ((first, second), (second, first)):
        assert visits(*members) == [BASELINE, WEEK14]


def test_a_series_and_content_date_help_between_studies_only() -> None:
    """Images that are made anew weeks later carry other dates, and are of the same visit."""
    first = {"study_date": "20000101", "study_uid": "1.1", "other_dates": ("", "20200106", "")}
    again = {"study_date": "20000101", "study_uid": "1.1", "other_dates": ("", "20200301", "")}
    later = {"study_date": "20000101", "study_uid": "1.2", "other_dates": ("", "20200413", "")}
    assert visits(first, later) == [BASELINE, WEEK14]
    assert visits(first, again) == [BASELINE]


def test_an_undated_series_is_of_its_study_or_its_frame_of_reference() -> None:
    known = dated("20200106", uid="1.1", frame_of_reference="1.8")
    later = dated("20200413", uid="1.2")
    for lost in (
        dated("", uid="1.1"),
        dated("19000101", uid="1.1"),
        dated("", uid="1.9", frame_of_reference="1.8"),
    ):
        found = subject(known, lost, later)
        assert [len(visit.series) for visit in found.visits] == [2, 1]
        assert "without a date" in found.defects[0]


def test_several_studies_under_one_placeholder_have_no_date() -> None:
    found = subject(dated("19600101", uid="1.1"), dated("19600101", uid="1.2"))
    assert [visit.day for visit in found.visits] == [None, None]
    assert "order them with a manifest" in found.defects[0]


def test_a_scan_past_midnight_is_one_visit() -> None:
    assert visits(dated("20200106", uid="1.1"), dated("20200107", uid="1.1")) == [BASELINE]


def offset(days: float, date: str = "20200101", event: str = "REGISTRATION") -> dict[str, Any]:
    return dated(date, uid=f"1.{days:.0f}", event_offset_days=days, event=event)


def test_offsets_from_an_event_beat_dates() -> None:
    assert visits(offset(2), offset(100)) == [BASELINE, WEEK14]
    assert visits(offset(2, "20200101"), offset(100, "20190101")) == [BASELINE, WEEK14]
    found = subject(offset(2, "20200101"), offset(100, "20200301"))
    assert "dates and offsets" in found.defects[0]


def test_offsets_from_different_events_do_not() -> None:
    members = offset(2, "20200106", "A"), offset(3, "20200413", "B")
    assert visits(*members) == [BASELINE, WEEK14]


def point(name: str, date: str = "20200101", **values: Any) -> dict[str, Any]:
    return dated(date, uid=f"1.{sum(map(ord, name))}", time_point=name, **values)


def test_time_points_tell_visits_of_one_date_apart() -> None:
    assert visits(point("Baseline"), point("Week 14")) == [BASELINE, WEEK14]
    assert visits(point("W14"), point("BL")) == [BASELINE, WEEK14]


def test_time_points_beat_dates_that_contradict_them() -> None:
    found = subject(point("Baseline", "20200413"), point("Week 14", "20200106"))
    assert [visit.label for visit in found.visits] == ["baseline", "week14"]
    assert "contradict the time points" in found.defects[0]


def test_dates_give_the_days_of_time_points() -> None:
    late = visits(point("Baseline", "20200106"), point("Week 14", "20200420"))
    assert late == [BASELINE, ("week14", 105)]
    assert visits(point("V1", "20200106"), point("V2", "20200413")) == [BASELINE, WEEK14]


def test_two_days_of_one_time_point_are_one_visit() -> None:
    found = subject(
        point("Baseline", "20200106"),
        dated("20200109", uid="1.77", time_point="baseline"),
        point("Week 14", "20200413"),
    )
    assert [len(visit.series) for visit in found.visits] == [2, 1]
    assert "several days" in found.defects[0]


def test_a_screening_before_the_baseline_is_not_the_baseline() -> None:
    found = visits(
        point("Screening", "20191230"), point("Baseline", "20200106"), point("W14", "20200413")
    )
    assert found == [BASELINE, WEEK14, ("day-7", -7)]


def test_time_points_without_days_are_left_to_the_user() -> None:
    found = subject(point("V1"), point("V2"))
    assert [visit.label for visit in found.visits] == ["baseline", "undated1"]
    assert "manifest" in found.defects[0]


@pytest.mark.parametrize(
    ("second", "years"), [("21200413", 100), ("19900410", 30), ("20240101", 0), ("20200413", 0)]
)
def test_dates_further_apart_than_trials_last_are_noted(second: str, years: int) -> None:
    notes = [note for note in subject(dated("20200106"), dated(second)).defects if "years" in note]
    assert [f"visits 1 and 2 lie {years} years apart" in note for note in notes] == [True][:years]
