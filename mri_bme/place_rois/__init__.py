"""Say where edema is looked for: quadrants, distance to the joint, reference marrow."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mri_bme.errors import RoiNotFound
from mri_bme.place_rois.drawn import move_rois, rois_from_quadrants
from mri_bme.place_rois.place import bones_from_labels, rois_from_bones
from mri_bme.place_rois.split import split_bones
from mri_bme.sacroiliac import SacroiliacRois
from mri_bme.settings import RoiSettings
from mri_bme.volume import Mask, Volume

__all__ = ["move_rois", "place_rois", "split_bones"]

DEFAULT_SETTINGS = RoiSettings()


def place_rois(
    volume: Volume,
    *,
    t1: Volume | None = None,
    bones: NDArray[np.integer[Any]] | None = None,
    quadrants: NDArray[np.integer[Any]] | None = None,
    reference: Mask | None = None,
    settings: RoiSettings = DEFAULT_SETTINGS,
) -> SacroiliacRois:
    """Find the eight quadrants, the joint distance and the reference marrow of one visit.

    Parameters
    ----------
    volume : Volume
        Fluid-sensitive volume; everything returned lies on its grid.
    t1 : Volume or None
        T1W volume of the same visit, in the same patient position.
    bones : int array or None
        Bone labels on the grid of `volume` (numbers as in `RoiSettings.bone_numbers`), or
        one mask of all marrow, which is split along the dark joint.
    quadrants : int array or None
        Quadrant labels (`sacroiliac.QUADRANTS`) on the grid of `volume`, as corrected by
        hand; taken as they are, before any other source.
    reference : Mask or None
        Normal marrow drawn by hand; otherwise it is estimated.

    Raises
    ------
    RoiNotFound
        If the joints cannot be found; the message says why.
    """
    if quadrants is not None:
        return rois_from_quadrants(quadrants, volume, reference=reference, settings=settings)
    if bones is None:
        raise RoiNotFound("no bones were given and automatic bones are not available yet")
    labels, made_from = bones_from_labels(bones, volume, t1, settings)
    return rois_from_bones(
        labels,
        volume,
        reference=reference,
        source="bones",
        confidence=1.0,
        notes=(f"bones from a {made_from}",),
        settings=settings,
    )
