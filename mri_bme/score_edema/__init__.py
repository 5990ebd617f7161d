"""Turn the edema mask of one visit into the numbers that a trial reports."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from mri_bme.findings import EdemaBurden, EdemaSegmentation
from mri_bme.sacroiliac import SacroiliacRois
from mri_bme.score_edema.burden import (
    marrow_voxels,
    measure_bands,
    measure_regions,
    measure_sensitivity,
)
from mri_bme.score_edema.disagreement import disagreements
from mri_bme.score_edema.reader_scores import estimate_asas_positive, estimate_berlin
from mri_bme.score_edema.reader_view import reader_view, reason_against_reading
from mri_bme.score_edema.sparcc import JOINT_STARTS_MM, N_SLICES, score_slice, scored_slices
from mri_bme.settings import ScoreSettings
from mri_bme.volume import Mask, check_same_grid

__all__ = ["score_edema"]

TOO_FEW_SLICES = (
    f"fewer than {N_SLICES} consecutive slices show the joint, from the first with "
    f"{JOINT_STARTS_MM:g} mm of it: no SPARCC estimate"
)


def score_edema(
    segmentation: EdemaSegmentation,
    rois: SacroiliacRois,
    *,
    within: Mask | None = None,
    quadrants: NDArray[np.uint8] | None = None,
    settings: ScoreSettings | None = None,
) -> EdemaBurden:
    """Measure edema per region and depth band.

    Parameters
    ----------
    segmentation : EdemaSegmentation
        Edema of the visit.
    rois : SacroiliacRois
        Quadrants and joint distance on the same grid.
    within : Mask or None
        Count only these voxels, as those that another visit covers too; None counts all.
    quadrants : uint8 array or None
        Quadrant of every voxel where it is not that of `rois`, as in a region that two visits
        have in common.
    settings : ScoreSettings
        Depth bands and the rules of the estimated reader scores.

    Returns
    -------
    EdemaBurden
        Volumes in mL. Edema outside the quadrants is not counted, so the quadrants sum to
        the total.

    Raises
    ------
    GeometryMismatch
        If the ROIs or `within` lie on another grid than the segmentation.
    """
    settings = settings or ScoreSettings()
    check_same_grid("ROIs", rois.geometry, segmentation.mask.geometry)
    if within is not None:
        check_same_grid("the common marrow", within.geometry, segmentation.mask.geometry)
    marrow = marrow_voxels(segmentation, rois, within=within, quadrants=quadrants)
    measured = EdemaBurden(
        regions=measure_regions(marrow),
        bands=measure_bands(marrow, settings.depth_band_edges_mm),
        sensitivity=measure_sensitivity(marrow),
    )
    return _with_reader_scores(measured, segmentation, rois, within=within, settings=settings)


def _with_reader_scores(
    measured: EdemaBurden,
    segmentation: EdemaSegmentation,
    rois: SacroiliacRois,
    *,
    within: Mask | None,
    settings: ScoreSettings,
) -> EdemaBurden:
    reason = reason_against_reading(rois.geometry, settings)
    if reason:
        return replace(measured, notes=(reason,))
    view = reader_view(segmentation, rois, within=within, settings=settings)
    chosen = scored_slices(view)
    slices = tuple(score_slice(view, index, settings) for index in chosen or ())
    scored = replace(
        measured,
        sparcc_estimate=sum(one.points for one in slices) if slices else None,
        berlin_estimate=estimate_berlin(view, settings),
        asas_positive_estimate=estimate_asas_positive(view, settings),
        sparcc_slices=slices,
        notes=() if slices else (TOO_FEW_SLICES,),
    )
    return replace(scored, disagreements=disagreements(scored, view, settings))
