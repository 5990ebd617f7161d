"""A wrong answer must not vouch for itself: the check in the other direction starts on its own."""

import numpy as np
import pytest
from scipy import ndimage

from mri_bme import register_visits as registration
from mri_bme.register_visits import register_visits
from mri_bme.register_visits.gate import judge
from mri_bme.register_visits.levels import make_level
from mri_bme.register_visits.motion import inverse_of
from mri_bme.register_visits.region import joint_region
from mri_bme.settings import RegisterSettings
from mri_bme.volume import Volume, VolumeGeometry

PERIOD_MM = 24.0
SHAPE, SPACING_MM = (14, 96, 128), (4.0, 2.0, 2.0)
SETTINGS = RegisterSettings()


def texture(shape, seed, mode):
    smooth = ndimage.gaussian_filter(
        np.random.default_rng(seed).normal(size=shape), (0.8, 1.5, 1.5), mode=mode
    )
    return smooth / smooth.std()


def repeating(shift_mm, noise_seed):
    """Tissue that nearly repeats itself every 24 mm, scanned where its header says it is not."""
    matrix = np.zeros((4, 4))
    matrix[1, 0], matrix[2, 1], matrix[0, 2] = SPACING_MM[0], -SPACING_MM[1], SPACING_MM[2]
    matrix[:, 3] = (-128 + shift_mm, -28, 96, 1)
    n_columns = int(PERIOD_MM / SPACING_MM[2])
    again = np.tile(texture((*SHAPE[:2], n_columns), 0, "wrap"), (1, 1, 11))[:, :, : SHAPE[2]]
    noise = np.random.default_rng(noise_seed).normal(size=SHAPE)
    return Volume(
        geometry=VolumeGeometry(shape=SHAPE, lps_from_index=matrix),
        voxels=200 + 40 * (again + 0.6 * texture(SHAPE, 1, "reflect")) + 8 * noise,
    )


@pytest.fixture(scope="module")
def visits() -> tuple[Volume, Volume]:
    return repeating(0.0, 2), repeating(PERIOD_MM, 3)


def test_a_fit_one_period_off_is_found_out(visits) -> None:
    """Once accepted: similarity 0.73, both directions 0.15 mm apart, and 24 mm off."""
    found = register_visits(*visits)
    assert found.quality.accepted
    np.testing.assert_allclose(found.moving_from_fixed.b_from_a[:3, 3], [PERIOD_MM, 0, 0], atol=0.3)


def test_a_check_from_the_answer_agrees_with_it_and_one_of_its_own_does_not(visits) -> None:
    pairs = [
        registration.LevelPair(
            fixed=make_level(
                visits[0], joint_region(visits[0], None), spacing_mm=mm, n_points=8000, seed=20
            ),
            moving=make_level(
                visits[1], joint_region(visits[1], None), spacing_mm=mm, n_points=8000, seed=20
            ),
        )
        for mm in SETTINGS.levels_mm[1:]
    ]
    wrong, right = np.eye(4), np.eye(4)
    right[0, 3] = PERIOD_MM
    vouched = judge(wrong, inverse_of(wrong), pairs, settings=SETTINGS)
    held_against = judge(wrong, inverse_of(right), pairs, settings=SETTINGS)
    assert vouched.accepted
    assert not held_against.accepted
    assert "both directions disagree by 24" in held_against.reason
