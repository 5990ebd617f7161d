"""Place ROIs: bones from the first source that has them, the joints between, what lies beside.

This module is the method; each step of it is one module.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from mri_bme.errors import GivenRoiUnusable, RoiNotFound
from mri_bme.place_rois.axes import pelvis_axes
from mri_bme.place_rois.joint import find_joints
from mri_bme.place_rois.quadrants import divide_marrow, semicoronal_sections
from mri_bme.place_rois.reference import reference_marrow
from mri_bme.place_rois.sources import FoundBones, Scene, look, on_grid_of, sources_of
from mri_bme.roi_sources import RoiSource, source_named
from mri_bme.sacroiliac import AnnotatedScan, BoneLabel, PlacedBy, RoiAttempt, SacroiliacRois, Side
from mri_bme.settings import RoiSettings
from mri_bme.sparse import sparse_zeros
from mri_bme.volume import FloatArray, Mask, Volume, check_same_grid

DEFAULT_SETTINGS = RoiSettings()
Box = tuple[slice, slice, slice]


def place_rois(
    volume: Volume,
    *,
    t1: Volume | None = None,
    bones: NDArray[np.integer[Any]] | None = None,
    joint_lines: Mapping[Side, Sequence[FloatArray]] | None = None,
    quadrants: NDArray[np.integer[Any]] | None = None,
    atlas: Sequence[AnnotatedScan] = (),
    given: Mapping[str, Any] | None = None,
    reference: Mask | None = None,
    settings: RoiSettings = DEFAULT_SETTINGS,
) -> SacroiliacRois:
    """Find the eight quadrants, the joint distance and the reference marrow of one visit.

    Sources are tried in the order of `RoiSettings.sources`. One that fails, or is below its
    confidence, is noted, and the next one is tried; but where what was given for this scan
    (`quadrants`, `joint_lines`, `bones`) cannot be used, nothing else stands in for it unless
    `RoiSettings.fall_back` says so.

    Parameters
    ----------
    volume : Volume
        Fluid-sensitive volume; everything returned lies on its grid.
    t1 : Volume or None
        T1W volume of the same visit, in the same patient position.
    bones : int array or None
        Bone labels on the grid of `volume` (numbers as in `RoiSettings.bone_numbers`), or
        one mask of all marrow, which is split along the dark joint.
    joint_lines : mapping from side to arrays of shape (n, 3), or None
        Joints drawn as polylines (LPS mm) on some slices; marrow beside them comes from the
        sources named after `joint_lines`.
    quadrants : int array or None
        Quadrant labels (`sacroiliac.QUADRANTS`) on the grid of `volume`, as corrected by
        hand; taken as they are.
    atlas : sequence of AnnotatedScan
        Scans of others with bones, which are warped onto `volume` and vote.
    given : mapping from str or None
        The same by role (`roi_sources.Given.role`), and what further sources need.
    reference : Mask or None
        Normal marrow drawn by hand; otherwise it is estimated.
    settings : RoiSettings
        Every number of placing ROIs.

    Raises
    ------
    RoiNotFound
        If no source gives the joints; the message says why, source by source.
    GivenRoiUnusable
        If what was given for this scan cannot be used.
    """
    named = {"bones": bones, "joint": joint_lines, "rois": quadrants, "atlas": atlas or None}
    scene = Scene(
        volume=volume,
        t1=on_grid_of(volume, t1),
        given={
            role: held for role, held in (named | dict(given or {})).items() if held is not None
        },
        reference=reference,
        settings=settings,
    )
    failed: list[RoiAttempt] = []
    for source in sources_of(scene):
        try:
            rois = _place(source, scene)
        except RoiNotFound as error:
            if source.placed_by is PlacedBy.GIVEN and not settings.fall_back:
                raise GivenRoiUnusable(
                    f"{source.label} given cannot be used: {error}; correct them, leave them out, "
                    "or let another source stand in by --fall-back"
                ) from error
            failed.append(RoiAttempt(source=source.name, reason=str(error)))
            continue
        return _with_attempts(rois, source, failed)
    raise RoiNotFound(_why_none(failed))


def _place(source: RoiSource, scene: Scene) -> SacroiliacRois:
    found = look(source, scene)
    if isinstance(found, SacroiliacRois):
        return found
    return rois_from_bones(found, scene.volume, reference=scene.reference, settings=scene.settings)


def rois_from_bones(
    found: FoundBones, volume: Volume, *, reference: Mask | None, settings: RoiSettings
) -> SacroiliacRois:
    """Divide marrow of sacrum and ilia into quadrants and measure its distance to the joint."""
    axes = pelvis_axes(volume.geometry)
    labels = np.ascontiguousarray(axes.view(found.labels))
    box = _box_of(labels)
    joints, distance = find_joints(
        labels[box],
        axes,
        max_gap_mm=settings.max_joint_gap_mm,
        origin=(box[0].start, box[1].start, box[2].start),
    )
    quadrants, parts = divide_marrow(
        labels[box],
        np.abs(distance) > settings.joint_half_width_mm,
        joints,
        semicoronal_sections(labels, axes).within(box[0], box[1]),
        axes,
        limb_width_mm=settings.limb_width_mm,
    )
    del joints
    reference_source = "manual"
    if reference is None:
        reference = reference_marrow(
            volume, labels == BoneLabel.SACRUM, _beyond(distance, box, labels.shape), axes, settings
        )
        reference_source = "" if reference is None else "automatic"
    else:
        check_same_grid("reference marrow", reference.geometry, volume.geometry)
    return SacroiliacRois(
        geometry=volume.geometry,
        quadrants=axes.restore(_on_view(quadrants, box, labels.shape)),
        joint_distance_mm=axes.restore(_beyond(distance, box, labels.shape)),
        reference=reference,
        source=found.source,
        placed_by=found.placed_by or PlacedBy.GIVEN,
        reference_source=reference_source,
        confidence=found.confidence,
        notes=found.notes,
        joint_part=axes.restore(_on_view(parts, box, labels.shape)),
    )


def _box_of(labels: NDArray[np.uint8]) -> Box:
    """Box around all marrow, in which everything is found; the whole view where there is none."""
    found = ndimage.find_objects((labels > 0).astype(np.uint8))
    if not found:
        return slice(0, labels.shape[0]), slice(0, labels.shape[1]), slice(0, labels.shape[2])
    depth, height, across = found[0]
    return depth, height, across


def _on_view(values: NDArray[np.uint8], box: Box, shape: tuple[int, ...]) -> NDArray[np.uint8]:
    whole = sparse_zeros(shape, np.uint8)
    whole[box] = values
    return whole


def _beyond(
    distance_mm: NDArray[np.float32], box: Box, shape: tuple[int, ...]
) -> NDArray[np.float32]:
    """Distances of the whole view: beyond the box those of its edge."""
    margins = [(side.start, n - side.stop) for side, n in zip(box, shape, strict=True)]
    return np.pad(distance_mm, margins, mode="edge")


def _with_attempts(
    rois: SacroiliacRois, source: RoiSource, failed: Sequence[RoiAttempt]
) -> SacroiliacRois:
    used = RoiAttempt(source=source.name, confidence=rois.confidence)
    notes = [f"{source_named(f.source).label} could not be used: {f.reason}" for f in failed]
    return replace(
        rois,
        attempts=(*failed, used),
        notes=(*notes, *rois.notes),
    )


def _why_none(failed: Sequence[RoiAttempt]) -> str:
    if len(failed) == 1:
        return failed[0].reason
    return "; ".join(f"{source_named(f.source).label}: {f.reason}" for f in failed) or (
        "no source of ROIs is left: give bones, joint lines, an atlas or corrected ROIs, or "
        "name automatic in rois.sources"
    )
