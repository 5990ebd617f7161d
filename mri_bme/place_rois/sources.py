"""Where ROIs come from: each source in the order of the settings, until one will do."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mri_bme.errors import GivenRoiUnusable, RoiNotFound
from mri_bme.place_rois.atlas import atlas_bones
from mri_bme.place_rois.automatic import automatic_bones
from mri_bme.place_rois.axes import pelvis_axes
from mri_bme.place_rois.drawn import rois_from_quadrants
from mri_bme.place_rois.lines import bones_beside_lines
from mri_bme.place_rois.place import FoundBones, bones_from_labels, on_grid_of, rois_from_bones
from mri_bme.sacroiliac import AnnotatedScan, PlacedBy, RoiAttempt, SacroiliacRois, Side
from mri_bme.settings import RoiSettings, RoiSource
from mri_bme.volume import FloatArray, Mask, Volume

DEFAULT_SETTINGS = RoiSettings()

GIVEN: frozenset[RoiSource] = frozenset({"manual", "joint_lines", "bones"})
"""Sources that a user gives for one scan; one that fails is not replaced in silence."""

Ways = dict[RoiSource, Callable[[], FoundBones]]


def place_rois(
    volume: Volume,
    *,
    t1: Volume | None = None,
    bones: NDArray[np.integer[Any]] | None = None,
    joint_lines: Mapping[Side, Sequence[FloatArray]] | None = None,
    quadrants: NDArray[np.integer[Any]] | None = None,
    atlas: Sequence[AnnotatedScan] = (),
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
    reference : Mask or None
        Normal marrow drawn by hand; otherwise it is estimated.

    Raises
    ------
    RoiNotFound
        If no source gives the joints; the message says why, source by source.
    GivenRoiUnusable
        If what was given for this scan cannot be used.
    """
    guide = on_grid_of(volume, t1)
    ways: Ways = {"automatic": lambda: _automatic(volume, guide, settings)}
    if atlas:
        ways["atlas"] = lambda: _voted(atlas, volume, guide, settings)
    if bones is not None:
        ways["bones"] = lambda: _given(bones, volume, guide, settings)
    if joint_lines is not None:
        ways["joint_lines"] = lambda: _beside(joint_lines, volume, ways, settings)

    def place(source: RoiSource) -> SacroiliacRois:
        if source == "manual" and quadrants is not None:
            return rois_from_quadrants(quadrants, volume, reference=reference, settings=settings)
        return rois_from_bones(ways[source](), volume, reference=reference, settings=settings)

    available = {*ways, *(("manual",) if quadrants is not None else ())}
    chosen = [s for s in settings.sources if s in available]
    return _first_that_works(chosen, place, may_fall_back=settings.fall_back)


def _first_that_works(
    sources: Sequence[RoiSource],
    place: Callable[[RoiSource], SacroiliacRois],
    *,
    may_fall_back: bool,
) -> SacroiliacRois:
    failed: list[RoiAttempt] = []
    for source in sources:
        try:
            found = place(source)
        except RoiNotFound as error:
            if source in GIVEN and not may_fall_back:
                raise GivenRoiUnusable(
                    f"{_name(source)} given cannot be used: {error}; correct them, leave them out, "
                    "or let another source stand in by --fall-back"
                ) from error
            failed.append(RoiAttempt(source=source, reason=str(error)))
            continue
        last = RoiAttempt(source=source, confidence=found.confidence)
        notes = [f"{_name(f.source)} could not be used: {f.reason}" for f in failed]
        return replace(found, attempts=(*failed, last), notes=(*notes, *found.notes))
    if len(failed) == 1:
        raise RoiNotFound(failed[0].reason)
    raise RoiNotFound(
        "; ".join(f"{_name(f.source)}: {f.reason}" for f in failed)
        or "no source of ROIs is left: give bones, joint lines, an atlas or corrected ROIs, or "
        "name automatic in rois.sources"
    )


def _name(source: str) -> str:
    return source.replace("_", " ")


def _automatic(volume: Volume, t1: Volume | None, settings: RoiSettings) -> FoundBones:
    labels, confidence, notes = automatic_bones(volume, t1, settings)
    return FoundBones(
        labels=labels,
        source="automatic",
        placed_by=PlacedBy.NETWORK,
        confidence=confidence,
        notes=notes,
    )


def _voted(
    atlas: Sequence[AnnotatedScan], volume: Volume, t1: Volume | None, settings: RoiSettings
) -> FoundBones:
    labels, confidence, notes = atlas_bones(volume, t1, atlas, settings)
    return FoundBones(
        labels=labels,
        source="atlas",
        placed_by=PlacedBy.ATLAS,
        confidence=confidence,
        notes=notes,
    )


def _given(
    bones: NDArray[np.integer[Any]], volume: Volume, t1: Volume | None, settings: RoiSettings
) -> FoundBones:
    labels, made_from = bones_from_labels(bones, volume, t1, settings)
    return FoundBones(labels=labels, source=made_from)


def _beside(
    lines: Mapping[Side, Sequence[FloatArray]], volume: Volume, ways: Ways, settings: RoiSettings
) -> FoundBones:
    """Cut the bones at the drawn joint; without bones, take a band on both sides of it."""
    axes = pelvis_axes(volume.geometry)
    marrow, note = _marrow_beside(ways, settings)
    labels = bones_beside_lines(
        lines,
        volume.geometry,
        axes,
        bones=None if marrow is None else axes.view(marrow.labels),
        depth_mm=settings.joint_line_depth_mm,
    )
    return FoundBones(
        labels=np.ascontiguousarray(axes.restore(labels)),
        source="joint lines",
        placed_by=PlacedBy.GIVEN if marrow is None else marrow.placed_by,
        notes=(note,),
    )


def _marrow_beside(ways: Ways, settings: RoiSettings) -> tuple[FoundBones | None, str]:
    """Take marrow beside drawn joints from the first other source that has it."""
    for source in settings.sources:
        if source == "joint_lines" or source not in ways:
            continue
        try:
            found = ways[source]()
        except RoiNotFound:
            continue
        how = "found automatically" if source == "automatic" else f"from {_name(source)}"
        return found, f"joint as drawn, marrow {how}"
    return None, (
        f"joint as drawn; no bones were found, so all within {settings.joint_line_depth_mm:g} "
        "mm of it counts as marrow"
    )
