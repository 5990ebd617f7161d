"""Phantoms look as real scans do where it matters: from slice to slice, and in normal marrow.

Real figures are of five semicoronal scans of 0.6 mm pixels, 3.3 mm apart (Hepburn et al.,
PLOS ONE 2023): residuals of reference marrow after a high pass of 8 mm in plane correlate
between neighbouring slices by -0.07 to 0.34 in STIR and 0.43 to 0.72 in T1W, gluteal muscle
in T1W by 0.33 to 0.57.
"""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import ndimage

from mri_bme.phantom import PhantomVisit, Protocol, make_anatomy, make_phantom
from mri_bme.place_rois import place_rois

SHARP = Protocol(
    n_slices=16, matrix=230, pixel_mm=0.8, thickness_mm=3.0, spacing_mm=3.3, noise=0.08
)


@pytest.fixture(scope="module")
def visit() -> PhantomVisit:
    anatomy = make_anatomy(4)
    return make_phantom("healthy", seed=4, anatomy=anatomy, protocol=SHARP).baseline


@pytest.fixture(scope="module")
def reference(visit: PhantomVisit) -> NDArray[np.bool_]:
    found = place_rois(visit.volume, bones=visit.bone_labels).reference
    assert found is not None
    return found.voxels


def alikeness(voxels: NDArray[Any], inside: NDArray[np.bool_], fine_mm: float) -> float:
    """Correlation of the residuals of one slice with those of the next, inside a mask."""

    def smooth(values: NDArray[Any], mm: float) -> NDArray[Any]:
        sigma = (0, mm / SHARP.pixel_mm, mm / SHARP.pixel_mm)
        weight = ndimage.gaussian_filter(inside.astype(np.float32), sigma)
        total = ndimage.gaussian_filter(np.where(inside, values, 0).astype(np.float32), sigma)
        return np.asarray(total / np.maximum(weight, 1e-4))

    residual = smooth(voxels / np.maximum(smooth(voxels, 8.0), 1) - 1, fine_mm)
    both = inside[:-1] & inside[1:]
    return float(np.corrcoef(residual[:-1][both], residual[1:][both])[0, 1])


def test_marrow_differs_from_slice_to_slice_as_in_patients(
    visit: PhantomVisit, reference: NDArray[np.bool_]
) -> None:
    assert 0.05 < alikeness(visit.volume.voxels, reference, 1.2) < 0.45
    assert 0.35 < alikeness(visit.t1.voxels, reference, 1.2) < 0.8


def test_muscle_differs_from_slice_to_slice_as_in_patients(visit: PhantomVisit) -> None:
    bones = np.argwhere(visit.bone_labels > 0)
    middle = np.median(bones[:, 1:], axis=0)
    down, across = (
        (np.arange(n) - at) * SHARP.pixel_mm
        for n, at in zip(visit.volume.geometry.shape[1:], middle, strict=True)
    )
    buttock = (np.abs(across) > 35) & (np.abs(across) < 85) & (down[:, None] > 5)
    buttock &= down[:, None] < 65
    clear = ~ndimage.binary_dilation(visit.bone_labels > 0, np.ones((1, 3, 3)), iterations=7)
    assert alikeness(visit.t1.voxels, clear & buttock, 1.0) < 0.65


def test_normal_marrow_varies_by_10_to_17_percent(
    visit: PhantomVisit, reference: NDArray[np.bool_]
) -> None:
    values = visit.volume.voxels[reference]
    assert 0.10 < values.std() / values.mean() < 0.17
