"""Two people under one ID, one person under two; defects name what differs, never the values."""

import re
from typing import Any

import pytest
from found_series import found_series

from mri_bme.intake.dicom.people import Person, find_people

EVA: dict[str, Any] = {"patient_name": "Muster^Eva", "birth_date": "19800102", "sex": "F"}
MAX: dict[str, Any] = {"patient_name": "Sommer^Max", "birth_date": "19750607", "sex": "M"}


def people(*members: dict[str, Any]) -> list[Person]:
    """Find people, and check that no value is told in a note."""
    found = find_people([found_series(**values) for values in members])
    notes = " ".join(note for person in found for note in person.notes)
    values = [str(v) for member in members for v in member.values()]
    for value in (word for word in re.split(r"[\W_]+", " ".join(values)) if len(word) > 2):
        assert not re.search(rf"\b{value}\b", notes)
    return found


@pytest.mark.parametrize(
    ("first", "second", "differ"),
    [
        (EVA | {"patient_name": ""}, MAX | {"patient_name": ""}, "birth date and sex"),
        ({"sex": "F"}, {"sex": "M"}, "sex"),
        ({"birth_date": "19800102"}, {"birth_date": "19750607"}, "birth date"),
        ({"trial_subject": "07"}, {"trial_subject": "08"}, "ClinicalTrialSubjectID"),
        ({"issuer": "SITE A"}, {"issuer": "SITE B"}, "issuer of the PatientID"),
        (EVA, MAX, "name, birth date and sex"),
        ({"age": "025Y"}, {"age": "061Y"}, "age"),
    ],
)
def test_two_people_under_one_id_are_told_apart(
    first: dict[str, Any], second: dict[str, Any], differ: str
) -> None:
    found = people(first | {"study_uid": "1.1"}, second | {"study_uid": "1.2"})
    assert len(found) == 2
    assert len({person.mark for person in found}) == 2
    for person in found:
        assert f"told apart by what differs ({differ})" in person.notes[0]


def test_names_alone_tell_people_apart_under_a_placeholder_only() -> None:
    eva, max_ = {"patient_name": "Muster^Eva"}, {"patient_name": "Sommer^Max"}
    anonymous = {"patient_id": "ANONYMOUS"}
    assert len(people(eva | anonymous, max_ | anonymous)) == 2
    (person,) = people(eva, max_)
    assert person.notes == ["name differs under one PatientID; check the export"]


@pytest.mark.parametrize(
    "other",
    [
        EVA | {"patient_name": "Muster-Sommer^Eva"},  # a marriage
        EVA | {"birth_date": "19800103"},  # a typing error
        EVA | {"sex": ""},
        {"patient_name": "", "birth_date": "19000101", "sex": "O"},
        EVA | {"age": "041Y"},
        {},
    ],
)
def test_one_person_stays_one(other: dict[str, Any]) -> None:
    (person,) = people(EVA | {"study_uid": "1.1", "age": "040Y"}, other | {"study_uid": "1.2"})
    assert len(person.items) == 2


def test_what_says_nothing_stays_with_its_study() -> None:
    found = people(EVA | {"study_uid": "1"}, MAX | {"study_uid": "2"}, {"study_uid": "2"})
    assert sorted(len(person.items) for person in found) == [1, 2]
    assert next(p for p in found if len(p.items) == 2).study_uids == {"2"}


@pytest.mark.parametrize(
    ("first", "second", "hint"),
    [
        (EVA | {"patient_id": "T07-BL"}, EVA | {"patient_id": "T07-W14"}, "name, birth date"),
        ({"patient_id": "trial-07"}, {"patient_id": "TRIAL-07"}, "case or punctuation"),
        ({"patient_id": "TRIAL07"}, {"patient_id": "TRIAL-07"}, "case or punctuation"),
        (
            {"patient_id": "A1", "trial_subject": "S07"},
            {"patient_id": "B1", "trial_subject": "s07"},
            "ClinicalTrialSubjectID",
        ),
        (
            {"patient_id": "A1", "study_uid": "1.9"},
            {"patient_id": "B1", "study_uid": "1.9"},
            "study",
        ),
    ],
)
def test_one_person_under_two_ids_is_hinted_at_on_both(
    first: dict[str, Any], second: dict[str, Any], hint: str
) -> None:
    found = people({"study_uid": "1.1"} | first, {"study_uid": "1.2"} | second)
    assert len(found) == 2
    assert all(hint in person.notes[0] for person in found)


def test_a_series_without_an_id_is_of_the_patient_of_its_study() -> None:
    named, bare = {"study_uid": "1.1"}, {"study_uid": "1.1", "patient_id": ""}
    (person,) = people(named, bare)
    assert person.notes == ["1 series without a PatientID counted to that of their study"]
    found = people(named, named | {"patient_id": "TRIAL-08"}, bare)
    assert sorted(len(person.items) for person in found) == [1, 1, 1]
    assert len(people(bare, {"study_uid": "1.2", "patient_id": ""})) == 2


def test_people_who_share_nothing_have_no_notes() -> None:
    found = people(EVA | {"patient_id": "A1"}, MAX | {"patient_id": "B1", "study_uid": "1.2"})
    assert [person.notes for person in found] == [[], []]
