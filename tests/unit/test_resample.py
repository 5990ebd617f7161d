"""Masks and labels are moved in millimetres, without invented values."""

import numpy as np
import pytest
from scipy import ndimage

from mri_bme.resample import (
    coverage_mask,
    resample_labels,
    resample_mask,
    resample_volume,
    resample_voxels,
    source_from_target_index,
)
from mri_bme.volume import Mask, RigidTransform, Volume, VolumeGeometry, rotation_of


def grid(shape: tuple[int, int, int], spacing_mm: tuple[float, float, float]) -> VolumeGeometry:
    """Coronal slices whose middle lies at (0, 0, 0)."""
    matrix = np.eye(4)
    matrix[:3, :3] = np.array([[0, 0, 1], [1, 0, 0], [0, -1, 0]]) * np.array(spacing_mm)
    matrix[:3, 3] = -matrix[:3, :3] @ ((np.array(shape) - 1) / 2)
    return VolumeGeometry(shape=shape, lps_from_index=matrix)


def ball(geometry: VolumeGeometry, radius_mm: float, centre_lps_mm=(0.0, 0.0, 0.0)) -> Mask:
    points = geometry.points_lps(np.moveaxis(np.indices(geometry.shape), 0, -1))
    inside = np.linalg.norm(points - np.array(centre_lps_mm), axis=-1) < radius_mm
    return Mask(geometry=geometry, voxels=inside)


def motion_of(degrees: tuple[float, float, float], shift_mm: tuple[float, float, float]):
    matrix = np.eye(4)
    matrix[:3, :3] = rotation_of(np.radians(degrees))
    matrix[:3, 3] = shift_mm
    return RigidTransform(b_from_a=matrix)


@pytest.fixture
def fine() -> VolumeGeometry:
    return grid((41, 60, 60), (1.0, 1.0, 1.0))


def test_a_mask_keeps_its_volume_on_a_grid_with_thick_slices(fine: VolumeGeometry) -> None:
    source = ball(fine, 15)
    moved = resample_mask(source, grid((12, 70, 70), (3.3, 0.8, 0.8)))
    assert moved.volume_ml == pytest.approx(source.volume_ml, rel=0.03)


def test_a_moved_mask_lands_where_the_motion_says(fine: VolumeGeometry) -> None:
    followup_from_baseline = motion_of((5, -8, 10), (4, -3, 6))
    source = ball(fine, 8, centre_lps_mm=(5, 2, -3))
    moved = resample_mask(source, fine, followup_from_baseline.inverse())
    centre = fine.points_lps(np.argwhere(moved.voxels)).mean(axis=0)
    assert centre == pytest.approx(followup_from_baseline.apply((5, 2, -3)), abs=0.1)


def test_no_label_is_invented(fine: VolumeGeometry) -> None:
    labels = np.where(ball(fine, 15).voxels, 8, 0)
    labels[ball(fine, 9).voxels] = 3
    moved = resample_labels(
        labels, fine, grid((14, 80, 80), (3.0, 0.7, 0.7)), motion_of((9, 4, 7), (2, 3, 1))
    )
    assert set(np.unique(moved)) == {0, 3, 8}


def test_coverage_says_which_voxels_the_other_slab_saw() -> None:
    target, slab = grid((20, 8, 8), (2.0, 2.0, 2.0)), grid((10, 8, 8), (2.0, 2.0, 2.0))
    assert coverage_mask(slab, target).voxels.mean() == pytest.approx(0.5)
    elsewhere = motion_of((0, 0, 0), (0, 100, 0))
    assert coverage_mask(slab, target, elsewhere).n_voxels == 0


def test_a_volume_sampled_on_its_own_grid_is_itself(fine: VolumeGeometry) -> None:
    voxels = np.random.default_rng(0).normal(size=fine.shape).astype(np.float32)
    again = resample_volume(Volume(geometry=fine, voxels=voxels), fine)
    assert again.voxels == pytest.approx(voxels, abs=1e-5)


def test_a_linear_ramp_is_exact_under_any_rotation(fine: VolumeGeometry) -> None:
    slope = np.array([0.3, -0.2, 0.5])
    points = fine.points_lps(np.moveaxis(np.indices(fine.shape), 0, -1))
    rigid = motion_of((12, -7, 20), (1, 2, -1))
    inner = grid((11, 12, 12), (1.4, 1.1, 0.9))
    sampled = resample_voxels(points @ slope, fine, inner, rigid, order=1)
    wanted = rigid.apply(inner.points_lps(np.moveaxis(np.indices(inner.shape), 0, -1))) @ slope
    assert sampled == pytest.approx(wanted, abs=1e-6)


@pytest.mark.parametrize("order", [0, 1])
@pytest.mark.parametrize("motion", [None, motion_of((9, 4, 7), (2, 3, 1))])
@pytest.mark.parametrize("inside", [(), (slice(3, 9), slice(20, 31), slice(0, 4)), (slice(None),)])
def test_what_a_few_voxels_reach_is_sampled_as_the_whole_would_be(
    fine: VolumeGeometry, inside: tuple[slice, ...], motion: RigidTransform | None, order: int
) -> None:
    """To the last bit: a voxel that lies between two must not come to lie with the other."""
    voxels = np.zeros(fine.shape, dtype=np.float32)
    if inside:
        voxels[inside] = 1
    target = grid((14, 80, 80), (3.0, 0.7, 0.7))
    matrix = source_from_target_index(fine, target, motion)
    whole = ndimage.affine_transform(
        voxels,
        matrix[:3, :3],
        matrix[:3, 3],
        output_shape=target.shape,
        order=order,
        mode="grid-constant",
    )
    found = resample_voxels(voxels, fine, target, motion, order=order)
    np.testing.assert_array_equal(found, whole)
