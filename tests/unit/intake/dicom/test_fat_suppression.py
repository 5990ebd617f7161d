"""Whether fat was suppressed: names that say it, names that deny it, and headers that know."""

import pytest

from mri_bme.intake.dicom.fat_suppression import (
    judge_suppression,
    named_suppression,
    suppression_words,
)
from mri_bme.intake.dicom.frames import Acquisition

SAID = (
    "T2 FS|T2_FS_cor|t2-fs|T2FS|t2_tse_cor_FS_320|T2 (FS)|FS ON T2|T2 fatsat|T2 FatSat|PD fat sat"
    "|COR DP FS|T2 SPIR|T2W_SPAIR_cor|T2 fettgesättigt|T2 Fettsättigung|T2 cor vetsuppressie"
    "|T2 sat gordura|T2 supresion grasa|sat. graisse|T2 suppression de la graisse|T2 SAT|DP SAT"
    "|soppressione del grasso|T2 с подавлением жира|fettundertryckt|fedtmættet|zsírelnyomás"
    "|T2 z saturacją tłuszczu|T2 potlačení tuku|yağ baskılı T2|冠状位 T2 压脂"
    "|脂肪抑制 T2|지방억제 T2"
)
DENIED = (
    "T2 NON FS|no fs T2|T2 w/o FS|T2 W/O FAT SAT|without fat sat|ohne FS|T2 sans FS|senza FS"
    "|T2 cor ohne Fettsaettigung|nicht fettgesaettigt|T2 nicht fettgesättigt|kein FS"
    "|keine Fettsättigung|sans saturation de la graisse|T2 pas de fs|senza soppressione del grasso"
    "|sin supresion grasa|T2 sin FS|sem saturação de gordura|sem FS|s/ FS|s/ sat gordura|o. FS"
    "|zonder vetsuppressie|uten fettmetning|utan fettmättnad|ikke fettsupprimert"
    "|uden fedtsuppression|bez fs|bez saturacji tłuszczu|ilman rasvasuppressiota"
    "|zsírelnyomás nélkül|yağ baskısız|fara fs|T2 -fs|FS (-)|FS off|FS=off|T2 FS aus|fat sat: no"
    "|NFS|T2 NFS|n-FS|noFS|NonFS|T2_nofs|t2_nonfs_cor|T2 no-fs|non-fatsat|nonfatsat|non FATSAT"
    "|non fat suppressed|not fat-sat|unsuppressed|T2 unsat|без подавления жира|不压脂|无脂肪抑制"
    "|脂肪抑制なし|지방억제 없음"
)
NOT_ABOUT_FAT = (
    "COR T2 TSE SAT ANT|SAT BAND|T2 presat|T2 SAT POST|T2 TSE sat inf sup|T2 sat-band|T2 SAT H F"
    "|T2 TSE ANT SAT|COR T2 TSE|OFFSET T2|T2 fse|Saturday T2|COR T2 special coil|T2 Stirn|HFS T2"
)
OF_THE_CONTRAST_AGENT = (
    "T1 no contrast FS|T1 FS no contrast|T1 non contrast fat sat|w/o contrast FS|ohne KM FS"
)


@pytest.mark.parametrize("name", SAID.split("|"))
def test_a_name_says_it_in_many_languages(name: str) -> None:
    assert named_suppression(name) is True


@pytest.mark.parametrize("name", DENIED.split("|"))
def test_a_name_denies_it_in_many_languages(name: str) -> None:
    assert named_suppression(name) is False


@pytest.mark.parametrize("name", NOT_ABOUT_FAT.split("|"))
def test_bands_and_words_inside_words_say_nothing(name: str) -> None:
    assert named_suppression(name) is None


@pytest.mark.parametrize("name", OF_THE_CONTRAST_AGENT.split("|"))
def test_what_is_denied_of_the_contrast_agent_is_not_denied_of_fat(name: str) -> None:
    assert named_suppression(name) is True


@pytest.mark.parametrize(
    ("values", "suppressed", "source"),
    [
        ({"scan_options": ("PFP", "SFS")}, True, "header"),
        ({"scan_options": ("FS",)}, True, "header"),
        ({"scan_options": ("PFP",)}, False, ""),
        ({"scan_options": ("SAT1",)}, False, ""),
        ({"fat_suppression": "FAT"}, True, "header"),
        ({"fat_suppression": "FAT_AND_WATER"}, True, "header"),
        ({"fat_suppression": "NONE"}, False, "header"),
        ({"fat_suppression": "WATER"}, False, "header"),
        ({"fat_suppression": "SILICON_GEL"}, False, "header"),
        ({"sequence_name": "*tse_spair"}, True, "header"),
    ],
)
def test_the_header_is_believed(values: dict[str, object], suppressed: bool, source: str) -> None:
    found = judge_suppression(Acquisition(**values), "COR T2")  # type: ignore[arg-type]
    assert (found.is_suppressed, found.source) == (suppressed, source)


def test_the_header_is_believed_against_the_name() -> None:
    confirmed = judge_suppression(Acquisition(scan_options=("FS",)), "T2 non FS")
    assert confirmed.is_suppressed
    assert confirmed.denied_by_name
    assert not judge_suppression(Acquisition(fat_suppression="NONE"), "T2 FS").is_suppressed


def test_a_saturation_band_in_the_header_speaks_against_a_bare_sat() -> None:
    assert named_suppression("T2 SAT", ("SP",)) is None


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"scan_options": ("SPAIR",)}, "SPAIR"),
        ({"description": "COR T2 SPIR"}, "SPIR"),
        ({"description": "COR T2 FS", "scan_options": ("FS",)}, ""),
    ],
)
def test_the_technique_of_suppression_is_named_where_it_is_told(
    values: dict[str, object], words: str
) -> None:
    assert suppression_words(Acquisition(**values)) == words  # type: ignore[arg-type]
