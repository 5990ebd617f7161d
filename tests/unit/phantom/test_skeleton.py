"""Bones on a fine grid along the sacrum."""

import numpy as np
import pytest

from mri_bme.phantom.build import Build
from mri_bme.phantom.shape_model import n_modes, pelvis_shape
from mri_bme.phantom.skeleton import (
    EXTENT_MM,
    FINE_SPACING_MM,
    L5_BODY_MM,
    bones_of,
    l5_centre,
    sacral_grid,
)
from mri_bme.sacroiliac import BoneLabel

SHAPE = pelvis_shape(np.zeros(n_modes()))


def bones(joint_mm: tuple[float, float] = (2.2, 2.2)):
    grid = sacral_grid(SHAPE, size=1.0, fineness=2.0)
    build = Build(mode_sd=(0.0,) * n_modes(), joint_mm=joint_mm)
    return grid, bones_of(SHAPE, grid, build, np.random.default_rng(0))


def test_the_grid_runs_along_the_sacrum_and_holds_its_extent() -> None:
    grid = sacral_grid(SHAPE, size=1.0, fineness=2.0)
    assert grid.geometry.spacing_mm == pytest.approx(2 * np.array(FINE_SPACING_MM))
    back, down, left = grid.geometry.directions.T
    assert back[1] > 0.5
    assert down[2] < -0.5
    assert left == pytest.approx((1, 0, 0))
    size_mm = np.array(grid.shape) * grid.geometry.spacing_mm
    assert (size_mm >= [high - low for low, high in EXTENT_MM]).all()


def test_a_joint_keeps_its_width_between_sacrum_and_ilium() -> None:
    for width in (1.5, 4.0):
        _, found = bones((width, width))
        for ilium in (BoneLabel.LEFT_ILIUM, BoneLabel.RIGHT_ILIUM):
            gap = found[BoneLabel.SACRUM] + found[ilium]
            assert np.quantile(gap[np.abs(found[BoneLabel.SACRUM] - found[ilium]) < 1], 0.001) > (
                0.6 * width
            )
    narrow, wide = (bones((w, 2.2))[1][BoneLabel.LEFT_ILIUM] for w in (1.5, 4.0))
    assert np.count_nonzero(wide < 0) < np.count_nonzero(narrow < 0)


def test_bones_do_not_overlap_and_ilia_keep_to_their_sides() -> None:
    grid, found = bones()
    inside = {label: distance < 0 for label, distance in found.items()}
    assert not (inside[BoneLabel.SACRUM] & inside[BoneLabel.LEFT_ILIUM]).any()
    assert not (inside[BoneLabel.SACRUM] & inside[BoneLabel.L5]).any()
    left = np.broadcast_to(grid.x > 0, grid.shape)
    assert left[inside[BoneLabel.LEFT_ILIUM]].all()
    assert not left[inside[BoneLabel.RIGHT_ILIUM]].any()


def test_l5_lies_above_the_sacrum_by_a_disc_and_half_its_height() -> None:
    grid = sacral_grid(SHAPE, size=1.0, fineness=2.0)
    centre = l5_centre(grid, SHAPE.landmarks, 1.0)
    larger = l5_centre(grid, SHAPE.landmarks, 1.2)
    middle = (centre - larger) / 0.2 + centre  # where both lines from the endplate meet
    assert np.linalg.norm(centre - middle) == pytest.approx(L5_BODY_MM[1] + 10.0)
    assert centre[1] < middle[1]  # s grows to the foot
