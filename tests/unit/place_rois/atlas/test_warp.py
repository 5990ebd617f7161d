"""One person's scan is brought onto another's: same places on each other, whatever the gain."""

import numpy as np
import pytest
from moved_anatomy import anatomy, motion_of, moved

from mri_bme.place_rois.atlas.warp import (
    CLIP,
    as_like,
    coarse,
    coarse_factors,
    find_warp,
    identity,
    resampled,
)
from mri_bme.volume import Volume, VolumeGeometry


def small(volume: Volume) -> Volume:
    """Every other voxel within the slices, which is enough to lay scans on each other."""
    matrix = np.array(volume.geometry.lps_from_index)
    matrix[:3, 1:3] *= 2
    voxels = volume.voxels[:, ::2, ::2]
    geometry = VolumeGeometry(shape=voxels.shape, lps_from_index=matrix)
    return Volume(geometry=geometry, voxels=voxels)


def correlation(a: np.ndarray, b: np.ndarray) -> float:
    inside = slice(3, -3), slice(6, -6), slice(6, -6)
    return float(np.corrcoef(a[inside].ravel(), b[inside].ravel())[0, 1])


@pytest.mark.parametrize(
    ("spacing_mm", "factors"),
    [((4.0, 1.0, 1.0), (1, 3, 3)), ((1.0, 1.0, 1.0), (3, 3, 3)), ((5.0, 4.0, 4.0), (1, 1, 1)),
     ((4.0, 0.5, 0.8), (1, 6, 4))],
)  # fmt: skip
def test_voxels_are_averaged_to_about_three_millimetres(spacing_mm, factors) -> None:
    geometry = VolumeGeometry(shape=(4, 8, 8), lps_from_index=np.diag([*spacing_mm, 1.0]))
    assert coarse_factors(geometry) == factors


def test_a_coarse_voxel_lies_in_the_middle_of_those_it_stands_for() -> None:
    matrix = np.array(anatomy(1).geometry.lps_from_index)
    matrix[:3, 1:3] /= 2  # 1 mm
    fine = VolumeGeometry(shape=anatomy(1).geometry.shape, lps_from_index=matrix)
    volume = Volume(geometry=fine, voxels=anatomy(1).voxels)
    made = coarse(volume)
    assert made.factors == (1, 3, 3)
    assert made.spacing_mm == pytest.approx(
        [s * f for s, f in zip(volume.geometry.spacing_mm, made.factors, strict=True)]
    )
    first = (np.array(made.factors) - 1) / 2
    assert made.image.GetOrigin() == pytest.approx(tuple(volume.geometry.points_lps(first)))
    at = made.image.TransformIndexToPhysicalPoint((3, 5, 7))  # column, row, slice
    assert at == pytest.approx(
        tuple(volume.geometry.points_lps(first + np.array([7, 5, 3]) * made.factors))
    )


@pytest.mark.parametrize("gain", [0.01, 40.0])
def test_receiver_gain_is_gone_and_no_voxel_stands_out(gain: float) -> None:
    volume = anatomy(1)
    brighter = Volume(geometry=volume.geometry, voxels=volume.voxels * gain)
    expected = coarse(volume).voxels
    np.testing.assert_allclose(coarse(brighter).voxels, expected, atol=1e-3)
    assert np.abs(expected).max() <= CLIP


def test_resampling_onto_itself_changes_nothing_and_beyond_the_scan_there_is_nothing() -> None:
    image = coarse(small(anatomy(1))).image
    np.testing.assert_allclose(
        resampled(image, image, identity()), coarse(small(anatomy(1))).voxels, atol=1e-5
    )
    far = as_like(np.ones(image.GetSize()[::-1], np.float32), image)
    far.SetOrigin(tuple(np.array(image.GetOrigin()) + 1000))
    assert not resampled(image, far, identity()).any()


def test_a_person_who_lay_elsewhere_is_brought_back() -> None:
    volume = small(anatomy(1))
    motion = motion_of((3.0, 2.0, -2.0), (12.0, -6.0, 20.0))
    there = coarse(moved(volume, motion, volume.geometry))
    here = coarse(volume)
    apart = correlation(resampled(there.image, here.image, identity()), here.voxels)
    warp = find_warp(here, there)
    together = correlation(resampled(there.image, here.image, warp), here.voxels)
    assert apart < 0.5
    assert together > 0.85
