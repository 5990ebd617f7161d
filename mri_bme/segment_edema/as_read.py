"""Edema as a reader drew it, measured as what the program found is measured.

A reader who starts from the program's outlines keeps, voxel by voxel, the shares of partial
volume that the program credited where the outline was left alone; what was painted counts
whole, and what was erased takes with it the faint voxels around it. An outline that nobody
touched gives the program's own digits. A reader who starts from an empty scan is measured by
the voxels that were painted. What the program doubted about its own decisions, lesion by lesion
and candidate by candidate, is no part of the interval of a mask that a reader has decided on.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from mri_bme.findings import EdemaSegmentation, Lesion, credited_lesions
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
from mri_bme.sparse import sparse_zeros
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
    on: "Callable[[], AsFound] | None" = None,
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
    on : callable or None
        Gives what `as_found` gives, where that is known already.
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
    part = _drawn(on() if on else as_found(found, rois), mask, from_outlines=from_outlines)
    read = replace(
        found,
        mask=Mask(geometry=found.mask.geometry, voxels=part.uncrop(part.mask)),
        edema_fraction=part.uncrop(part.fraction),
        lesion_labels=part.uncrop(part.labels),
        lesions=tuple(_lesions(part)),
        **_errors(part, settings),
    )
    vars(read)["owners"] = part.uncrop(part.owner)  # the same, which takes long to find again
    return read


@dataclass(frozen=True, kw_only=True, eq=False)
class AsFound:
    """What the program found, on a crop around the marrow, and what every mask of it needs.

    `halo` lists faint voxels around the program's outlines, and `beside` the voxel of an outline
    that each is nearest to, both in the order of the crop.
    """

    found: EdemaSegmentation
    rois: SacroiliacRois
    crop: Crop
    quadrants: NDArray[np.uint8]
    outlined: Bools
    share: Floats
    lesions: Labels
    halo: NDArray[np.intp]
    beside: NDArray[np.intp]


def as_found(found: EdemaSegmentation, rois: SacroiliacRois) -> AsFound:
    """Prepare what the program found for masks of readers on it."""
    crop = crop_around((rois.quadrants > 0) | (found.edema_fraction > 0))
    outlined, share = found.mask.voxels[crop], found.edema_fraction[crop]
    halo = np.flatnonzero((share > 0) & ~outlined)
    beside = halo[:0]
    if outlined.any() and len(halo):
        where = ndimage.distance_transform_edt(
            ~outlined,
            sampling=found.mask.geometry.spacing_mm,
            return_distances=False,
            return_indices=True,
        )
        nearest = [axis.reshape(-1)[halo] for axis in where]
        beside = np.ravel_multi_index(nearest, outlined.shape)
    return AsFound(
        found=found,
        rois=rois,
        crop=crop,
        quadrants=np.ascontiguousarray(rois.quadrants[crop]),
        outlined=np.ascontiguousarray(outlined),
        share=np.ascontiguousarray(share),
        lesions=np.ascontiguousarray(found.lesion_labels[crop]),
        halo=halo[: len(beside)],
        beside=beside,
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class _Drawn:
    """A reader's mask on the crop, its shares and its lesions.

    `kept` holds, by their new label, the program's lesions that were left alone.
    """

    on: AsFound
    mask: Bools
    fraction: Floats
    labels: Labels
    owner: Labels
    kept: Mapping[int, Lesion]

    def uncrop(self, values: NDArray[Scalar]) -> NDArray[Scalar]:
        whole = sparse_zeros(self.on.found.mask.geometry.shape, values.dtype)
        whole[self.on.crop] = values
        return whole


def _drawn(on: AsFound, mask: Bools, *, from_outlines: bool) -> _Drawn:
    mask = np.ascontiguousarray(mask[on.crop])
    fraction = _fractions(on, mask) if from_outlines else mask.astype(np.float32)
    untouched = _untouched(on.lesions, mask) if from_outlines else []
    labels = _numbered(on.lesions, mask, untouched)
    by_label = {lesion.label: lesion for lesion in on.found.lesions}
    return _Drawn(
        on=on,
        mask=mask,
        fraction=fraction,
        labels=labels,
        owner=credited_lesions(labels, fraction, on.found.mask.geometry.spacing_mm),
        kept={number: by_label[label] for number, label in enumerate(untouched, start=1)},
    )


def _fractions(on: AsFound, mask: Bools) -> Floats:
    """Credit a corrected outline: the program's shares where it was left alone."""
    fraction = np.where(mask, np.where(on.outlined, on.share, np.float32(1)), np.float32(0))
    flat, drawn = fraction.reshape(-1), mask.reshape(-1)
    still_there = on.halo[drawn[on.beside] & ~drawn[on.halo]]
    flat[still_there] = on.share.reshape(-1)[still_there]
    return fraction


