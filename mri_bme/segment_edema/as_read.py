"""Edema as a reader drew it, measured as what the program found is measured.

A reader who starts from the program's outlines keeps, voxel by voxel, the shares of partial
volume that the program credited where the outline was left alone; what was painted counts
whole, and what was erased takes with it the faint voxels around it. An outline that nobody
touched gives the program's own digits. A reader who starts from an empty scan is measured by
the voxels that were painted. What the program doubted about its own decisions, lesion by lesion
and candidate by candidate, is no part of the interval of a mask that a reader has decided on.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from mri_bme.findings import EdemaSegmentation, Lesion
from mri_bme.measurement_error import (
    division_mm,
    ingredients,
    quadrant_draws,
    roi_edge_mm,
    source_ends_ml,
)
from mri_bme.sacroiliac import QUADRANTS, SacroiliacRois
from mri_bme.segment_edema.candidates import SAME_SLICE_AND_NEXT
from mri_bme.segment_edema.evidence import Crop, crop_around
from mri_bme.settings import SegmentSettings
from mri_bme.volume import Mask, check_same_grid

DRAWN = "drawn by a reader"
N_LABELS = len(QUADRANTS) + 1
IN_PLANE = np.array([[[0, 1, 0], [1, 1, 1], [0, 1, 0]]], dtype=bool)

Scalar = TypeVar("Scalar", bound=np.generic)
Bools = NDArray[np.bool_]
Floats = NDArray[np.float32]
Labels = NDArray[np.int32]


def edema_as_read(
    found: EdemaSegmentation,
    drawn: Mask,
    rois: SacroiliacRois,
    *,
    from_outlines: bool,
    settings: SegmentSettings,
) -> EdemaSegmentation:
    """Measure a reader's mask on the evidence of one visit.

    Parameters
    ----------
    found : EdemaSegmentation
        What the program found at the visit: brightness, cut-off, reference.
    drawn : Mask
        The reader's mask. What lies outside the marrow of `rois` is not counted.
    rois : SacroiliacRois
        Marrow that is measured, on the same grid.
    from_outlines : bool
        Whether the reader started from the program's outlines, whose shares of partial
        volume then hold where they were left alone.
    settings : SegmentSettings
        For the number of draws behind the interval.

    Returns
    -------
    EdemaSegmentation
        `found` itself where its mask was left as it is.

    Raises
    ------
    GeometryMismatch
        If the mask lies on another grid.
    """
    check_same_grid("the reader's mask", drawn.geometry, found.mask.geometry)
    mask = drawn.voxels & (rois.quadrants > 0)
    if from_outlines and np.array_equal(mask, found.mask.voxels):
        return found
    drawn_part = _drawn(found, mask, rois, from_outlines=from_outlines)
    return replace(
        found,
        mask=Mask(geometry=found.mask.geometry, voxels=drawn_part.uncrop(drawn_part.mask)),
        edema_fraction=drawn_part.uncrop(drawn_part.fraction),
        lesion_labels=drawn_part.uncrop(drawn_part.labels),
        lesions=tuple(_lesions(drawn_part)),
        **_errors(drawn_part, settings),
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class _Drawn:
    """A reader's mask on a crop around the marrow, its shares and its lesions.

    `kept` holds, by their new label, the program's lesions that were left alone.
    """

    found: EdemaSegmentation
    rois: SacroiliacRois
    crop: Crop
    mask: Bools
    fraction: Floats
    labels: Labels
    owner: Labels
    kept: Mapping[int, Lesion]

    def uncrop(self, values: NDArray[Scalar]) -> NDArray[Scalar]:
        whole = np.zeros(self.found.mask.geometry.shape, dtype=values.dtype)
        whole[self.crop] = values
        return whole


def _drawn(
    found: EdemaSegmentation, mask: Bools, rois: SacroiliacRois, *, from_outlines: bool
) -> _Drawn:
    crop = crop_around((rois.quadrants > 0) | (found.edema_fraction > 0))
    mask = mask[crop]
    fraction = _fractions(found, mask, crop) if from_outlines else mask.astype(np.float32)
    own = found.lesion_labels[crop]
    untouched = _untouched(own, mask) if from_outlines else []
    labels = _numbered(own, mask, untouched)
    nearest = _nearest_label(labels, found.mask.geometry.spacing_mm)
    by_label = {lesion.label: lesion for lesion in found.lesions}
    return _Drawn(
        found=found,
        rois=rois,
        crop=crop,
        mask=mask,
        fraction=fraction,
        labels=labels,
        owner=np.where(fraction > 0, nearest, 0).astype(np.int32),
        kept={number: by_label[label] for number, label in enumerate(untouched, start=1)},
    )


def _fractions(found: EdemaSegmentation, mask: Bools, crop: Crop) -> Floats:
    """Credit a corrected outline: the program's shares where it was left alone."""
    own, share = found.mask.voxels[crop], found.edema_fraction[crop]
    inside = np.where(mask, np.where(own, share, 1), 0)
    halo = (share > 0) & ~own & ~mask
    if not own.any() or not halo.any():
        return inside.astype(np.float32)
    where = ndimage.distance_transform_edt(
        ~own,
        sampling=found.mask.geometry.spacing_mm,
        return_distances=False,
        return_indices=True,
    )
    still_there = mask[tuple(where)]
    return np.where(halo & still_there, share, inside).astype(np.float32)


