"""Say where edema is looked for: quadrants, distance to the joint, reference marrow."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mri_bme.errors import RoiNotFound
from mri_bme.place_rois.automatic import automatic_bones
from mri_bme.place_rois.axes import pelvis_axes
from mri_bme.place_rois.drawn import move_rois, rois_from_quadrants
from mri_bme.place_rois.lines import bones_beside_lines
from mri_bme.place_rois.place import FoundBones, bones_from_labels, on_grid_of, rois_from_bones
from mri_bme.place_rois.split import split_bones
from mri_bme.sacroiliac import SacroiliacRois, Side
from mri_bme.settings import RoiSettings
from mri_bme.volume import FloatArray, Mask, Volume

__all__ = ["move_rois", "place_rois", "split_bones"]

DEFAULT_SETTINGS = RoiSettings()


def place_rois(
    volume: Volume,
    *,
    t1: Volume | None = None,
    bones: NDArray[np.integer[Any]] | None = None,
    joint_lines: Mapping[Side, Sequence[FloatArray]] | None = None,
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
        one mask of all marrow, which is split along the dark joint. Without it, bones are
        found automatically.
    joint_lines : mapping from side to arrays of shape (n, 3), or None
        Joints drawn as polylines (LPS mm) on some slices; they overrule where the bones
        were found to meet.
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
    guide = on_grid_of(volume, t1)
    if joint_lines is not None:
        found = _bones_beside(joint_lines, volume, guide, bones, settings)
    else:
        found = _bones(volume, guide, bones, settings)
    return rois_from_bones(found, volume, reference=reference, settings=settings)


def _bones(
    volume: Volume, t1: Volume | None, bones: NDArray[np.integer[Any]] | None, settings: RoiSettings
) -> FoundBones:
    if bones is None:
        labels, confidence, notes = automatic_bones(volume, t1, settings)
        return FoundBones(labels=labels, source="automatic", confidence=confidence, notes=notes)
    labels, made_from = bones_from_labels(bones, volume, t1, settings)
    return FoundBones(labels=labels, source=made_from)


def _bones_beside(
    lines: Mapping[Side, Sequence[FloatArray]],
    volume: Volume,
    t1: Volume | None,
    bones: NDArray[np.integer[Any]] | None,
    settings: RoiSettings,
) -> FoundBones:
    """Cut the bones at the drawn joint; without bones, take a band on both sides of it."""
    axes = pelvis_axes(volume.geometry)
    try:
        marrow = axes.view(_bones(volume, t1, bones, settings).labels)
        note = (
            "joint as drawn, marrow as given"
            if bones is not None
            else ("joint as drawn, marrow found automatically")
        )
    except RoiNotFound:
        marrow = None
        note = (
            f"joint as drawn; no bones were found, so all within {settings.joint_line_depth_mm:g} "
            "mm of it counts as marrow"
        )
    labels = bones_beside_lines(
        lines, volume.geometry, axes, bones=marrow, depth_mm=settings.joint_line_depth_mm
    )
    return FoundBones(
        labels=np.ascontiguousarray(axes.restore(labels)), source="joint lines", notes=(note,)
    )