def _numbered(own: Labels, mask: Bools, untouched: Sequence[int]) -> Labels:
    """Give lesions numbers: first those left alone, in their order, then connected parts."""
    numbers = np.zeros(int(own.max(initial=0)) + 1, dtype=np.int32)
    numbers[list(untouched)] = np.arange(1, len(untouched) + 1)
    kept = numbers[own]
    rest, _ = ndimage.label(mask & (kept == 0), structure=SAME_SLICE_AND_NEXT)
    return np.where(rest > 0, rest + len(untouched), np.where(mask, kept, 0)).astype(np.int32)


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


def _lesions(drawn: _Drawn) -> Iterator[Lesion]:
    n_lesions = int(drawn.labels.max(initial=0))
    shares = np.bincount(
        drawn.owner.ravel(),
        weights=drawn.fraction.ravel().astype(np.float64),
        minlength=n_lesions + 1,
    )
    volumes_ml = shares * drawn.on.found.mask.geometry.voxel_volume_ml
    boxes = ndimage.find_objects(drawn.labels, max_label=n_lesions)
    for number, box in enumerate(boxes, start=1):
        lesion = drawn.kept.get(number) or _measured(drawn, number, box)
        yield replace(lesion, label=number, volume_ml=float(volumes_ml[number]))


def _measured(drawn: _Drawn, number: int, box: Crop) -> Lesion:
    rois = drawn.on.rois
    start = [c.start + b.start for c, b in zip(drawn.on.crop, box, strict=True)]
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
        relative_intensity_mean=float(drawn.on.found.relative_intensity.voxels[at].mean()),
        centroid_lps_mm=(x, y, z),
        reason=DRAWN,
    )


def _errors(drawn: _Drawn, settings: SegmentSettings) -> dict[str, Any]:
    """Draw volumes as a run does; of what was painted, the outermost voxels are mixed."""
    found, quadrants, placed_by = drawn.on.found, drawn.on.quadrants, drawn.on.rois.placed_by
    voxel_ml = found.mask.geometry.voxel_volume_ml
    sums = ingredients(drawn.fraction, drawn.owner, quadrants, voxel_volume_ml=voxel_ml)
    painted = drawn.mask & (drawn.fraction == 1) & ~drawn.on.outlined
    outermost = painted & ~ndimage.binary_erosion(drawn.mask, IN_PLANE)
    counts = np.bincount(quadrants[outermost], minlength=N_LABELS) * voxel_ml
    in_plane_mm = float(np.mean(found.mask.geometry.spacing_mm[1:]))
    sums = replace(sums, mixed=sums.mixed + counts)
    cv = found.threshold.reference_sd / found.threshold.reference_median
    edge = roi_edge_mm(placed_by) / in_plane_mm
    return {
        "quadrant_draws_ml": quadrant_draws(
            sums,
            reference_cv=cv,
            roi_edge_voxels=edge,
            division_voxels=division_mm(placed_by) / in_plane_mm,
            n_draws=settings.n_draws,
        ),
        "source_ends_ml": source_ends_ml(sums, reference_cv=cv, roi_edge_voxels=edge, is_read=True),
    }
