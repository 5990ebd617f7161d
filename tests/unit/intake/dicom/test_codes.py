"""Identifiers that may be kept: numbers with words of a trial, nothing that may be a person."""

import pytest

from mri_bme.intake.dicom.codes import cannot_be_personal, is_of_a_phantom


@pytest.mark.parametrize(
    "patient_id",
    [
        "02-01",
        "1234",
        "TRIAL-007",
        "phantom0001",
        "sub-012",
        "Site03_Subject_112",
        "S012",
        "A-17",
        "CASE_9",
        "00012",
    ],
)
def test_numbers_with_words_of_a_trial_are_nobodys(patient_id: str) -> None:
    assert cannot_be_personal(patient_id)


@pytest.mark.parametrize(
    "patient_id",
    [
        "Surname_Given_1965",
        "surname-given-67",
        "AB1967",
        "ab-67",
        "JD12",
        "Doe-01",
        "AXSPA_012",
        "DOE",
        "Jane Doe",
        "MRN1234",
        "00471123",
        "471123",
        "19610403",
        "1961-04-03",
        "03-04-61",
        "3.4.1961",
        "1961",
        "trial-1961",
        "A-B-12",
        "X1Y2",
        "../01",
        "<b>1</b>",
        "",
        "-01",
        "01-",
        "１２",
        "=1+1",
    ],
)
def test_what_may_be_a_name_initials_or_a_date_is_not(patient_id: str) -> None:
    assert not cannot_be_personal(patient_id)


def test_a_phantom_says_so_in_its_name() -> None:
    assert is_of_a_phantom("phantom0001", "Phantom^phantom0001")
    assert not is_of_a_phantom("phantom0001", "Doe^Jane")
    assert not is_of_a_phantom("doe0001", "Phantom^doe")
