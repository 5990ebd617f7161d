"""A doubtful look of the scan widens what it leaves open, and nothing else."""

import numpy as np
import pytest

from mri_bme.measurement_error.unsure import SURE_LOOK, UnsureLook, with_unsure_look

N_DRAWS = 2000
FOUND = np.array([0, 2.0, 1.0, 0, 0, 0, 0, 0, 0])
MARROW = np.array([0, 30.0, 30.0, 60.0, 0, 0, 0, 0, 0])
NOTHING = np.zeros(9)


def moved(look=SURE_LOOK, bright=NOTHING, found=FOUND):
    return with_unsure_look(
        np.tile(found, (N_DRAWS, 1)),
        found_ml=found,
        marrow_ml=MARROW,
        bright_ml=bright,
        look=look,
        rng=np.random.default_rng(1),
    )


def total_ends(draws):
    return np.quantile(draws.sum(axis=1), (0.025, 0.975))


def test_a_usual_look_changes_nothing() -> None:
    assert np.array_equal(moved(), np.tile(FOUND, (N_DRAWS, 1)))


def test_what_is_hidden_is_a_share_of_what_shows() -> None:
    assert total_ends(moved(UnsureLook(hidden=0.5))) == pytest.approx(
        (3.0, 3.0 * (1 + 0.5 * 1.96)), rel=0.02
    )
    assert moved(UnsureLook(hidden=0.5), found=NOTHING).max() == 0


def test_of_a_faint_lesion_nothing_may_show_in_one_quadrant_by_its_marrow() -> None:
    draws = moved(UnsureLook(hidden=0.1, faint_ml=0.7), found=NOTHING)
    assert total_ends(draws) == pytest.approx((0.0, 0.7 * 1.96), rel=0.03)
    assert (np.count_nonzero(draws, axis=1) <= 1).all()
    hit = np.count_nonzero(draws, axis=0) / np.count_nonzero(draws)
    assert hit[[1, 2, 3]] == pytest.approx([0.25, 0.25, 0.5], abs=0.04)


def test_what_is_bright_on_t1w_may_be_none_and_may_be_edema() -> None:
    bright = np.array([0, 1.5, 0, 0, 0, 0, 0, 0, 0])
    draws = moved(bright=bright)
    assert total_ends(draws) == pytest.approx((1.5, 3.0))
    assert draws[:, 2] == pytest.approx(1.0)


def test_voxels_of_another_size_reach_volumes_of_people_and_the_headers_own() -> None:
    low, high = total_ends(moved(UnsureLook(sizes=(0.2, 0.5))))
    assert low == pytest.approx(3.0 * 0.2, rel=0.1)
    assert high == pytest.approx(3.0)
    low, high = total_ends(moved(UnsureLook(sizes=(2.0, 4.0))))
    assert low == pytest.approx(3.0)
    assert high == pytest.approx(3.0 * 4.0, rel=0.05)


def test_what_may_be_false_lowers_the_lower_end_alone() -> None:
    low, high = total_ends(moved(UnsureLook(surplus=0.3)))
    assert low == pytest.approx(3.0 * (1 - 0.3 * 1.96), rel=0.03)
    assert high == pytest.approx(3.0)
    assert moved(UnsureLook(surplus=5.0)).min() == 0
