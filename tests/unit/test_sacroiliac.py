"""Sides, bones and quadrants, and ROIs that hold together."""

import pytest
from marrow_scenes import rois


def test_the_joint_lies_halfway_between_the_bones() -> None:
    distance = rois().joint_distance_mm
    assert distance[5, 30, 17] == pytest.approx(distance[5, 30, 0] - 17 * 0.8, abs=0.8)
    assert distance[5, 30, 10] > 0 > distance[5, 30, 25]
