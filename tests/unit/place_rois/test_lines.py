"""Joints drawn as lines on some slices: marrow beside them, and nothing beyond them."""

import numpy as np
import pytest
from box_pelvis import JOINT_MM, box_pelvis, semicoronal_geometry

from mri_bme.errors import RoiNotFound
from mri_bme.place_rois.axes import pelvis_axes
from mri_bme.place_rois.lines import bones_beside_lines
from mri_bme.sacroiliac import BoneLabel, Side
from mri_bme.volume import FloatArray

GEOMETRY = semicoronal_geometry()
AXES = pelvis_axes(GEOMETRY)
ACROSS_MM = AXES.view(GEOMETRY.points_lps(np.moveaxis(np.indices(GEOMETRY.shape), 0, -1))[..., 0])
DEPTHS = (2, 7)


def line(depth: int, x_mm: float) -> FloatArray:
    rows = np.linspace(15, 60, 4)
    column = GEOMETRY.indices_of((x_mm, 0, 0))[2]
    return GEOMETRY.points_lps([(depth, row, column) for row in rows])


def both(left_mm: float) -> dict[Side, list[FloatArray]]:
    sides = ((Side.LEFT, left_mm), (Side.RIGHT, -JOINT_MM))
    return {side: [line(depth, x) for depth in DEPTHS] for side, x in sides}


def test_without_bones_a_band_on_both_sides_is_marrow_between_the_drawn_slices() -> None:
    found = bones_beside_lines(both(JOINT_MM), GEOMETRY, AXES, bones=None, depth_mm=15.0)
    assert np.nonzero(found.any(axis=(1, 2)))[0].tolist() == list(range(2, 8))
    aside = np.abs(ACROSS_MM) - JOINT_MM
    assert np.abs(aside[found > 0]).max() <= 15.5
    assert (found[2:8, 16:59][np.abs(aside[2:8, 16:59]) < 14] > 0).all()
    ilia = np.isin(found, (BoneLabel.LEFT_ILIUM, BoneLabel.RIGHT_ILIUM))
    assert aside[ilia].min() > -0.6
    assert aside[found == BoneLabel.SACRUM].max() < 0.6


def test_marrow_found_otherwise_changes_to_the_side_that_was_drawn() -> None:
    bones = np.ascontiguousarray(AXES.view(box_pelvis(GEOMETRY)))
    drawn = JOINT_MM + 5  # the reader sees the left joint 5 mm further out
    found = bones_beside_lines(both(drawn), GEOMETRY, AXES, bones=bones, depth_mm=15.0)
    moved = found != bones
    assert moved.any()
    assert (bones[moved] == BoneLabel.LEFT_ILIUM).all()
    assert (found[moved] == BoneLabel.SACRUM).all()
    assert (np.abs(ACROSS_MM[moved] - (JOINT_MM + 2.5)) <= 3.1).all()
    assert np.nonzero(moved.any(axis=(1, 2)))[0].tolist() == list(range(2, 8))


def test_a_side_without_a_line_and_a_line_outside_are_named() -> None:
    with pytest.raises(RoiNotFound, match="no line was drawn on the right joint"):
        bones_beside_lines(
            {Side.LEFT: [line(3, JOINT_MM)]}, GEOMETRY, AXES, bones=None, depth_mm=15.0
        )
    outside = {side: [line(40, x)] for side, x in ((Side.LEFT, 50.0), (Side.RIGHT, -50.0))}
    with pytest.raises(RoiNotFound, match="left joint lies outside the volume"):
        bones_beside_lines(outside, GEOMETRY, AXES, bones=None, depth_mm=15.0)
