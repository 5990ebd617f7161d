"""Tissues cover each other by the share of a voxel that they fill."""

import numpy as np
import pytest

from mri_bme.phantom.solids import Grid
from mri_bme.phantom.tissue.canvas import SIGNAL, Tissues
from mri_bme.volume import VolumeGeometry


def blank() -> Tissues:
    shape = (21, 21, 21)
    return Tissues(stir=np.zeros(shape, np.float32), t1=np.zeros(shape, np.float32))


def test_half_a_voxel_of_tissue_is_half_of_its_signal() -> None:
    tissues = blank()
    tissues.paint(np.float32(1.0), "marrow")
    tissues.paint(np.float32(0.5), "fluid")
    assert tissues.stir[0, 0, 0] == pytest.approx((1 + SIGNAL["fluid"][0]) / 2)
    assert tissues.t1[0, 0, 0] == pytest.approx((1 + SIGNAL["fluid"][1]) / 2)


def test_a_tube_is_painted_where_it_runs_and_left_out_beyond_the_grid() -> None:
    geometry = VolumeGeometry(shape=(21, 21, 21), lps_from_index=np.eye(4))
    grid = Grid(geometry=geometry, first_mm=(-10.0, -10.0, -10.0))
    tissues = blank()
    tissues.paint_tube(grid, [(0, -20, 0), (0, 20, 0)], 2.0, "vein")
    assert tissues.stir[10, :, 10] == pytest.approx(np.full(21, SIGNAL["vein"][0]))
    assert tissues.stir[10, 10, 15] == 0
    before = tissues.stir.copy()
    tissues.paint_tube(grid, [(0, -20, 90), (0, 20, 90)], 2.0, "vein")
    np.testing.assert_array_equal(tissues.stir, before)
