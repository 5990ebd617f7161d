"""How far a volume could be off: normal marrow, the edge of lesions, the ROI, unseen edema."""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.stats import norm, qmc

from mri_bme.sacroiliac import QUADRANTS, PlacedBy
from mri_bme.volume import FloatArray

N_SOURCES = 4
LEVEL_SD = 0.14  # of the share of mixed voxels: outline, plateau, T1W; set on phantoms
ROI_EDGE_MM = 0.4  # SD of where the edge of a drawn ROI lies
FOUND_ROI_EDGE_MM = 0.8  # and of one found by the network, on a grid of 1.4 mm
UNSEEN_ML = 0.04  # SD of edema too small or too faint to be a candidate; set on phantoms
IN_PLANE = np.array([[[0, 1, 0], [1, 1, 1], [0, 1, 0]]], dtype=bool)


def quasi_random_normals(n_draws: int, n_sources: int = N_SOURCES) -> FloatArray:
    """Draw evenly spread standard normals (n_draws, n_sources), the same every time."""
    points = qmc.Halton(n_sources, scramble=False).random(n_draws + 1)[1:]
    return np.asarray(norm.ppf(points), dtype=np.float64)


def quadrant_draws(
    fraction: NDArray[np.float32],
    quadrants: NDArray[np.uint8],
    *,
    reference_cv: float,
    roi_edge_voxels: float,
    voxel_volume_ml: float,
    n_draws: int,
) -> FloatArray:
    """Draw the volumes that each quadrant might as well have had.

    Each draw moves four things, each common to all voxels: the level of normal marrow (SD of
    the reference, relative) and where the edge and plateau of lesions lie (`LEVEL_SD`)
    change the share of every mixed voxel; the ROI's edge (`ROI_EDGE_MM`) cuts lesions
    that touch it; and edema too small to be a candidate (`UNSEEN_ML`, never negative) is
    spread over the ROI. Noise of single voxels averages out and is not drawn.

    Parameters
    ----------
    fraction : float32 array
        Share of each voxel that is edema.
    quadrants : uint8 array
        Quadrant labels on the same grid.
    reference_cv : float
        Robust SD / median of reference marrow.
    roi_edge_voxels : float
        SD of where the edge of the ROIs lies, within the slice, in voxels.
    voxel_volume_ml : float
        Volume of one voxel.
    n_draws : int
        Number of quasi-random (Halton) draws.

    Returns
    -------
    float64 array of shape (n_draws, 9)
        mL per quadrant label; column 0 is 0.
    """
    inside = quadrants > 0
    rim = inside & ~ndimage.binary_erosion(inside, IN_PLANE)
    total = _sums(quadrants, fraction)
    mixed = _sums(quadrants, (fraction > 0) & (fraction < 1))
    cut = _sums(quadrants, np.where(rim, fraction, 0))
    marrow = _sums(quadrants, inside)
    z = quasi_random_normals(n_draws)
    shift = z[:, :1] * reference_cv / 2 + z[:, 1:2] * LEVEL_SD
    moved = total + shift * mixed + z[:, 2:3] * roi_edge_voxels * cut
    unseen = np.maximum(z[:, 3:4], 0) * UNSEEN_ML * marrow / max(marrow.sum(), 1)
    return np.asarray(np.maximum(moved, 0) * voxel_volume_ml + unseen, dtype=np.float64)


def roi_edge_mm(placed_by: PlacedBy) -> float:
    """SD of where the edge of ROIs lies, by who placed the bones.

    Set on phantoms whose bones were given and found; more than nine tenths of the drawn
    joint have the found one within 3 mm (MODEL_CARD.md).
    """
    return ROI_EDGE_MM if placed_by is PlacedBy.GIVEN else FOUND_ROI_EDGE_MM


def _sums(quadrants: NDArray[np.uint8], values: NDArray[np.generic]) -> FloatArray:
    n = len(QUADRANTS) + 1
    sums = np.bincount(quadrants.ravel(), weights=np.asarray(values).ravel(), minlength=n)
    sums[0] = 0
    return np.asarray(sums, dtype=np.float64)
