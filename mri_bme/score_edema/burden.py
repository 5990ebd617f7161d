"""Volumes, intensities and lesions of a region or depth band."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from mri_bme.findings import EdemaSegmentation, Interval, RegionBurden
from mri_bme.measurement_error import volume_interval
from mri_bme.sacroiliac import QUADRANTS, REGIONS, SacroiliacRois
from mri_bme.volume import FloatArray, Mask

N_LABELS = max(QUADRANTS) + 1


@dataclass(frozen=True, kw_only=True, eq=False)
class MarrowVoxels:
    """The voxels of all quadrants as a table: one array per property, one entry per voxel.

    `quadrant` is the one whose draws a voxel belongs to, `counted_as` the one it is counted in.
    """

    voxel_ml: float
    quadrant: NDArray[np.uint8]
    counted_as: NDArray[np.uint8]
    depth_mm: NDArray[np.float32]
    edema_fraction: FloatArray
    lesion: NDArray[np.int32]
    relative_intensity: FloatArray
    counted: NDArray[np.bool_]
    draws_ml: FloatArray
    ends_ml: Mapping[str, FloatArray]

    @cached_property
    def edema_of(self) -> FloatArray:
        """Edema of each quadrant, in voxels."""
        found = np.bincount(self.quadrant, weights=self.edema_fraction, minlength=N_LABELS)
        return np.asarray(found, dtype=np.float64)

    @cached_property
    def voxels_of(self) -> NDArray[np.intp]:
        """Voxels of each quadrant."""
        return np.bincount(self.quadrant, minlength=N_LABELS)


def marrow_voxels(
    segmentation: EdemaSegmentation,
    rois: SacroiliacRois,
    *,
    within: Mask | None,
    quadrants: NDArray[np.uint8] | None = None,
) -> MarrowVoxels:
    """Collect what the scores need of every voxel inside a quadrant."""
    inside = rois.quadrants > 0
    quadrant = rois.quadrants[inside]
    return MarrowVoxels(
        voxel_ml=rois.geometry.voxel_volume_ml,
        quadrant=quadrant,
        counted_as=quadrant if quadrants is None else quadrants[inside],
        depth_mm=np.abs(rois.joint_distance_mm[inside]),
        edema_fraction=segmentation.edema_fraction[inside].astype(np.float64),
        lesion=segmentation.lesion_labels[inside],
        relative_intensity=segmentation.relative_intensity.voxels[inside].astype(np.float64),
        counted=np.ones(quadrant.shape, dtype=bool) if within is None else within.voxels[inside],
        draws_ml=segmentation.quadrant_draws_ml,
        ends_ml=segmentation.source_ends_ml,
    )


def measure_regions(marrow: MarrowVoxels) -> dict[str, RegionBurden]:
    """Measure every region of `REGIONS`."""
    return {
        name: measure_where(marrow, marrow.counted & np.isin(marrow.counted_as, labels))
        for name, labels in REGIONS.items()
    }


def measure_bands(marrow: MarrowVoxels, edges_mm: tuple[float, ...]) -> dict[str, RegionBurden]:
    """Measure every depth band of the whole."""
    depth = marrow.depth_mm
    return {
        name: measure_where(marrow, marrow.counted & (depth >= low) & (depth < high))
        for name, (low, high) in depth_bands(edges_mm).items()
    }


def depth_bands(edges_mm: tuple[float, ...]) -> dict[str, tuple[float, float]]:
    """Name the bands between these limits; the lower limit belongs to its band."""
    limits = (0.0, *edges_mm)
    inner = {f"{low:g}-{high:g} mm": (low, high) for low, high in pairwise(limits)}
    return inner | {f">={limits[-1]:g} mm": (limits[-1], np.inf)}


def measure_where(marrow: MarrowVoxels, where: NDArray[np.bool_]) -> RegionBurden:
    """Measure the edema in the voxels of `where`."""
    shares, lesion = marrow.edema_fraction[where], marrow.lesion[where]
    intensity = marrow.relative_intensity[where]
    edematous = intensity[lesion > 0]
    edema_ml = float(shares.sum()) * marrow.voxel_ml
    return RegionBurden(
        edema_ml=edema_ml,
        interval_ml=_interval(marrow, where, edema_ml),
        counted_ml=edematous.size * marrow.voxel_ml,
        roi_ml=float(where.sum()) * marrow.voxel_ml,
        edema_fraction=float(shares.mean()) if shares.size else None,
        relative_intensity_mean=float(edematous.mean()) if edematous.size else None,
        relative_intensity_max=float(edematous.max()) if edematous.size else None,
        n_lesions=np.unique(lesion[lesion > 0]).size,
    )


def _interval(marrow: MarrowVoxels, where: NDArray[np.bool_], edema_ml: float) -> Interval | None:
    """95 % interval from the draws per quadrant.

    Where only a part of a quadrant is counted, its draws are scaled by that part's share
    of the quadrant's edema (of its marrow, where it holds no edema).
    """
    return volume_interval(marrow.draws_ml @ _counted_shares(marrow, where), edema_ml)


def measure_sensitivity(marrow: MarrowVoxels) -> dict[str, Interval]:
    """How far the total moves with each source of error alone; scaled as draws are."""
    shares = _counted_shares(marrow, marrow.counted & (marrow.counted_as > 0))
    return {
        source: Interval(low=float(low), high=float(high))
        for source, (low, high) in ((name, e @ shares) for name, e in marrow.ends_ml.items())
    }


def _counted_shares(marrow: MarrowVoxels, where: NDArray[np.bool_]) -> FloatArray:
    quadrant, nothing = marrow.quadrant[where], np.full(N_LABELS, np.nan)
    edema = np.bincount(quadrant, weights=marrow.edema_fraction[where], minlength=N_LABELS)
    voxels = np.bincount(quadrant, minlength=N_LABELS)
    of_edema, of_marrow = (
        np.divide(part, whole, out=nothing.copy(), where=whole > 0)
        for part, whole in ((edema, marrow.edema_of), (voxels, marrow.voxels_of))
    )
    shares = np.where(np.isnan(of_edema), of_marrow, of_edema)
    return np.asarray(np.nan_to_num(shares), dtype=np.float64)
