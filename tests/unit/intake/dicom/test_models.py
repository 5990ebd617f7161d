"""Names of scanners."""

import pytest

from mri_bme.intake.dicom.models import model_words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("MAGNETOM Skyra fit", "skyra fit"),
        ("Avanto", "avanto"),
        ("Ingenia Elition X", "ingenia elition x"),
        ("DISCOVERY MR750w", "discovery mr 750 w"),
        ("SIGNA Architect", "architect"),
        ("GE SIGNA HDxt", "hdxt"),
    ],
)
def test_known_products_are_named(text: str, words: str) -> None:
    assert model_words(text).replace(" ", "") == words.replace(" ", "")


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("Avanto", "MAGNETOM Avanto"),
        ("Skyra_fit", "MAGNETOM Skyra fit"),
        ("Ingenia", "Philips Ingenia"),
        ("DISCOVERY MR750w", "Discovery MR 750w"),
    ],
)
def test_one_scanner_has_one_name_however_it_is_spelled(text: str, other: str) -> None:
    assert model_words(text) == model_words(other) != ""


def test_versions_of_a_scanner_stay_apart() -> None:
    assert model_words("Avanto") != model_words("Avanto_fit") != ""


@pytest.mark.parametrize(
    "text", ["", "Skyra Dr Miller", "Miller", "1234567", "Skyra 20240311", "MAGNETOM"]
)
def test_any_other_text_is_not(text: str) -> None:
    assert model_words(text) == ""
