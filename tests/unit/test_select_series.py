"""What a name alone says never stands in for what a header confirms."""

from dataclasses import replace

import numpy as np
import pytest
from found_series import found_series

from mri_bme.select_series import select_series
from mri_bme.settings import SelectSettings
from mri_bme.study import Contrast, Instances, Plane, Series, Visit
from mri_bme.volume import VolumeGeometry

NORMALS = {Plane.SEMICORONAL: (0.0, 0.8, 0.6), Plane.AXIAL: (0.0, 0.0, 1.0)}


def series(number: int, contrast: Contrast, plane: Plane = Plane.SEMICORONAL) -> Series:
    normal = np.array(NORMALS[plane])
    matrix = np.eye(4)
    matrix[:3, :3] = np.stack([normal * 5, np.cross(normal, (1, 0, 0)), (1, 0, 0)], axis=1)
    return replace(
        found_series(number).series,
        contrast=contrast,
        plane=plane,
        geometry=VolumeGeometry(shape=(15, 64, 64), lps_from_index=matrix),
        instances=Instances((str(i) for i in range(15)), [None] * 15),
    )


def visit(*members: Series) -> Visit:
    return Visit(label="baseline", day=0, series=members)


NAMED = replace(
    series(11, Contrast.T2_FS),
    is_named_only=True,
    contrast_doubts=("fat suppression known by name only",),
)


def test_a_named_series_is_measured_and_doubted_where_it_is_the_only_one() -> None:
    choice = select_series(visit(NAMED, series(3, Contrast.T1)))
    assert choice.chosen is NAMED
    assert "known by name only" in choice.doubts[0]


@pytest.mark.parametrize("plane", [Plane.AXIAL, Plane.SEMICORONAL])
def test_a_confirmed_series_goes_first_whatever_its_plane(plane: Plane) -> None:
    confirmed = series(10, Contrast.STIR, plane)
    for members in ((NAMED, confirmed), (confirmed, NAMED)):
        assert select_series(visit(*members)).chosen is confirmed


@pytest.mark.parametrize("contrast", [Contrast.STIR, Contrast.T2_FS, Contrast.DIXON_WATER])
def test_a_named_series_does_not_replace_a_refused_one(contrast: Contrast) -> None:
    torn = replace(series(10, contrast), refused="1 slice missing")
    choice = select_series(visit(NAMED, torn))
    assert choice.chosen is None
    assert "series 10 is refused" in choice.doubts[0]
    (reason,) = (item.reason for item in choice.ranking if item.series is NAMED)
    assert "by its name only; it does not replace series 10" in reason


def test_it_does_where_the_user_says_so() -> None:
    torn = replace(series(10, Contrast.STIR), refused="1 slice missing")
    choice = select_series(visit(NAMED, torn), settings=SelectSettings(pin="11"))
    assert choice.chosen is NAMED


@pytest.mark.parametrize(
    "lost",
    [
        replace(series(10, Contrast.T1), refused="1 slice missing"),
        replace(series(10, Contrast.STIR), refused="1 slice missing", is_named_only=True),
        replace(series(10, Contrast.STIR), refused="a phase image", component="phase"),
    ],
)
def test_what_would_not_have_been_measured_is_not_replaced(lost: Series) -> None:
    assert select_series(visit(NAMED, lost)).chosen is NAMED


def test_a_confirmed_series_may_replace_a_refused_one() -> None:
    torn = replace(series(10, Contrast.STIR), refused="1 slice missing")
    other = series(12, Contrast.T2_FS)
    assert select_series(visit(torn, other)).chosen is other


def test_the_distortion_corrected_copy_is_taken() -> None:
    corrected = series(10, Contrast.STIR)
    for number in (9, 11):
        copy = replace(series(number, Contrast.STIR), is_uncorrected=True)
        choice = select_series(visit(copy, corrected))
        assert choice.chosen is corrected
        assert choice.doubts == ()
