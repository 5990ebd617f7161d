"""What the draws of a visit move, one thing at a time."""

import numpy as np
import pytest
from scipy.stats import qmc

from mri_bme.measurement_error import division_mm, ingredients, quadrant_draws, roi_edge_mm
from mri_bme.measurement_error.draws import (
    PRIMES,
    UNSEEN_ML,
    _quasi_random,
    chance_of_false,
    doubt_of_judge,
)
from mri_bme.sacroiliac import PlacedBy

SHAPE = (4, 20, 20)
VOXEL_ML = 0.01
N_DRAWS = 1024


def quadrants():
    labels = np.zeros(SHAPE, np.uint8)
    labels[:, :10, :10], labels[:, :10, 10:], labels[:, 10:, :10] = 1, 2, 3
    return labels


def draws(fraction, owner, *, roi_edge_voxels=0.0, division_voxels=0.0):
    sums = ingredients(fraction, owner, quadrants(), voxel_volume_ml=VOXEL_ML)
    return quadrant_draws(
        sums,
        reference_cv=0.0,
        roi_edge_voxels=roi_edge_voxels,
        division_voxels=division_voxels,
        n_draws=N_DRAWS,
    )


def lesion(rows, columns, share=1.0):
    fraction, owner = np.zeros(SHAPE, np.float32), np.zeros(SHAPE, np.int32)
    fraction[1:3, rows, columns], owner[1:3, rows, columns] = share, 1
    return fraction, owner


LARGE = lesion(slice(2, 8), slice(2, 8))  # 0.72 mL, clear of every edge, in quadrant 1
SMALL = lesion(slice(4, 5), slice(4, 6))  # 0.04 mL


@pytest.fixture
def sure_outline(monkeypatch):
    """Outlines that are never too wide, to look at what else is drawn."""
    monkeypatch.setattr("mri_bme.measurement_error.draws.WIDE_SHELL_MM", 0.0)


def test_nothing_found_leaves_only_what_may_have_been_missed() -> None:
    found = draws(*lesion(slice(0, 0), slice(0, 0)))
    assert found.min() == 0.0
    assert np.quantile(found.sum(axis=1), 0.95) == pytest.approx(1.645 * UNSEEN_ML, rel=0.05)


def test_what_was_missed_lies_in_one_quadrant_at_a_time_by_its_share_of_marrow() -> None:
    found = draws(*lesion(slice(0, 0), slice(0, 0)))
    assert (np.count_nonzero(found, axis=1) <= 1).all()
    hit = np.count_nonzero(found, axis=0) / np.count_nonzero(found)
    assert hit[[1, 2, 3]] == pytest.approx([1 / 3] * 3, abs=0.05)
    assert hit[[0, 4, 5, 6, 7, 8]].sum() == 0


@pytest.mark.usefixtures("sure_outline")
def test_a_small_lesion_is_none_in_as_many_draws_as_it_is_doubtful() -> None:
    found = draws(*SMALL)[:, 1]
    gone = np.mean(found < 0.03)  # without it, or with a missed speck instead
    assert gone == pytest.approx(float(chance_of_false(np.array(0.04))), abs=0.03)
    assert np.quantile(found, 0.025) == 0.0


@pytest.mark.usefixtures("sure_outline")
def test_a_large_lesion_is_not_doubted() -> None:
    found = draws(*LARGE)[:, 1]
    assert np.quantile(found, 0.025) > 0.7


def how_far_below(found):
    """Distance from the estimate to the lower end; the upper one also holds what was missed."""
    return np.median(found) - np.quantile(found, 0.025)


def test_a_lesion_that_readers_would_hardly_call_edema_is_none_more_often() -> None:
    sums = ingredients(*LARGE, quadrants(), voxel_volume_ml=VOXEL_ML)

    def none_in(likeliest: float) -> float:
        found = quadrant_draws(
            sums,
            reference_cv=0.0,
            roi_edge_voxels=0.0,
            likeliest=np.array([likeliest]),
            n_draws=N_DRAWS,
        )
        return float(np.mean(found.sum(axis=1) < 0.36))

    assert none_in(1.0) < 0.01
    expected = float(doubt_of_judge(np.array([0.3]), np.array([0.72]))[0])
    assert none_in(0.3) == pytest.approx(expected, abs=0.01)
    assert expected == pytest.approx(0.7**2 * np.exp(-0.72))


@pytest.mark.usefixtures("sure_outline")
def test_whole_voxels_know_no_edge_and_mixed_ones_do() -> None:
    mixed = lesion(slice(2, 8), slice(2, 8), 0.5)
    assert how_far_below(draws(*mixed)[:, 1]) > 3 * how_far_below(draws(*LARGE)[:, 1])


@pytest.mark.usefixtures("sure_outline")
def test_edema_on_the_rim_of_an_roi_is_cut_with_it() -> None:
    at_rim = lesion(slice(0, 6), slice(2, 8))
    sure = how_far_below(draws(*at_rim)[:, 1])
    unsure = how_far_below(draws(*at_rim, roi_edge_voxels=1.0)[:, 1])
    inside = how_far_below(draws(*LARGE, roi_edge_voxels=1.0)[:, 1])
    assert unsure > 3 * sure
    assert inside == pytest.approx(sure, abs=0.02)


@pytest.mark.usefixtures("sure_outline")
def test_what_is_missed_of_a_lesion_only_adds_to_it() -> None:
    found = draws(*LARGE)[:, 1]
    assert np.quantile(found, 0.975) - 0.72 > 5 * (0.72 - np.quantile(found, 0.025))


def test_an_outline_may_be_too_wide_by_a_shell_of_the_lesion() -> None:
    """A sphere of 0.72 mL has 3.88 cm² of surface; 1.96 SD of 0.4 mm below it are 0.30 mL."""
    assert np.quantile(draws(*LARGE)[:, 1], 0.025) == pytest.approx(0.72 - 0.305, abs=0.02)


def test_a_small_lesion_may_have_missed_more_of_itself_than_a_large_one() -> None:
    small, large = (draws(*one)[:, 1] for one in (SMALL, LARGE))
    found_ml = np.array([0.04, 0.72])
    above = np.array([np.quantile(one, 0.9) for one in (small, large)]) / found_ml - 1
    assert above[0] > 2 * above[1] > 0


@pytest.mark.usefixtures("sure_outline")
def test_a_division_drawn_elsewhere_moves_edema_between_halves_and_changes_no_sum() -> None:
    """Labels 1 and 2 are the halves of one bone; a lesion lies on both sides of the division."""
    across = lesion(slice(2, 8), slice(6, 14))
    still, moved = draws(*across), draws(*across, division_voxels=2.0)
    assert np.std(moved[:, 1]) > 2 * np.std(still[:, 1])
    np.testing.assert_allclose(moved.sum(axis=1), still.sum(axis=1))


def test_the_same_scan_gives_the_same_draws() -> None:
    np.testing.assert_array_equal(draws(*LARGE), draws(*LARGE))


def test_found_bones_lie_less_surely_than_given_ones() -> None:
    assert roi_edge_mm(PlacedBy.NETWORK) > roi_edge_mm(PlacedBy.GIVEN)
    assert division_mm(PlacedBy.NETWORK) > division_mm(PlacedBy.GIVEN)


@pytest.mark.parametrize("n_sources", [1, 5, len(PRIMES)])
def test_draws_are_halton_points_to_the_last_digit(n_sources: int) -> None:
    known = qmc.Halton(n_sources, scramble=False).random(N_DRAWS + 1)[1:]
    assert np.array_equal(_quasi_random(N_DRAWS, n_sources), known)
