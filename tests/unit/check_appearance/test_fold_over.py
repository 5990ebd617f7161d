"""Signal that folds over is told by borders that go on in each other."""

import numpy as np
import pytest
from box_pelvis import SHAPE, box_pelvis, semicoronal_geometry
from numpy.typing import NDArray
from scipy import ndimage

from mri_bme.check_appearance.fold_over import fold_over_mm
from mri_bme.place_rois import place_rois
from mri_bme.volume import Volume

GEOMETRY = semicoronal_geometry()
WIDE = 60  # columns that lie beyond either border
RNG = np.random.default_rng(2)
TISSUE = 100 + 60 * ndimage.gaussian_filter(
    RNG.normal(0, 1, (SHAPE[0], SHAPE[1] + 2 * WIDE, SHAPE[2] + 2 * WIDE)), (0, 1.5, 1.5)
)
ROIS = place_rois(
    Volume(geometry=GEOMETRY, voxels=np.full(SHAPE, 100, np.float32)), bones=box_pelvis(GEOMETRY)
)


def scan(voxels: NDArray[np.floating]) -> Volume:
    noise = np.random.default_rng(3).normal(0, 2, SHAPE)
    return Volume(geometry=GEOMETRY, voxels=(voxels + noise).astype(np.float32))


def folded(axis: int) -> NDArray[np.floating]:
    lines = np.moveaxis(TISSUE, axis, 0)
    inside = lines[WIDE:-WIDE].copy()
    inside[:WIDE] += lines[-WIDE:]
    inside[-WIDE:] += lines[:WIDE]
    other = slice(WIDE, -WIDE)
    return (
        np.moveaxis(inside, 0, axis)[:, :, other]
        if axis == 1
        else (np.moveaxis(inside, 0, axis)[:, other])
    )


@pytest.mark.parametrize(("axis", "to_border_mm"), [(2, 50), (1, 10.5)])
def test_it_is_told_how_near_to_a_joint_signal_folds_over(axis: int, to_border_mm: float) -> None:
    assert fold_over_mm(scan(folded(axis)), ROIS) == pytest.approx(to_border_mm, abs=3)


def test_a_body_that_reaches_both_borders_does_not_fold_over_for_that() -> None:
    assert fold_over_mm(scan(TISSUE[:, WIDE:-WIDE, WIDE:-WIDE]), ROIS) is None


def test_air_that_goes_on_in_air_is_not_signal() -> None:
    """Noise of an interpolated picture goes on over its borders, too."""
    across = np.abs(np.arange(SHAPE[2]) - SHAPE[2] / 2)
    body = 1 - 1 / (1 + np.exp((80 - across) / 3))
    noise = ndimage.gaussian_filter(RNG.normal(0, 40, SHAPE), (0, 2, 2), mode="wrap")
    assert fold_over_mm(scan(TISSUE[:, WIDE:-WIDE, WIDE:-WIDE] * body + noise), ROIS) is None


def test_symmetrical_layers_are_no_fold_over() -> None:
    """As skin, fat and muscle behind the pelvis; borders are alike and yet go on in nothing."""
    layers = 60 * np.sin(np.arange(SHAPE[1]) / 12)[None, :, None]
    assert fold_over_mm(scan(TISSUE[:, WIDE:-WIDE, WIDE:-WIDE] + layers), ROIS) is None
