"""Texts that may leave a header keep words of the field only."""

from pathlib import Path

import pytest

from mri_bme.intake.dicom.free_text import field_words_only, is_plain_file_name
from mri_bme.intake.dicom.index import file_label


@pytest.mark.parametrize(
    "text",
    [
        *["COR OBL STIR", "t2_tirm_cor_obl", "T2 TSE 384 3.5 mm", "T2W_SPAIR_cor", "pd_tse_fs_tra"],
        *["T2 ohne Fettsättigung", "WATER: Cor T2 IDEAL", "SIEMENS", "GE MEDICAL SYSTEMS"],
        *["冠状位 T2 压脂", "T2 без подавления жира"],
    ],
)
def test_words_of_the_field_stay(text: str) -> None:
    assert field_words_only(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("STIR Huber", "STIR #"),
        ("STIR Dr. Huber, Charité Berlin", "STIR #"),
        ("STIRdoerfler", "#"),
        ("STIR_Doerfler_2", "STIR_#_2"),
        ("STIR山田太郎", "#"),
        ("STIR 山田太郎 cor", "STIR # cor"),
        ("STIR 1961-04-03", "STIR #"),
        ("STIR 3.4.61 cor", "STIR # cor"),
        ("STIR 3/1961", "STIR #"),
        ("STIR 1961", "STIR #"),
        ("STIR 4711", "STIR #"),
        ("STIR\n\x1b[31mcor", "STIR [31#"),
        ("=HYPERLINK(1)", "=#(1)"),
        ("", ""),
    ],
)
def test_everything_else_goes(text: str, shown: str) -> None:
    assert field_words_only(text) == shown


def test_a_long_text_is_cut() -> None:
    assert len(field_words_only("cor " * 1000)) <= 64


@pytest.mark.parametrize(
    "name",
    [
        *["IM0004", "IM000004.dcm", "MR12", "0001.dcm", "12", "img-3.IMA", "slice_007.dcm.gz"],
        *["00000"],
    ],
)
def test_plain_numbers_of_files_are_shown(name: str) -> None:
    assert is_plain_file_name(name)
    assert file_label(Path("a") / name, 3) == name


@pytest.mark.parametrize(
    "name",
    [
        *["1.2.840.113619.2.5", "doe_jane.dcm", "doe12", "19610403", "19610403.dcm"],
        *["471123", "huber"],
    ],
)
def test_other_names_of_files_are_not(name: str) -> None:
    assert file_label(Path("a") / name, 3) == "file no. 4 in path order"
