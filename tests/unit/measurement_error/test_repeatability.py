"""How well a measurement repeats itself: known answers on made-up scans taken twice."""

import numpy as np
import pytest

from mri_bme.measurement_error import (
    RC_PER_WSD,
    change_beyond_bias,
    detectable_table,
    limit_of_blank,
    pairs_for_bound,
    precision_profile,
    reproducibility_coefficient,
    upper_bound_factor,
    within_subject_cv,
    within_subject_sd,
)


def test_within_subject_sd_of_a_textbook_pair() -> None:
    """Differences of 1 and -1: wSD = sqrt(1 / 2) (Bland & Altman, BMJ 313:744, 1996)."""
    assert within_subject_sd(np.array([1.0, -1.0])) == pytest.approx(np.sqrt(0.5))
    assert pytest.approx(2.77, abs=0.005) == RC_PER_WSD


def test_long_tails_reach_further_than_normal_ones() -> None:
    """Lesions that come and go: most differences are small, 7 of 100 are not."""
    rng = np.random.default_rng(3)
    comes_and_goes = rng.random(2000) < 0.07
    changes = np.where(comes_and_goes, rng.choice([-1.0, 1.0], 2000), rng.normal(0, 0.1, 2000))
    volumes = np.full(2000, 4.0)
    (reach,) = detectable_table(volumes, changes, [4.0], limit_ml=0.0)
    wsd_ml = np.sqrt(np.mean(changes**2) / 2)
    assert RC_PER_WSD * wsd_ml < 0.8  # which 7 in 100 exceed
    assert reach > 1.0


def test_several_regions_of_few_subjects_are_no_more_than_few_subjects() -> None:
    changes = np.random.default_rng(4).normal(0, 0.2, 80)
    volumes = np.full(80, 4.0)
    (alone,) = detectable_table(volumes, changes, [4.0], limit_ml=0.0)
    (clustered,) = detectable_table(volumes, changes, [4.0], limit_ml=0.0, n_subjects=10)
    assert clustered > 1.2 * alone


def test_a_bias_between_two_measurements_is_no_scatter() -> None:
    """Bland & Altman 1999: 1.96 SD of the differences, whatever their mean."""
    differences = np.array([-1.0, 0.0, 1.0])
    assert change_beyond_bias(differences) == pytest.approx(1.96, abs=0.001)
    assert change_beyond_bias(differences + 7) == pytest.approx(change_beyond_bias(differences))


def test_healthy_scans_stay_below_the_limit_of_blank_in_95_of_100() -> None:
    found = np.random.default_rng(0).permutation(np.arange(100.0))
    limit = limit_of_blank(list(found))
    assert limit is not None
    assert np.count_nonzero(found <= limit) == 95
    assert limit_of_blank([]) is None


def differing(volumes, wsd_ml, seed=1):
    """Test minus retest of unchanged subjects, each of which scatters by `wsd_ml`."""
    return np.random.default_rng(seed).normal(0, np.sqrt(2) * np.asarray(wsd_ml), len(volumes))


def test_the_table_is_the_repeatability_coefficient_of_the_scatter_that_was_put_in() -> None:
    volumes = np.repeat([0.5, 4.0, 20.0], 500)
    wsd_ml = 0.1 + 0.05 * volumes  # grows with the outline
    found = detectable_table(volumes, differing(volumes, wsd_ml), [0.5, 4.0, 20.0], limit_ml=0.0)
    expected = RC_PER_WSD * (0.1 + 0.05 * np.array([0.5, 4.0, 20.0]))
    assert found == pytest.approx(expected, rel=0.2)


def test_fewer_pairs_are_trusted_less() -> None:
    volumes = np.full(400, 4.0)
    changes = differing(volumes, 0.2)
    (many,) = detectable_table(volumes, changes, [4.0], limit_ml=0.0)
    few = [
        detectable_table(volumes[k : k + 8], changes[k : k + 8], [4.0], limit_ml=0.0)[0]
        for k in range(0, 400, 8)
    ]
    assert np.median(few) > 1.2 * many


