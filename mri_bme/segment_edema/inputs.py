"""What spoke for and against a voxel: the judge's answer with one input taken away."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from mri_bme.sacroiliac import SacroiliacRois
from mri_bme.segment_edema.evidence import Evidence
from mri_bme.segment_edema.joint_view import Input
from mri_bme.segment_edema.judge import edema_probability
from mri_bme.segment_edema.segmentation import gather_evidence
from mri_bme.settings import SegmentSettings
from mri_bme.volume import Volume

DEFAULTS = SegmentSettings()


def weigh_inputs(
    volume: Volume,
    rois: SacroiliacRois,
    index: ArrayLike,
    *,
    t1: Volume | None = None,
    settings: SegmentSettings = DEFAULTS,
) -> Mapping[Input, float]:
    """Tell how likely the judge would hold a voxel for edema without each of its inputs.

    Parameters
    ----------
    volume, rois, t1 : Volume, SacroiliacRois, Volume or None
        As for `segment_edema`.
    index : array-like of 3 int
        (slice, row, column) of a voxel of the marrow.
    settings : SegmentSettings
        As for `segment_edema`.

    Returns
    -------
    mapping of Input to float
        Empty where no judge was asked, or the voxel lies outside the marrow.
    """
    evidence, _ = gather_evidence(volume, rois, t1, settings)
    place = tuple(int(i) - c.start for i, c in zip(np.asarray(index), evidence.crop, strict=True))
    if evidence.probability is None or not rois.quadrants[tuple(np.asarray(index))]:
        return {}
    there = _near(evidence, place[0])
    return {
        left_out: float(
            edema_probability(there, without=left_out)[place[0] - _first(place[0]), *place[1:]]
        )
        for left_out in Input
        if left_out is not Input.T1W or evidence.t1 is not None
    }


def _first(index: int) -> int:
    return max(index - 1, 0)


def _near(evidence: Evidence, index: int) -> Evidence:
    """Evidence of one slice and its neighbours: the judge looks at no others."""
    near = slice(_first(index), index + 2)
    return replace(
        evidence,
        relative=evidence.relative[near],
        smooth=evidence.smooth[near],
        normal=evidence.normal[near],
        quadrants=evidence.quadrants[near],
        distance_mm=evidence.distance_mm[near],
        t1=None if evidence.t1 is None else evidence.t1[near],
    )
