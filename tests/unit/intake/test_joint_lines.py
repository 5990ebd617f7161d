"""Joints drawn as lines, in LPS whatever the file says."""

import json
from pathlib import Path

import numpy as np
import pytest
from box_pelvis import (
    JOINT_MM,
    SHAPE,
    semicoronal_geometry,
)

from mri_bme.errors import UnreadableInput
from mri_bme.intake.joint_lines import read_joint_lines
from mri_bme.place_rois import place_rois
from mri_bme.sacroiliac import Side
from mri_bme.volume import Volume, VolumeGeometry


def curve(geometry: VolumeGeometry, depth: int, x_mm: float, *, ras: bool) -> dict[str, object]:
    rows = np.linspace(15, 64, 5)
    columns = geometry.indices_of((x_mm, 0, 0))[2]
    points = geometry.points_lps([(depth, row, columns) for row in rows])
    points = points * (-1, -1, 1) if ras else points
    return {
        "type": "Curve",
        "name": "C",
        "coordinateSystem": "RAS" if ras else "LPS",
        "controlPoints": [{"position": p.tolist()} for p in points],
    }


@pytest.mark.parametrize("ras", [False, True])
def test_joints_drawn_as_slicer_curves_part_sacrum_from_ilium(tmp_path: Path, ras: bool) -> None:
    geometry = semicoronal_geometry()
    path = tmp_path / "joints.mrk.json"
    curves = [
        curve(geometry, depth, sign * JOINT_MM, ras=ras) for depth in (1, 8) for sign in (-1, 1)
    ]
    path.write_text(json.dumps({"markups": curves}))
    lines = read_joint_lines(path)
    assert {side: len(lines[side]) for side in Side} == {Side.LEFT: 2, Side.RIGHT: 2}
    noise = np.random.default_rng(1).normal(100, 10, SHAPE)  # nothing to find bones in
    rois = place_rois(Volume(geometry=geometry, voxels=noise), joint_lines=lines)
    x = geometry.points_lps(np.moveaxis(np.indices(SHAPE), 0, -1))[..., 0]
    for name, inside in {
        "left_ilium": x > JOINT_MM,
        "right_ilium": x < -JOINT_MM,
        "sacrum": np.abs(x) < JOINT_MM,
    }.items():
        region = rois.region(name)
        assert region.n_voxels > 2000
        assert inside[region.voxels].all(), name
    drawn_depths = np.nonzero(rois.quadrants.any(axis=(1, 2)))[0]
    assert (drawn_depths[0], drawn_depths[-1]) == (1, 8)
    assert rois.source == "joint lines"


def test_joint_lines_as_csv(tmp_path: Path) -> None:
    path = tmp_path / "joints.csv"
    path.write_text(
        "side,line,x,y,z\nleft,1,50,0,0\nleft,1,52,0,20\nright,1,-50,0,0\nright,1,-52,0,20\n"
    )
    lines = read_joint_lines(path)
    np.testing.assert_allclose(lines[Side.LEFT][0], [[50, 0, 0], [52, 0, 20]])


def test_a_joint_left_out_is_named(tmp_path: Path) -> None:
    path = tmp_path / "joints.csv"
    path.write_text("side,line,x,y,z\nleft,1,50,0,0\nleft,1,52,0,20\n")
    with pytest.raises(UnreadableInput, match="right joint"):
        read_joint_lines(path)
