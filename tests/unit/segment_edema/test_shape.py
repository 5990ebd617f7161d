"""Shapes in millimetres."""

import numpy as np
import pytest

from mri_bme.segment_edema.shape import box_widths_mm, in_plane_reach_mm, in_plane_width_mm


@pytest.mark.parametrize("spacing", [(1.0, 1.0, 1.0), (4.0, 0.5, 0.5), (2.0, 1.0, 0.5)])
def test_shape_is_measured_in_mm_whatever_the_voxels(spacing: tuple[float, ...]) -> None:
    mm = np.array(spacing)
    box = np.ones((np.array([24, 12, 48]) / mm).astype(int), dtype=bool)
    assert box_widths_mm(box, mm) == pytest.approx((48, 24, 12))
    assert in_plane_width_mm(box, mm) == pytest.approx(12, abs=1.01)


def test_reach_is_the_longest_side_of_the_box_within_the_slice() -> None:
    bar = np.zeros((5, 8, 8), dtype=bool)
    bar[:, 1:3, 1:7] = True  # five slices of 4 mm do not count
    assert in_plane_reach_mm(bar, np.array([4.0, 1.0, 0.5])) == pytest.approx(3.0)
    assert in_plane_reach_mm(bar, np.array([4.0, 2.0, 0.5])) == pytest.approx(4.0)
