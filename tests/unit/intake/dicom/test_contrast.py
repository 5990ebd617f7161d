"""Which series is fluid-sensitive: traps found in real headers, and the choice among many."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mri_bme.intake.dicom.components import component_of
from mri_bme.intake.dicom.contrast import judge_contrast
from mri_bme.intake.dicom.frames import Acquisition
from mri_bme.intake.dicom.series import plane_of
from mri_bme.select_series import select_series
from mri_bme.settings import SelectSettings
from mri_bme.study import Contrast, Instance, Plane, Series, Visit
from mri_bme.volume import VolumeGeometry

TSE: dict[str, Any] = {
    "scanning_sequence": ("SE",),
    "echo_time_ms": 70.0,
    "repetition_time_ms": 4000.0,
}
GRE: dict[str, Any] = {
    "scanning_sequence": ("GR",),
    "echo_time_ms": 20.0,
    "repetition_time_ms": 600.0,
}


def with_(base: dict[str, Any], **values: Any) -> Acquisition:
    return Acquisition(**{**base, **values})


@pytest.mark.parametrize(
    ("acquisition", "contrast"),
    [
        # a STIR carries the option IR and no FS; its name may say nothing
        (with_(TSE, scanning_sequence=("SE", "IR"), inversion_time_ms=150.0), Contrast.STIR),
        (with_(TSE, scan_options=("IR",), inversion_time_ms=220.0), Contrast.STIR),
        (with_(TSE, description="t2_tirm_cor"), Contrast.STIR),
        # FLAIR differs from STIR by its inversion time only
        (with_(TSE, scanning_sequence=("SE", "IR"), inversion_time_ms=2500.0), Contrast.OTHER),
        # Siemens writes the image filter FS into ImageType
        (with_(TSE, image_type=("ORIGINAL", "PRIMARY", "M", "FS")), Contrast.T2),
        (with_(TSE, description="T2W_TSE"), Contrast.T2),
        (with_(TSE, scan_options=("FS",)), Contrast.T2_FS),
        (with_(TSE, description="T2W_SPAIR_cor"), Contrast.T2_FS),
        (with_(TSE, description="冠状位 T2 压脂"), Contrast.T2_FS),
        (with_(TSE, description="T2 TSE fettgesättigt"), Contrast.T2_FS),
        (with_(TSE, description="T2 cor vetsuppressie"), Contrast.T2_FS),
        (with_(TSE, description="T2 sat gordura"), Contrast.T2_FS),
        # Philips writes the delay of a SPAIR pulse into InversionTime
        (with_(TSE, inversion_time_ms=120.0, scan_options=("FS",)), Contrast.T2_FS),
        # an inversion-prepared gradient echo is no STIR
        (with_(GRE, scanning_sequence=("GR", "IR"), inversion_time_ms=150.0), Contrast.OTHER),
        # echo-planar series carry FS
        (with_(TSE, scanning_sequence=("EP",), scan_options=("FS",)), Contrast.OTHER),
        # "T2W/FE-EPI" is no turbo spin echo
        (with_(GRE, description="T2W/FE-EPI", scan_options=("FS",)), Contrast.OTHER),
        (with_(GRE, description="t2_me2d_cor"), Contrast.OTHER),
        # French DP FS is PD FS
        (with_(TSE, echo_time_ms=30.0, description="COR DP FS"), Contrast.PD_FS),
        (with_(TSE, echo_time_ms=30.0, description="COR DP"), Contrast.OTHER),
        (with_(TSE, echo_time_ms=9.0, repetition_time_ms=550.0), Contrast.T1),
        (with_(TSE, echo_time_ms=9.0, repetition_time_ms=550.0, scan_options=("FS",)), "T1-FS"),
        # a name cannot turn a T1 into a STIR
        (with_(TSE, echo_time_ms=9.0, repetition_time_ms=550.0, description="STIR"), Contrast.T1),
        (with_(TSE, component="water"), Contrast.DIXON_WATER),
        (with_(TSE, component="fat"), Contrast.OTHER),
        (with_(TSE, component="water", echo_time_ms=10.0, repetition_time_ms=600.0), "T1-FS"),
        (with_(TSE, fat_suppression="FAT"), Contrast.T2_FS),
        (with_(TSE, b_value=800.0), Contrast.OTHER),
        (with_(TSE, description="Localizer 3plane"), Contrast.LOCALIZER),
        (with_({}, description="T2 FS cor"), Contrast.T2_FS),
        *[
            (with_(TSE, description=name, inversion_time_ms=150.0), Contrast.STIR)
            for name in ("STIR LOCAL SHIM", "STIR localized shim", "STIR SCOUTED", "STIR EPIPHYSE")
        ],
        *[
            (with_(TSE, description=name), Contrast.LOCALIZER)
            for name in (
                "loc",
                "AAHScout",
                "3-plane",
                "Lokalizer",
                "localisateur",
                "SURVEY",
                "定位",
            )
        ],
        # physics before names
        (with_(TSE, scanning_sequence=("SE", "IR"), description="COR"), Contrast.STIR),
        (with_(TSE, sequence_name="*tir2d1_13", description="COR"), Contrast.STIR),
        (with_(TSE, inversion_time_ms=150.0, description="COR"), Contrast.STIR),
        (with_(TSE, description="T2 Stirn"), Contrast.T2),
        (with_(TSE, description="T2 non STIR"), Contrast.T2),
        # a protocol is named after the examination
        (with_(TSE, description="T2 cor", protocol="SIJ STIR FS DWI"), Contrast.T2),
        (with_(TSE, scan_options=("FS",), description="cor", protocol="SIJ DWI"), Contrast.T2_FS),
        (with_({}, description="cor", protocol="STIR"), Contrast.STIR),
        (with_({}), Contrast.OTHER),
    ],
)
def test_contrast_is_judged_from_physics_first(acquisition: Acquisition, contrast: str) -> None:
    judged = judge_contrast(acquisition)
    assert judged.contrast == contrast
    assert judged.reason


def test_what_only_a_name_says_is_doubted() -> None:
    assert judge_contrast(with_(TSE, description="T2 fatsat")).doubts
    assert judge_contrast(with_(TSE, description="STIR")).doubts
    assert not judge_contrast(with_(TSE, scan_options=("FS",))).doubts


@pytest.mark.parametrize(
    ("image_type", "description", "component"),
    [
        (("ORIGINAL", "PRIMARY", "M", "NORM", "DIS2D", "FM"), "t2_tirm", "magnitude"),
        (("DERIVED", "PRIMARY", "DIXON", "WATER"), "", "water"),
        (("ORIGINAL", "PRIMARY", "W_FFE", "W", "FFE"), "", "water"),
        (("DERIVED", "PRIMARY", "M", "NORM"), "t2_tse_dixon_cor_F", "fat"),
        (("ORIGINAL", "PRIMARY", "OTHER"), "WATER: Cor T2 IDEAL", "water"),
        (("ORIGINAL", "PRIMARY", "OTHER"), "FAT: Cor T2 IDEAL", "fat"),
        (("ORIGINAL", "PRIMARY", "OTHER"), "OutPhase: Cor T2 FLEX", "opposed-phase"),
        (("ORIGINAL", "PRIMARY", "M"), "STIR fat suppressed", "magnitude"),
        (("ORIGINAL", "PRIMARY", "P", "ND"), "", "phase"),
        (("ORIGINAL", "PRIMARY", "PHASE MAP", "P", "FFE"), "", "phase"),
        (("DERIVED", "SECONDARY", "ADC"), "", "map"),
    ],
)
def test_part_of_the_signal(image_type: tuple[str, ...], description: str, component: str) -> None:
    assert component_of(image_type, description) == component


def series(number: int, contrast: Contrast, plane: Plane, **values: Any) -> Series:
    n = values.pop("n_slices", 15)
    normal = {
        Plane.SEMICORONAL: (0, 0.8, 0.6),
        Plane.CORONAL: (0, 1, 0),
        Plane.AXIAL: (0, 0, 1),
        Plane.SAGITTAL: (1, 0, 0),
    }[plane]
    matrix = np.eye(4)
    first = np.cross(normal, (0.36, 0.48, 0.8))
    second = np.cross(normal, first)
    axes = [np.array(v) / np.linalg.norm(v) for v in (normal, second, first)]
    matrix[:3, :3] = np.stack(axes, axis=1) * (5, 0.9, 0.9)
    geometry = VolumeGeometry(shape=(n, 64, 64), lps_from_index=matrix)
    made = Series(
        series_id=f"s{number}",
        study_id="study",
        number=number,
        description=f"series {number}",
        contrast=contrast,
        plane=plane,
        geometry=geometry,
        instances=tuple(Instance(path=Path(f"{i}")) for i in range(n)),
        contrast_reason="as made",
    )
    return replace(made, **values)


def normal_tilted(degrees: float) -> VolumeGeometry:
    """Slices whose normal points back, and up by this angle; rows run across the patient."""
    back, up = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    matrix = np.eye(4)
    matrix[:3, :3] = np.array([[0, 0, 1], [back, up, 0], [up, -back, 0]])
    return VolumeGeometry(shape=(5, 5, 5), lps_from_index=matrix)


@pytest.mark.parametrize(
    ("degrees", "plane"),
    [
        (0, Plane.CORONAL),
        (-15, Plane.CORONAL),
        (38, Plane.SEMICORONAL),  # the real export
        (60, Plane.SEMICORONAL),  # along a steep sacrum, nearer to axial than to coronal
        (90, Plane.AXIAL),
        (-90, Plane.AXIAL),
        (-50, Plane.AXIAL),  # across a sacrum that leans by 40 degrees
    ],
)
def test_planes_are_told_apart_by_the_way_they_lean(degrees: float, plane: Plane) -> None:
    geometry = normal_tilted(degrees)
    assert plane_of(geometry) is plane
    mirrored = np.array(geometry.lps_from_index)
    mirrored[:3, 0] *= -1
    assert plane_of(VolumeGeometry(shape=(5, 5, 5), lps_from_index=mirrored)) is plane


def visit(*members: Series) -> Visit:
    return Visit(label="baseline", day=0, series=members)


SEMI, COR, AX, SAG = Plane.SEMICORONAL, Plane.CORONAL, Plane.AXIAL, Plane.SAGITTAL


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        ((Contrast.STIR, SEMI), (Contrast.T2_FS, SEMI)),
        ((Contrast.T2_FS, SEMI), (Contrast.DIXON_WATER, SEMI)),
        ((Contrast.DIXON_WATER, SEMI), (Contrast.PD_FS, SEMI)),
        ((Contrast.STIR, SEMI), (Contrast.STIR, COR)),
        ((Contrast.STIR, COR), (Contrast.STIR, AX)),
        ((Contrast.PD_FS, SEMI), (Contrast.STIR, AX)),
        ((Contrast.T2_FS, AX), (Contrast.STIR, SAG)),
        ((Contrast.PD_FS, SEMI), (Contrast.T1_FS, SEMI)),
    ],
)
def test_ranking_whatever_the_order(
    better: tuple[Contrast, Plane], worse: tuple[Contrast, Plane]
) -> None:
    for numbers in ((1, 2), (2, 1)):
        good, bad = series(numbers[0], *better), series(numbers[1], *worse)
        for members in ((good, bad), (bad, good)):
            choice = select_series(visit(*members))
            assert choice.chosen is good
            assert choice.ranking[0].series is good
            assert all(item.reason for item in choice.ranking)


def test_a_refused_or_short_series_is_never_chosen() -> None:
    torn = series(1, Contrast.STIR, SEMI, refused="1 slice missing")
    short = series(2, Contrast.STIR, SEMI, n_slices=2)
    choice = select_series(visit(torn, short))
    assert choice.chosen is None
    assert {"refused: 1 slice missing"} < {item.reason for item in choice.ranking}


def test_the_slab_that_covers_more_wins() -> None:
    thin, thick = series(2, Contrast.STIR, SEMI, n_slices=6), series(1, Contrast.STIR, SEMI)
    assert select_series(visit(thin, thick)).chosen is thick


def test_a_fragment_of_the_better_contrast_does_not_win() -> None:
    """Three slices of STIR cannot show both joints; the whole T2-FS can."""
    fragment = series(1, Contrast.STIR, SEMI, n_slices=3)
    whole = series(2, Contrast.T2_FS, SEMI, n_slices=15)
    assert select_series(visit(fragment, whole)).chosen is whole


def test_a_slab_too_thin_for_both_joints_is_doubted() -> None:
    (doubt,) = select_series(visit(series(1, Contrast.STIR, SEMI, n_slices=4))).doubts
    assert "cover 20 mm" in doubt


def test_a_tie_is_shown_and_the_repeat_taken() -> None:
    first, again = series(4, Contrast.STIR, SEMI), series(9, Contrast.STIR, SEMI)
    choice = select_series(visit(first, again))
    assert choice.chosen is again
    assert "series 9 and 4 are alike" in choice.doubts[0]


def test_series_of_one_number_are_told_apart_in_a_tie() -> None:
    twins = [replace(series(10, Contrast.STIR, SEMI), series_id=name) for name in ("s10a", "s10b")]
    (doubt,) = select_series(visit(*twins)).doubts
    assert "series 10 (s10a) and 10 (s10b) are alike" in doubt


def test_an_axial_choice_is_doubted() -> None:
    (doubt,) = select_series(visit(series(1, Contrast.STIR, AX))).doubts
    assert "not comparable to SPARCC" in doubt


def test_the_user_can_pin_a_series() -> None:
    members = visit(series(4, Contrast.STIR, SEMI), series(9, Contrast.T2_FS, SEMI))
    for pin in ("9", "s9", "SERIES 9"):
        chosen = select_series(members, settings=SelectSettings(pin=pin)).chosen
        assert chosen is not None
        assert chosen.number == 9
    choice = select_series(members, settings=SelectSettings(pin="nothing"))
    assert choice.chosen is not None
    assert "found 0 times" in choice.doubts[0]


def test_the_t1_on_the_same_slices_is_taken() -> None:
    chosen = series(1, Contrast.STIR, SEMI)
    near, other = series(3, Contrast.T1, SEMI), series(2, Contrast.T1, AX)
    assert select_series(visit(chosen, other, near)).t1 is near
