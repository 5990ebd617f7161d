"""What too few subjects do to every statistic."""

import numpy as np
import pytest

from mri_bme.summarize_cohort.agreement import (
    bland_altman,
    intraclass_correlation,
    smallest_detectable_change,
)
from mri_bme.summarize_cohort.association import correlations
from mri_bme.summarize_cohort.change import (
    guyatt_effect_size,
    mean_change,
    median_change,
    paired_t_test,
    sd_change,
    standardized_response_mean,
)
from mri_bme.summarize_cohort.floor import cube_root_ancova, tobit_difference
from mri_bme.summarize_cohort.models import ancova, mmrm
from mri_bme.summarize_cohort.ranks import (
    hodges_lehmann_change,
    hodges_lehmann_difference,
    rank_ancova,
    rank_sum_test,
    wilcoxon_test,
)
from mri_bme.summarize_cohort.responders import proportion, proportion_difference
from mri_bme.summarize_cohort.statistic import (
    Statistic,
    is_constant,
    supported,
    too_few,
    untested,
)


def every_statistic(n):
    values = np.array([-1.0, -2, -4, -3, -7, -5, -6])[:n]
    other = np.array([1.0, 0, 2, 5, 3, 4, 9])[:n]
    both, arm = np.concatenate([-values, other + 1]), np.arange(2 * n) < n
    return [
        mean_change(values, seed=1, n_draws=200),
        median_change(values),
        sd_change(values),
        standardized_response_mean(values, seed=1, n_draws=200),
        guyatt_effect_size(values, other, seed=1, n_draws=200),
        paired_t_test(values),
        wilcoxon_test(values),
        hodges_lehmann_change(values),
        hodges_lehmann_difference(values, other),
        rank_sum_test(values, other),
        rank_ancova(both, both**2 % 7, arm),
        ancova(values, other),
        cube_root_ancova(both, both**2 % 7, arm),
        tobit_difference(both, both**2 % 7, arm),
        smallest_detectable_change(values, other),
        intraclass_correlation(np.column_stack([values, other])),
        *bland_altman(values, other),
        *correlations(values, other),
        *mmrm(values[:, None], other[:, None], followups=("week14",)),
        proportion(1, n),
        proportion_difference((1, n), (2, n)),
    ]


@pytest.mark.parametrize("n", [0, 1, 3, 5])
def test_fewer_than_six_subjects_get_no_statistic_but_a_reason(n) -> None:
    for found in every_statistic(n):
        assert (found.value, found.ci_low, found.ci_high, found.p_value) == (None,) * 4
        assert "too few" in found.note or (n == 0 and "no subjects" in found.note)


@pytest.mark.parametrize("n", [6, 7])
def test_six_subjects_get_every_statistic(n) -> None:
    without = [found.statistic for found in every_statistic(n) if found.value is None]
    assert without == []


def test_a_count_of_few_is_still_told() -> None:
    assert proportion(2, 5).note.startswith("2 of 5")


def test_what_rests_on_five_is_withheld_and_what_rests_on_six_is_not() -> None:
    five, six = supported(
        Statistic(statistic="mean", n=n, value=1.0, ci_low=0.0, p_value=0.1) for n in (5, 6)
    )
    assert (five.value, five.ci_low, five.p_value, five.note) == (None, None, None, too_few(5))
    assert six.value == 1.0


def test_a_test_is_withheld_for_a_reason_and_a_description_stays() -> None:
    mean, test = untested(
        [
            Statistic(statistic="mean", n=9, value=1.0),
            Statistic(statistic="t", n=9, value=2.0, p_value=0.1),
        ],
        "because",
    )
    assert mean.value == 1.0
    assert (test.value, test.p_value, test.note) == (None, None, "because")


def test_arithmetic_is_no_variation() -> None:
    assert is_constant(np.array([0.3, 0.1 + 0.2]))
    assert is_constant(np.array([]))
    assert not is_constant(np.array([0.3, 0.3001]))
