"""How a slab is prescribed and how the subject lies."""

import numpy as np
import pytest

from mri_bme.phantom import (
    PhantomSubject,
)
from mri_bme.phantom.prescription import Pose, Protocol, rotation
from mri_bme.volume import apply_matrix


@pytest.fixture(scope="module")
def letter(small_phantom: PhantomSubject) -> PhantomSubject:
    return small_phantom


def test_poses_compose(letter: PhantomSubject) -> None:
    direct = letter.followup_from_baseline.b_from_a
    point = letter.baseline.lps_from_subject.apply((1.0, 2.0, 3.0))
    expected = letter.followup.lps_from_subject.apply((1.0, 2.0, 3.0))
    np.testing.assert_allclose(apply_matrix(direct, point), expected, atol=1e-9)


def test_a_pose_on_the_way_to_another_one() -> None:
    here, there = Pose(), Pose(turn_degrees=(10, 0, -4), shift_mm=(2, 4, 6), tilt_degrees=(1, 2))
    assert here.towards(there, 0.0) == here
    assert here.towards(there, 1.0) is there
    half = here.towards(there, 0.5)
    assert half.turn_degrees == (5, 0, -2)
    assert half.shift_mm == (1, 2, 3)


def test_rotations_turn_about_x_then_y_then_z() -> None:
    left, back, head = np.eye(3)
    assert rotation((90, 0, 0)) @ back == pytest.approx(head)
    assert rotation((0, 90, 0)) @ head == pytest.approx(left)
    assert rotation((0, 0, 90)) @ left == pytest.approx(back)
    assert rotation((90, 0, 90)) @ back == pytest.approx(head)


@pytest.mark.parametrize(("pixel_mm", "sharpest_mm"), [(0.5, 0.9), (2.0, 2.0)])
def test_nothing_is_sharper_than_its_pixels(pixel_mm: float, sharpest_mm: float) -> None:
    row, column = Protocol(pixel_mm=pixel_mm, resolution_mm=(0.9, 1.2)).blur_pixels
    assert row * 2.3548 * pixel_mm == pytest.approx(sharpest_mm)
    assert column * 2.3548 * pixel_mm == pytest.approx(max(1.2, pixel_mm))


def test_the_same_generator_draws_the_same_pose() -> None:
    one, two = (Pose.draw(np.random.default_rng(3)) for _ in range(2))
    assert one == two
    assert Pose.draw(np.random.default_rng(4)) != one