def _numbered(own: Labels, mask: Bools, untouched: Sequence[int]) -> Labels:
    """Give lesions numbers: first those left alone, in their order, then connected parts."""
    rest = mask & ~np.isin(own, untouched)
    labels, _ = ndimage.label(rest, structure=SAME_SLICE_AND_NEXT)
    labels = np.where(labels > 0, labels + len(untouched), 0).astype(np.int32)
    for number, label in enumerate(untouched, start=1):
        labels[(own == label) & mask] = number
    return labels


def _untouched(own: Labels, mask: Bools) -> list[int]:
    """Labels of lesions that lost no voxel and that nothing painted touches."""
    n_labels = int(own.max(initial=0))
    if not n_labels:
        return []
    lost = np.bincount(own[~mask], minlength=n_labels + 1) > 0
    painted = mask & (own == 0)
    beside = ndimage.binary_dilation(painted, structure=SAME_SLICE_AND_NEXT)
    touched = np.bincount(own[beside], minlength=n_labels + 1) > 0
    there = np.bincount(own[mask], minlength=n_labels + 1) > 0
    return [n for n in range(1, n_labels + 1) if there[n] and not lost[n] and not touched[n]]


def _nearest_label(labels: Labels, spacing_mm: tuple[float, float, float]) -> Labels:
    if not labels.any():
        return labels
    where = ndimage.distance_transform_edt(
        labels == 0, sampling=spacing_mm, return_distances=False, return_indices=True
    )
    return np.asarray(labels[tuple(where)], dtype=np.int32)


def _lesions(drawn: _Drawn) -> Iterator[Lesion]:
    n_lesions = int(drawn.labels.max(initial=0))
    shares = np.bincount(
        drawn.owner.ravel(),
        weights=drawn.fraction.ravel().astype(np.float64),
        minlength=n_lesions + 1,
    )
    volumes_ml = shares * drawn.found.mask.geometry.voxel_volume_ml
    boxes = ndimage.find_objects(drawn.labels, max_label=n_lesions)
    for number, box in enumerate(boxes, start=1):
        lesion = drawn.kept.get(number) or _measured(drawn, number, box)
        yield replace(lesion, label=number, volume_ml=float(volumes_ml[number]))


def _measured(drawn: _Drawn, number: int, box: Crop) -> Lesion:
    rois = drawn.rois
    start = [c.start + b.start for c, b in zip(drawn.crop, box, strict=True)]
    places = np.argwhere(drawn.labels[box] == number) + start
    at = tuple(places.T)
    distance = np.abs(rois.joint_distance_mm[at])
    x, y, z = (float(v) for v in rois.geometry.points_lps(places.mean(axis=0)))
    return Lesion(
        label=number,
        quadrant=int(np.bincount(rois.quadrants[at], minlength=N_LABELS).argmax()),
        volume_ml=0.0,
        counted_ml=len(places) * rois.geometry.voxel_volume_ml,
        depth_mm=float(distance.max()),
        distance_to_joint_mm=float(distance.min()),
        relative_intensity_mean=float(drawn.found.relative_intensity.voxels[at].mean()),
        centroid_lps_mm=(x, y, z),
        reason=DRAWN,
    )


def _errors(drawn: _Drawn, settings: SegmentSettings) -> dict[str, Any]:
    """Draw volumes as a run does; of what was painted, the outermost voxels are mixed."""
    found, quadrants = drawn.found, drawn.rois.quadrants[drawn.crop]
    voxel_ml = found.mask.geometry.voxel_volume_ml
    sums = ingredients(drawn.fraction, drawn.owner, quadrants, voxel_volume_ml=voxel_ml)
    painted = drawn.mask & (drawn.fraction == 1) & ~found.mask.voxels[drawn.crop]
    outermost = painted & ~ndimage.binary_erosion(drawn.mask, IN_PLANE)
    counts = np.bincount(quadrants[outermost], minlength=N_LABELS) * voxel_ml
    in_plane_mm = float(np.mean(found.mask.geometry.spacing_mm[1:]))
    sums = replace(sums, mixed=sums.mixed + counts)
    cv = found.threshold.reference_sd / found.threshold.reference_median
    edge = roi_edge_mm(drawn.rois.placed_by) / in_plane_mm
    return {
        "quadrant_draws_ml": quadrant_draws(
            sums,
            reference_cv=cv,
            roi_edge_voxels=edge,
            division_voxels=division_mm(drawn.rois.placed_by) / in_plane_mm,
            n_draws=settings.n_draws,
        ),
        "source_ends_ml": source_ends_ml(sums, reference_cv=cv, roi_edge_voxels=edge, is_read=True),
    }
