"""Axes of a grid by anatomy, whatever way it was stored."""

import numpy as np
import pytest
from box_pelvis import SHAPE, semicoronal_geometry

from mri_bme.errors import RoiNotFound
from mri_bme.place_rois.axes import pelvis_axes
from mri_bme.volume import VolumeGeometry, reorder_geometry, reorder_voxels

STORED = [
    ((0, 1, 2), (False, False, False)),
    ((0, 1, 2), (True, True, True)),
    ((2, 0, 1), (False, True, False)),
]


@pytest.mark.parametrize(("order", "flips"), STORED)
def test_a_view_runs_back_down_and_left(
    order: tuple[int, int, int], flips: tuple[bool, bool, bool]
) -> None:
    plain = semicoronal_geometry(tilt_degrees=30.0)
    geometry = reorder_geometry(plain, order, flips)
    points = geometry.points_lps(np.moveaxis(np.indices(geometry.shape), 0, -1))
    axes = pelvis_axes(geometry)
    across, back, up = (axes.view(points[..., i]) for i in range(3))
    assert (np.diff(across, axis=2) > 0).all()
    assert (np.diff(back, axis=0) > 0).all()
    assert (np.diff(up, axis=1) < 0).all()
    assert axes.spacing_mm == pytest.approx((4.0, 1.0, 1.0))
    assert axes.is_stacked_in_depth


@pytest.mark.parametrize(("order", "flips"), STORED)
def test_restoring_undoes_the_view(
    order: tuple[int, int, int], flips: tuple[bool, bool, bool]
) -> None:
    axes = pelvis_axes(reorder_geometry(semicoronal_geometry(), order, flips))
    stored = reorder_voxels(np.arange(np.prod(SHAPE)).reshape(SHAPE), order, flips)
    np.testing.assert_array_equal(axes.restore(axes.view(stored)), stored)


def grid(
    columns: tuple[float, float, float], spacing: tuple[float, float, float]
) -> VolumeGeometry:
    """Axial grid whose rows run back and whose columns run along `columns`."""
    directions = np.stack([(0.0, 0.0, 1.0), np.cross(columns, (0, 0, -1)), columns], axis=1)
    matrix = np.eye(4)
    matrix[:3, :3] = directions * np.array(spacing)
    return VolumeGeometry(shape=(20, 30, 40), lps_from_index=matrix)


def test_axial_and_isotropic_slices_are_not_stacked_in_depth() -> None:
    for spacing in ((4.0, 1.0, 1.0), (1.0, 1.0, 1.0)):
        axes = pelvis_axes(grid((1.0, 0.0, 0.0), spacing))
        assert not axes.is_stacked_in_depth
        assert axes.order == (1, 0, 2)


def test_a_turned_grid_and_sagittal_slices_are_refused() -> None:
    turned = (np.cos(0.9), np.sin(0.9), 0.0)
    with pytest.raises(RoiNotFound, match="runs left-right"):
        pelvis_axes(grid(turned, (1.0, 1.0, 1.0)))
    with pytest.raises(RoiNotFound, match="sagittal"):
        pelvis_axes(grid((1.0, 0.0, 0.0), (1.0, 1.0, 4.0)))
