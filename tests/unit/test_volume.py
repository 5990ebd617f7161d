"""Grids, volumes and rigid motion: positions are where they should be, bad ones refused."""

import pickle
from itertools import permutations, product

import numpy as np
import pytest
from numpy.typing import NDArray

from mri_bme.errors import GeometryMismatch, InvalidGeometry, InvalidVoxels
from mri_bme.volume import (
    Mask,
    RigidTransform,
    Volume,
    VolumeGeometry,
    axes_between,
    check_same_grid,
    frozen_array,
    reading_order,
    reorder_geometry,
    reorder_voxels,
)


def semicoronal(frame: str | None = "F") -> VolumeGeometry:
    """Slices 5 mm apart, front to back; rows 0.9 mm head to foot; columns 0.8 mm to the left."""
    matrix = np.eye(4)
    matrix[:3, 0] = 5 * np.array([0, 0.8, 0.6])
    matrix[:3, 1] = 0.9 * np.array([0, 0.6, -0.8])
    matrix[:3, 2] = 0.8 * np.array([1.0, 0, 0])
    matrix[:3, 3] = (-100, 20, 30)
    return VolumeGeometry(shape=(4, 6, 5), lps_from_index=matrix, frame_of_reference=frame)


def rotation(degrees: float, axis: int = 2) -> NDArray[np.float64]:
    angle = np.radians(degrees)
    matrix = np.eye(4)
    i, j = [a for a in range(3) if a != axis]
    matrix[i, i] = matrix[j, j] = np.cos(angle)
    matrix[i, j], matrix[j, i] = -np.sin(angle), np.sin(angle)
    return matrix


def test_a_voxel_stands_for_the_gap_too() -> None:
    geometry = semicoronal()
    assert geometry.spacing_mm == pytest.approx((5, 0.9, 0.8))
    assert geometry.voxel_volume_ml == pytest.approx(5 * 0.9 * 0.8 / 1000)
    mask = Mask(geometry=geometry, voxels=np.ones(geometry.shape))
    assert mask.volume_ml == pytest.approx(120 * geometry.voxel_volume_ml)


@pytest.mark.parametrize("dtype", [np.bool_, np.uint8, np.float32])
def test_a_large_map_with_margins_of_zeros_is_copied_to_the_last_voxel(dtype: type) -> None:
    values = np.zeros((3, 1200, 1200), dtype=np.float32)
    values[0, 200:700:3, 5:900:7] = 2
    values[2, -1, -1] = 1
    frozen = frozen_array(values, dtype)
    assert frozen.dtype == dtype
    assert np.array_equal(frozen, values.astype(dtype))
    assert not frozen.flags.writeable


def test_what_is_frozen_is_shared_and_what_may_change_is_copied() -> None:
    values = np.ones((2, 3, 4), dtype=np.float32)
    frozen = frozen_array(values, np.float32)
    assert frozen_array(frozen, np.float32) is frozen
    view = values[:]
    view.setflags(write=False)  # its base may still be written to
    copies = [frozen_array(values, np.float32), frozen_array(view, np.float32), frozen]
    values[:] = 7
    assert all((copy == 1).all() for copy in copies)


def test_indices_and_points_are_inverse() -> None:
    geometry = semicoronal()
    indices = np.random.default_rng(0).uniform(-3, 9, (20, 3))
    np.testing.assert_allclose(geometry.indices_of(geometry.points_lps(indices)), indices)
    np.testing.assert_allclose(geometry.points_lps([0, 0, 0]), (-100, 20, 30))
    np.testing.assert_allclose(geometry.points_lps([1, 0, 0]), (-100, 24, 33))


