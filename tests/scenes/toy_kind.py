"""A toy kind of finding, whole in one module: marrow that is bright on T1W."""

from dataclasses import replace

import numpy as np

from mri_bme.errors import NotEvaluable
from mri_bme.finding_kind import (
    FindingKind,
    KindFindings,
    KindInput,
    Quantity,
    volumes_by_region,
)
from mri_bme.sacroiliac import REGIONS
from mri_bme.volume import Mask

BRIGHT = 1.6  # times the median of marrow on T1W
NEAR_MM = 12.0


def measure(given: KindInput) -> KindFindings:
    if given.t1 is None or not given.t1.geometry.matches(given.rois.geometry):
        raise NotEvaluable("there is no T1W volume of this visit")
    inside = given.rois.quadrants > 0
    bright = inside & (given.t1.voxels > BRIGHT * np.median(given.t1.voxels[inside]))
    mask = Mask(geometry=given.rois.geometry, voxels=bright)
    volumes = volumes_by_region(mask, given.rois)
    return KindFindings(mask=mask, regions={name: {"toy_ml": ml} for name, ml in volumes.items()})


def paint(anatomy, seed):
    """Make the left ilium by the joint bright on T1W."""
    del seed
    left = np.isin(anatomy.quadrants, REGIONS["left_ilium"])
    share = np.where(left & (np.abs(anatomy.joint_distance_mm) < NEAR_MM), anatomy.marrow, 0)
    brighter = anatomy.t1 * (1 + 1.5 * share)
    return replace(anatomy, t1=brighter.astype(np.float32)), share.astype(np.float32)


TOY = FindingKind(
    name="toy",
    words="toy lesions",
    colour="#0072b2",
    quantities=(Quantity(name="toy_ml", meaning="volume of toy lesions, mL"),),
    measure=measure,
    paint=paint,
)
