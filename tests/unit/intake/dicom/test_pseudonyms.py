"""Pseudonyms: the same from one key, others from another, nothing of what they stand for."""

from mri_bme.intake.dicom.pseudonyms import (
    is_pseudonym,
    name_words,
    subject_pseudonym,
    uid_pseudonym,
)

KEY, OTHER = b"k" * 32, b"o" * 32


def test_a_pseudonym_depends_on_key_and_id_only() -> None:
    assert subject_pseudonym("Doe-Jane", KEY) == subject_pseudonym(" Doe-Jane ", KEY)
    assert subject_pseudonym("Doe-Jane", KEY) != subject_pseudonym("Doe-Jane", OTHER)
    assert subject_pseudonym("Doe-Jane", KEY) != subject_pseudonym("doe-jane", KEY)
    assert is_pseudonym(subject_pseudonym("Doe-Jane", KEY))
    assert not is_pseudonym("TRIAL-07")


def test_uids_have_64_bits_and_no_uid_has_none() -> None:
    assert len(uid_pseudonym("1.2.3", KEY)) == 16
    assert uid_pseudonym("1.2.3", KEY) != uid_pseudonym("1.2.3", OTHER)
    assert uid_pseudonym("", KEY) == ""


def test_words_of_names_are_compared_without_placeholders() -> None:
    assert name_words(["Doe^Jane", "Phantom^phantom0001", "山田^太郎"]) == {
        *("doe", "jane", "山田", "太郎"),
    }
