"""Bones put together from solids make a pelvis, each seed another one."""

import numpy as np
import pytest

from lab.benchmark.made_pelvis import Proportions, made_pelvis, made_surfaces
from mri_bme.phantom.given_pelvis import overlap_ml, volume_ml


def test_every_drawn_pelvis_can_be_given_and_they_differ() -> None:
    one, two = (made_pelvis(Proportions.draw(seed), spacing_mm=2.5) for seed in (1, 2))
    assert one.sha256 != two.sha256
    assert 0.8 < one.size < 1.3


def test_bones_have_the_size_of_an_adult_and_part_at_the_joint() -> None:
    own = Proportions(joint_mm=3.0)
    surfaces = made_surfaces(own, spacing_mm=2.0)
    assert 100 < volume_ml(surfaces["sacrum"]) < 300
    breadth = np.ptp(surfaces["sacrum"][0][:, 0])
    assert breadth == pytest.approx(104, abs=4)
    for side in ("left", "right"):
        assert overlap_ml(surfaces["sacrum"], surfaces[side]) == 0
    left, right = (volume_ml(surfaces[side]) for side in ("left", "right"))
    assert left == pytest.approx(right, rel=0.02)