@pytest.mark.parametrize("order", list(permutations(range(3))))
@pytest.mark.parametrize("flipped", list(product([False, True], repeat=3)))
def test_reading_order_is_one_whatever_the_storage_order(
    order: tuple[int, int, int], flipped: tuple[bool, bool, bool]
) -> None:
    geometry = semicoronal()
    voxels = np.arange(120).reshape(geometry.shape)
    stored = reorder_geometry(geometry, order, flipped)
    stored_voxels = reorder_voxels(voxels, order, flipped)
    back = reading_order(stored)
    assert reorder_geometry(stored, *back).matches(geometry)
    np.testing.assert_array_equal(reorder_voxels(stored_voxels, *back), voxels)
    assert axes_between(stored, geometry) == back


@pytest.mark.parametrize("thick", [0, 1, 2])
def test_reading_order_follows_the_radiologist(thick: int) -> None:
    """Columns to the patient's left (back when sagittal), rows to the feet (back when axial)."""
    spacing = np.ones(3)
    spacing[thick] = 4
    geometry = VolumeGeometry(shape=(3, 4, 5), lps_from_index=np.diag([*spacing, 1]))
    directions = reorder_geometry(geometry, *reading_order(geometry)).directions.T
    wanted = {
        0: [(1, 0, 0), (0, 0, -1), (0, 1, 0)],
        1: [(0, 1, 0), (0, 0, -1), (1, 0, 0)],
        2: [(0, 0, -1), (0, 1, 0), (1, 0, 0)],
    }
    np.testing.assert_allclose(directions, wanted[thick])


def test_grids_match_only_in_one_frame_and_place() -> None:
    geometry = semicoronal()
    assert geometry.matches(semicoronal())
    assert geometry.matches(semicoronal(None))
    assert not geometry.matches(semicoronal("G"))
    moved = np.array(geometry.lps_from_index)
    moved[0, 3] += 0.01
    other = VolumeGeometry(shape=geometry.shape, lps_from_index=moved)
    assert not geometry.matches(other)
    with pytest.raises(GeometryMismatch, match="the mask lies on"):
        check_same_grid("the mask", other, geometry)
    with pytest.raises(GeometryMismatch, match="not the same voxels"):
        axes_between(other, geometry)


@pytest.mark.parametrize(
    ("column", "reason"),
    [((0, 0, 0), "singular"), ((0.5, 0, 1), "sheared"), ((np.nan, 0, 0), "finite")],
)
def test_a_matrix_that_is_no_grid_is_refused(
    column: tuple[float, float, float], reason: str
) -> None:
    matrix = np.eye(4)
    matrix[:3, 2] = column
    with pytest.raises(InvalidGeometry, match=reason):
        VolumeGeometry(shape=(2, 2, 2), lps_from_index=matrix)


def test_an_empty_axis_is_refused() -> None:
    with pytest.raises(InvalidGeometry, match="1 or more voxels"):
        VolumeGeometry(shape=(0, 2, 2), lps_from_index=np.eye(4))


def test_arrays_cannot_be_changed_from_outside() -> None:
    geometry = semicoronal()
    voxels = np.zeros(geometry.shape, np.float32)
    volume = Volume(geometry=geometry, voxels=voxels)
    voxels[:] = 7
    assert volume.voxels.max() == 0
    with pytest.raises(ValueError, match="read-only"):
        volume.voxels[0, 0, 0] = 1
    with pytest.raises(ValueError, match="read-only"):
        geometry.lps_from_index[0, 0] = 1


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_voxels_must_be_finite_and_fit(bad: float) -> None:
    geometry = semicoronal()
    voxels = np.zeros(geometry.shape)
    voxels[1, 1, 1] = bad
    with pytest.raises(InvalidVoxels, match="1 of 120 voxels"):
        Volume(geometry=geometry, voxels=voxels)
    with pytest.raises(InvalidVoxels, match="do not fit"):
        Mask(geometry=geometry, voxels=np.zeros((2, 2, 2)))


def test_rigid_motion_composes_and_inverts() -> None:
    b_from_a = RigidTransform(b_from_a=rotation(30))
    shift = np.eye(4)
    shift[:3, 3] = (1, 2, 3)
    c_from_b = RigidTransform(b_from_a=shift @ rotation(-10, axis=0))
    points = np.random.default_rng(1).normal(0, 100, (10, 3))
    np.testing.assert_allclose(
        (c_from_b @ b_from_a).apply(points), c_from_b.apply(b_from_a.apply(points))
    )
    round_trip = b_from_a.inverse() @ b_from_a
    np.testing.assert_allclose(round_trip.b_from_a, np.eye(4), atol=1e-12)
    assert b_from_a.rotation_degrees == pytest.approx(30)


