"""Words of a name, whatever its alphabet and punctuation."""

import pytest

from mri_bme.intake.dicom.wording import words_of


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("T2_TSE-Cor", ("t", "2", "tse", "cor")),
        ("FatSat", ("fat", "sat")),
        ("Fettsättigung", ("fettsattigung",)),
        ("w/o FS", ("without", "fs")),
        ("s/ FS", ("without", "fs")),
        ("T2 -fs", ("t", "2", "minus", "fs")),
        ("T2-fs", ("t", "2", "fs")),
        ("без жира", ("без", "жира")),
        ("", ()),
    ],
)
def test_words(text: str, words: tuple[str, ...]) -> None:
    assert words_of(text) == words
