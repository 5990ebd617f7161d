"""What a scan without T1W tells of metal, gas, bright fat, noise and a lost field."""

import numpy as np
import pytest
from box_pelvis import SHAPE, box_pelvis, semicoronal_geometry
from numpy.typing import NDArray

from mri_bme.check_appearance import check_rois
from mri_bme.check_appearance.alone import brightest_buttock, marrow_by_voids_ml
from mri_bme.place_rois import place_rois
from mri_bme.sacroiliac import SacroiliacRois
from mri_bme.volume import Volume

GEOMETRY = semicoronal_geometry()
BONES = box_pelvis(GEOMETRY)
NOISE = np.random.default_rng(0).normal(0, 3, SHAPE).astype(np.float32)
EVEN = np.where(BONES > 0, 100.0, 60.0).astype(np.float32) + NOISE
ALONE = {"lost_field_without_t1", "snr_without_t1", "void_without_t1_ml", "fat_without_t1"}


def volume(voxels: NDArray[np.float32]) -> Volume:
    return Volume(geometry=GEOMETRY, voxels=voxels.astype(np.float32))


@pytest.fixture(scope="module")
def rois() -> SacroiliacRois:
    return place_rois(volume(EVEN), bones=BONES)


def with_hole(rois: SacroiliacRois, radius_mm: float, rim: float) -> Volume:
    """Hole in the middle of the marrow of the left ilium, with a rim of 5 mm."""
    where = np.argwhere(rois.region("left_ilium").voxels)
    metal = GEOMETRY.points_lps(where[len(where) // 2][None])[0]
    points = GEOMETRY.points_lps(np.argwhere(np.ones(SHAPE, bool)))
    away = np.linalg.norm(points - metal, axis=1).reshape(SHAPE)
    seen = np.where(away < radius_mm + 5, rim * EVEN, EVEN)
    return volume(np.where(away < radius_mm, 3.0, seen))


def test_a_hole_with_a_bright_rim_is_told_by_the_marrow_in_and_beside_it(
    rois: SacroiliacRois,
) -> None:
    assert marrow_by_voids_ml(volume(EVEN), rois) == 0
    small, large = (marrow_by_voids_ml(with_hole(rois, mm, 1.8), rois) for mm in (8.0, 12.0))
    assert small is not None
    assert large is not None
    assert 0 < small < large


def test_a_hole_with_a_dark_rim_is_sclerosis(rois: SacroiliacRois) -> None:
    assert marrow_by_voids_ml(with_hole(rois, 12.0, 0.6), rois) == 0


def test_broad_bright_tissue_behind_the_joints_is_told_and_a_vessel_is_not(
    rois: SacroiliacRois,
) -> None:
    usual = brightest_buttock(volume(EVEN), rois)
    assert usual == pytest.approx(0.6, abs=0.05)
    soft = BONES == 0
    vessel = np.zeros(SHAPE, bool)
    vessel[:, :, ::10] = vessel[:, :, 1::10] = True
    assert brightest_buttock(volume(np.where(soft & vessel, 400, EVEN)), rois) == pytest.approx(
        usual, abs=0.1
    )
    fat = np.zeros(SHAPE, bool)
    fat[:, :, -40:] = True
    found = brightest_buttock(volume(np.where(soft & fat, 300, EVEN)), rois)
    assert found == pytest.approx(3.0, abs=0.2)


def test_a_field_that_hides_as_disease_everywhere_is_refused_and_a_weaker_one_is_not(
    rois: SacroiliacRois,
) -> None:
    across_mm = np.arange(SHAPE[2]) - SHAPE[2] / 2

    def look(brighter: float):
        lost = np.where(np.abs(across_mm) > 40, brighter, 1)
        return {c.name: c for c in check_rois(volume(EVEN * lost), rois).checks}

    assert look(1.3)["lost_field_without_t1"].verdict.value == "fine"
    found = look(2.6)
    assert found["field_without_t1"].verdict.value == "fine"  # all that marrow counts as diseased
    assert "transmit field is lost" in found["lost_field_without_t1"].words
    assert found["lost_field_without_t1"].verdict.value == "impossible"


def test_with_t1w_nothing_of_it_is_asked(rois: SacroiliacRois) -> None:
    seen = volume(EVEN)
    assert {c.name for c in check_rois(seen, rois).checks} >= ALONE
    assert not ALONE & {c.name for c in check_rois(seen, rois, t1=seen).checks}