@pytest.mark.parametrize("matrix", [np.diag([1, 1, -1, 1]), np.diag([2, 1, 1, 1])])
def test_mirrors_and_stretches_are_no_rigid_motion(matrix: NDArray[np.float64]) -> None:
    with pytest.raises(InvalidGeometry, match="proper rotation"):
        RigidTransform(b_from_a=matrix)


def test_half_of_a_motion_done_twice_is_the_motion() -> None:
    whole = RigidTransform(b_from_a=rotation(40)) @ shifted((10, -20, 30))
    twice = whole.half() @ whole.half()
    np.testing.assert_allclose(twice.b_from_a, whole.b_from_a, atol=1e-12)
    assert whole.half().rotation_degrees == pytest.approx(20)


def shifted(shift_mm: tuple[float, float, float]) -> RigidTransform:
    matrix = np.eye(4)
    matrix[:3, 3] = shift_mm
    return RigidTransform(b_from_a=matrix)


def test_reordering_keeps_every_voxel_in_its_place() -> None:
    geometry = semicoronal()
    voxels = np.arange(np.prod(geometry.shape)).reshape(geometry.shape)
    order, flipped = (2, 0, 1), (True, False, True)
    new, values = reorder_geometry(geometry, order, flipped), reorder_voxels(voxels, order, flipped)
    for index in ((0, 0, 0), (1, 2, 1), tuple(n - 1 for n in new.shape)):
        there = np.rint(geometry.indices_of(new.points_lps(index))).astype(int)
        assert values[index] == voxels[tuple(there)]


def test_a_mask_is_as_large_as_its_voxels() -> None:
    geometry = semicoronal()
    inside = np.zeros(geometry.shape, dtype=bool)
    inside[0, :2, 0] = True
    assert Mask(geometry=geometry, voxels=inside).volume_ml == pytest.approx(
        2 * geometry.voxel_volume_ml
    )


def large(voxels: NDArray[np.floating]) -> Volume:
    grid = VolumeGeometry(shape=voxels.shape, lps_from_index=np.eye(4))
    return Volume(geometry=grid, voxels=voxels)


WHOLE = np.random.default_rng(0).integers(-32768, 32768, (8, 1024, 1024))


def test_a_volume_at_rest_holds_half_and_gives_back_every_voxel() -> None:
    volume = large(WHOLE.astype(np.float32))
    before = volume.voxels.copy()
    volume.rest()
    assert "voxels" not in volume.__dict__
    assert volume.__dict__["voxels at rest"].packed.nbytes == before.nbytes // 2
    volume.rest()  # twice is once
    assert volume.voxels.dtype == np.float32
    assert np.array_equal(volume.voxels, before)
    assert not volume.voxels.flags.writeable
    assert "voxels at rest" not in volume.__dict__
    volume.rest()
    assert np.array_equal(pickle.loads(pickle.dumps(volume)).voxels, before)
    with pytest.raises(AttributeError, match="no 'pixels'"):
        _ = volume.pixels


@pytest.mark.parametrize("odd", [0.5, 32768.0, -32769.0])
def test_a_volume_that_16_bits_do_not_hold_stays_as_it_is(odd: float) -> None:
    voxels = WHOLE.astype(np.float32)
    voxels[5, 7, 9] = odd
    volume = large(voxels)
    volume.rest()
    assert "voxels at rest" not in volume.__dict__
    assert volume.voxels[5, 7, 9] == odd


def test_a_small_volume_does_not_rest() -> None:
    volume = large(WHOLE[:2, :64, :64].astype(np.float32))
    volume.rest()
    assert "voxels at rest" not in volume.__dict__
