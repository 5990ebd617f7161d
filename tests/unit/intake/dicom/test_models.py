"""Names of scanners."""

import pytest

from mri_bme.intake.dicom.models import model_words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("MAGNETOM Skyra fit", "magnetom skyra fit"),
        ("Avanto", "avanto"),
        ("Ingenia Elition X", "ingenia elition x"),
        ("DISCOVERY MR750w", "discovery mr 750 w"),
        ("SIGNA Architect", "signa architect"),
    ],
)
def test_known_products_are_named(text: str, words: str) -> None:
    assert model_words(text).replace(" ", "") == words.replace(" ", "")


@pytest.mark.parametrize(
    "text", ["", "Skyra Dr Miller", "Miller", "1234567", "Skyra 20240311", "MAGNETOM"]
)
def test_any_other_text_is_not(text: str) -> None:
    assert model_words(text) == ""