def test_no_change_below_the_detection_limit_is_detectable() -> None:
    volumes = np.full(50, 4.0)
    found = detectable_table(volumes, np.zeros(50), [0.0, 4.0], limit_ml=0.3)
    assert found == (0.3, 0.3)
    assert min(detectable_table(volumes, np.zeros(50), [0.0, 4.0], limit_ml=0.0)) > 0


def test_no_pairs_give_no_table() -> None:
    assert detectable_table(np.array([]), np.array([]), [1.0, 2.0], limit_ml=0.1) == ()


WRIGHT = (
    (494, 490), (395, 397), (516, 512), (434, 401), (476, 470), (557, 611), (413, 415), (442, 431),
    (650, 638), (433, 429), (417, 420), (656, 633), (267, 275), (478, 492), (178, 165), (423, 372),
    (427, 421),
)  # fmt: skip
"""Peak flow (l/min) of 17 subjects, twice by the Wright meter (Bland & Altman, Lancet i:307)."""


def test_the_precision_of_peak_flow_meters_is_as_published() -> None:
    """Bland & Altman 1986: the SD of differences about 0 is 21.6 l/min; wSD is that over root 2."""
    first, second = np.array(WRIGHT, dtype=float).T
    changes = second - first
    assert np.sqrt(2) * within_subject_sd(changes) == pytest.approx(21.6, abs=0.1)
    assert within_subject_sd(changes) == pytest.approx(15.3, abs=0.05)
    assert reproducibility_coefficient(changes) == pytest.approx(1.96 * 21.65, abs=0.05)


def test_the_within_subject_cv_of_two_pairs_by_hand() -> None:
    """9 and 11: SD 1.414 of 10; 100 and 100: none. Root of (0.02 + 0) / 2 is 0.1."""
    wcv = within_subject_cv(np.array([9.0, 100.0]), np.array([11.0, 100.0]))
    assert wcv == pytest.approx(0.1)


@pytest.mark.parametrize(("n", "factor"), [(10, 1.593), (35, 1.248), (100, 1.133)])
def test_the_upper_bound_is_that_of_chi_squared_tables(n: int, factor: float) -> None:
    """5th percentiles of chi-squared: 3.940, 22.465 and 77.929."""
    assert upper_bound_factor(n) == pytest.approx(factor, abs=0.001)


def test_thirty_five_pairs_bound_a_wsd_within_a_quarter() -> None:
    """QIBA's 35 pairs: the bound is at most 25 % above the estimate, which 34 do not give."""
    assert pairs_for_bound(1.25) == 35


def test_a_bias_between_conditions_counts_in_full() -> None:
    """All subjects 1 mL lower at the second: no scatter, and an RDC of 1.96 mL."""
    assert reproducibility_coefficient(np.full(20, -1.0)) == pytest.approx(1.96, abs=0.001)


def test_a_profile_finds_the_error_that_was_put_in_at_every_volume() -> None:
    rng = np.random.default_rng(6)
    volumes = np.repeat([0.5, 2.0, 10.0, 40.0], 150)
    sd = np.hypot(0.1, 0.05 * volumes)
    changes = np.sqrt(2) * sd * rng.standard_normal(len(volumes))
    profile = precision_profile(volumes, changes, [0.0, 0.5, 10.0, 40.0])
    for point in profile:
        assert point.wsd_ml == pytest.approx(np.hypot(0.1, 0.05 * point.at_ml), rel=0.15)
        assert point.upper_ml > point.wsd_ml
    assert profile[0].wcv is None
    assert profile[2].wcv == pytest.approx(0.051, abs=0.006)
    assert profile[2].rc_ml == pytest.approx(RC_PER_WSD * profile[2].wsd_ml)
    assert precision_profile(np.zeros(0), np.zeros(0), [1.0]) == ()
