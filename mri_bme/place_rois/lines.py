"""Bones on both sides of joints that were drawn as lines on a few slices."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from mri_bme.errors import RoiNotFound
from mri_bme.place_rois.axes import PelvisAxes
from mri_bme.place_rois.joint import ILIUM_OF
from mri_bme.place_rois.sources import FoundBones, Scene, look, sources_of
from mri_bme.roi_sources import GivenForm, source_words
from mri_bme.sacroiliac import BoneLabel, Side
from mri_bme.volume import FloatArray, VolumeGeometry

LabelBlock = NDArray[np.uint8]

N_LEVELS = 64  # points along the height of a joint between which it is interpolated


def find_beside_lines(scene: Scene, lines: Mapping[Side, Sequence[FloatArray]]) -> FoundBones:
    """Cut the bones at drawn joints (`place_rois.sources.Finder`).

    Marrow is that of the first other source that has bones; without any, a band on both sides
    of the joint is taken.
    """
    axes, depth_mm = scene.axes, scene.settings.joint_line_depth_mm
    marrow = _marrow_beside(scene)
    labels = bones_beside_lines(
        lines,
        scene.volume.geometry,
        axes,
        bones=None if marrow is None else axes.view(marrow.labels),
        depth_mm=depth_mm,
    )
    note = (
        f"joint as drawn; no bones were found, so all within {depth_mm:g} mm of it counts as marrow"
        if marrow is None
        else f"joint as drawn, marrow {source_words(marrow.source)}"
    )
    return FoundBones(
        labels=np.ascontiguousarray(axes.restore(labels)),
        source="joint lines",
        placed_by=None if marrow is None else marrow.placed_by,
        notes=(note,),
    )


def _marrow_beside(scene: Scene) -> FoundBones | None:
    for source in sources_of(scene):
        if source.given is not None and source.given.form is GivenForm.JOINT_LINES:
            continue
        try:
            found = look(source, scene)
        except RoiNotFound:
            continue
        if isinstance(found, FoundBones):
            return found
    return None


def bones_beside_lines(
    lines: Mapping[Side, Sequence[FloatArray]],
    geometry: VolumeGeometry,
    axes: PelvisAxes,
    *,
    bones: LabelBlock | None,
    depth_mm: float,
) -> LabelBlock:
    """Put sacrum medial and ilium lateral to the drawn joints.

    Parameters
    ----------
    lines : mapping from side to arrays of shape (n, 3)
        Polylines in LPS mm, each within one slice; between slices the joint is
        interpolated, beyond them it is not continued.
    geometry : VolumeGeometry
        The grid.
    axes : PelvisAxes
        Of that grid.
    bones : uint8 array of shape (depth, height, across) or None
        Bones found otherwise: marrow beside the drawn joint changes to the side it is on.
        Without, all within `depth_mm` of the joint is taken for marrow.
    depth_mm : float
        See `bones`.

    Raises
    ------
    RoiNotFound
        If a line lies outside the volume, or a side has none.
    """
    shape = tuple(geometry.shape[axis] for axis in axes.order)
    labels = np.zeros(shape, dtype=np.uint8) if bones is None else np.array(bones)
    columns = np.arange(shape[2])
    for side in Side:
        sign = 1 if side is Side.LEFT else -1
        for depth, row, column in _surface(lines.get(side, ()), geometry, axes, side):
            lateral = (columns - column) * sign * axes.spacing_mm[2]
            line = labels[depth, row]
            if bones is None:
                marrow = np.abs(lateral) <= depth_mm
            else:
                marrow = np.isin(line, (BoneLabel.SACRUM, ILIUM_OF[side]))
                marrow &= lateral > -depth_mm  # the other joint is cut on its own
            line[marrow & (lateral >= 0)] = ILIUM_OF[side]
            line[marrow & (lateral < 0)] = BoneLabel.SACRUM
    return labels


def _surface(
    lines: Sequence[FloatArray], geometry: VolumeGeometry, axes: PelvisAxes, side: Side
) -> list[tuple[int, int, float]]:
    """(depth, height, column) of the joint in every row that it crosses."""
    drawn = sorted((_profile(line, geometry, axes) for line in lines), key=lambda p: p[0])
    if not drawn:
        raise RoiNotFound(f"no line was drawn on the {side} joint; draw one on at least one slice")
    n_depth, n_height = (geometry.shape[axis] for axis in axes.order[:2])
    depths = np.array([depth for depth, _, _ in drawn])
    if depths.max() < 0 or depths.min() > n_depth - 1:
        raise RoiNotFound(f"the line on the {side} joint lies outside the volume; draw it again")
    found: list[tuple[int, int, float]] = []
    for depth in range(max(0, int(depths.min())), min(n_depth - 1, int(depths.max())) + 1):
        rows = _between(depth, depths, np.stack([r for _, r, _ in drawn]))
        columns = _between(depth, depths, np.stack([c for _, _, c in drawn]))
        crossed = range(max(0, round(rows[0])), min(n_height - 1, round(rows[-1])) + 1)
        found += [(depth, row, float(np.interp(row, rows, columns))) for row in crossed]
    return found


def _between(depth: int, depths: FloatArray, profiles: FloatArray) -> FloatArray:
    return np.array([np.interp(depth, depths, values) for values in profiles.T])


def _profile(
    line: FloatArray, geometry: VolumeGeometry, axes: PelvisAxes
) -> tuple[int, FloatArray, FloatArray]:
    """Depth of a line, and rows with their columns from its top to its bottom."""
    index = geometry.indices_of(line)[:, list(axes.order)]
    size = np.array([geometry.shape[axis] for axis in axes.order])
    index = np.where(axes.flipped, size - 1 - index, index)
    index = index[np.argsort(index[:, 1], kind="stable")]
    rows = np.linspace(index[0, 1], index[-1, 1], N_LEVELS)
    return round(float(index[:, 0].mean())), rows, np.interp(rows, index[:, 1], index[:, 2])
