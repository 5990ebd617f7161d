"""A motion that is nearly right is made right, the same way from either side."""

import numpy as np
import pytest
from moved_anatomy import MOTION, anatomy, motion_of, moved

from mri_bme.register_visits.levels import LevelPair, make_level
from mri_bme.register_visits.motion import distances_mm, inverse_of
from mri_bme.register_visits.refine import halfway_points, refine_motion, similarity_at
from mri_bme.register_visits.region import joint_region
from mri_bme.volume import RigidTransform, Volume

TRUTH = motion_of(*MOTION)
NEAR = motion_of((4.5, 2.5, -3.5), (7.0, -3.0, 7.0))


def level_of(volume: Volume):
    region = joint_region(volume, None)
    return make_level(volume, region, spacing_mm=4.0, n_points=3000, seed=0)


@pytest.fixture(scope="module")
def pair() -> LevelPair:
    before = anatomy(1)
    after = moved(before, TRUTH, before.geometry)
    return LevelPair(fixed=level_of(before), moving=level_of(after))


def error_mm(matrix: np.ndarray, truth: np.ndarray) -> float:
    points = np.array([5.0, -60, 30]) + np.random.default_rng(0).uniform(-50, 50, (100, 3))
    there, wanted = (RigidTransform(b_from_a=m) for m in (matrix, truth))
    return float(distances_mm(there, wanted, points).max())


def test_a_motion_a_millimetre_off_is_found(pair: LevelPair) -> None:
    start = NEAR.b_from_a
    assert error_mm(start, TRUTH.b_from_a) > 1
    found = refine_motion(start, pair, halfway_points(start, pair))
    assert error_mm(found, TRUTH.b_from_a) < 0.25


def test_the_fit_does_not_depend_on_which_visit_is_fixed(pair: LevelPair) -> None:
    start = NEAR.b_from_a
    there = refine_motion(start, pair, halfway_points(start, pair))
    swapped, back = pair.swapped(), inverse_of(start)
    again = refine_motion(back, swapped, halfway_points(back, swapped))
    assert error_mm(inverse_of(again), there) < 0.01


def test_visits_look_alike_at_the_truth_and_not_beside_it(pair: LevelPair) -> None:
    right, seen = similarity_at(TRUTH.b_from_a, pair, check=True)
    wrong, _ = similarity_at(motion_of((4, 3, -3), (26, -4, 8)).b_from_a, pair, check=True)
    assert right > 0.9
    assert wrong < 0.5
    assert 0.5 < seen <= 1
    far = np.eye(4)
    far[:3, 3] = 500.0
    assert similarity_at(far, pair) == (-1.0, 0.0)
