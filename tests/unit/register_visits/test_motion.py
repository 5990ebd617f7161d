"""Rigid matrices near each other."""

import numpy as np
import pytest
from moved_anatomy import MOTION, motion_of

from mri_bme.register_visits.motion import (
    distances_mm,
    inverse_of,
    matrix_of,
    moved,
    turned,
    twist_matrix,
)
from mri_bme.volume import RigidTransform

POINTS = np.random.default_rng(0).uniform(-50, 50, (3, 20))


def test_points_go_there_and_back() -> None:
    matrix = motion_of(*MOTION).b_from_a
    np.testing.assert_allclose(moved(inverse_of(matrix), moved(matrix, POINTS)), POINTS)
    np.testing.assert_allclose(moved(matrix, POINTS), motion_of(*MOTION).apply(POINTS.T).T)


def test_turning_knows_no_shift() -> None:
    matrix = motion_of(*MOTION).b_from_a
    np.testing.assert_allclose(turned(matrix[:3, :3], POINTS), matrix[:3, :3] @ POINTS)


def test_a_small_twist_is_its_rotation_vector_and_its_shift() -> None:
    twist = np.array([0.0, 0.0, 1e-3, 4.0, 5.0, 6.0])
    matrix = twist_matrix(twist)
    assert matrix[:3, 3] == pytest.approx(twist[3:])
    assert matrix[1, 0] == pytest.approx(1e-3, rel=1e-4)  # about the head axis: left goes back


def test_a_rotation_with_rounding_errors_is_made_one() -> None:
    skewed = motion_of(*MOTION).b_from_a[:3, :3] + 1e-6
    RigidTransform(b_from_a=matrix_of(skewed, np.zeros(3)))
    rotation = matrix_of(skewed, np.zeros(3))[:3, :3]
    np.testing.assert_allclose(rotation @ rotation.T, np.eye(3), atol=1e-14)


def test_motions_are_as_far_apart_as_they_take_a_point() -> None:
    shift = np.eye(4)
    shift[:3, 3] = (3, 0, 4)
    apart = distances_mm(RigidTransform.identity(), RigidTransform(b_from_a=shift), POINTS.T)
    assert apart == pytest.approx(np.full(20, 5.0))
