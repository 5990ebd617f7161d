"""Rank tests against R (coin, stats), against scipy, and against counting by hand."""

import csv
import itertools
import json
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from mri_bme.summarize_cohort.ranks import (
    hodges_lehmann_change,
    hodges_lehmann_difference,
    rank_ancova,
    rank_sum_test,
    signed_rank_distribution,
    wilcoxon_test,
)

ORACLE = Path(__file__).parent / "oracle"
EXPECTED = json.loads((ORACLE / "expected.json").read_text())


def first_followup(name):
    """Give baseline, follow-up and arm at the first visit of a simulated trial."""
    with (ORACLE / "trials.csv").open(newline="") as stream:
        rows = [r for r in csv.DictReader(stream) if (r["trial"], r["visit"]) == (name, "v1")]
    baseline, followup = (np.array([float(r[c]) for r in rows]) for c in ("baseline", "followup"))
    return baseline, followup, np.array([r["arm"] == "drug" for r in rows])


@pytest.mark.parametrize("case", EXPECTED["small"]["signed_rank"])
def test_signed_ranks_of_few_with_ties_and_zeros_are_those_of_coin(case) -> None:
    assert wilcoxon_test(case["x"]).p_value == pytest.approx(case["p"], rel=1e-8)


def test_signed_ranks_count_every_toss_of_the_signs() -> None:
    changes = np.array([-3.0, -1, -2, 0, 0, -5, 4, -2])
    ranks = stats.rankdata(np.abs(changes))[changes != 0]
    seen = abs((ranks * np.sign(changes[changes != 0])).sum())
    tosses = np.array(list(itertools.product([-1, 1], repeat=len(ranks)))) @ ranks
    assert wilcoxon_test(changes).p_value == pytest.approx(np.mean(np.abs(tosses) >= seen))


def test_six_subjects_cannot_have_less_than_one_in_thirty_two() -> None:
    assert wilcoxon_test([-1.0, -2, -3, -4, -5, -60]).p_value == pytest.approx(2 / 64)
    least = rank_sum_test(np.arange(6.0), np.arange(10.0, 16)).p_value
    assert least == pytest.approx(2 / 924)


@pytest.mark.parametrize("case", EXPECTED["small"]["rank_sum"])
def test_rank_sums_of_few_with_ties_are_those_of_coin(case) -> None:
    assert rank_sum_test(case["x"], case["y"]).p_value == pytest.approx(case["p"], rel=1e-8)


@pytest.mark.parametrize("name", EXPECTED["limited"])
def test_trials_full_of_zeros_have_the_p_values_of_coin_and_quade(name) -> None:
    baseline, followup, arm = first_followup(name)
    change = np.round(followup - baseline, 9)
    theirs = EXPECTED["limited"][name]
    assert rank_sum_test(change[arm], change[~arm]).p_value == pytest.approx(
        theirs["rank_sum_p"], rel=1e-7
    )
    assert wilcoxon_test(change).p_value == pytest.approx(theirs["signed_rank_p"], rel=1e-7)
    assert rank_ancova(baseline, followup, arm).p_value == pytest.approx(
        theirs["quade_p"], rel=1e-7
    )


def test_more_than_a_hundred_have_the_normal_approximation_which_is_said() -> None:
    rng = np.random.default_rng(4)
    x, y = rng.normal(0, 1, 70), rng.normal(0.3, 1, 70)
    found = rank_sum_test(x, y)
    assert found.p_value == pytest.approx(stats.mannwhitneyu(x, y, method="asymptotic").pvalue)
    assert "normal approximation" in found.source
    exact = stats.mannwhitneyu(x, y, method="exact").pvalue
    assert found.p_value == pytest.approx(exact, abs=1e-3)
    both = wilcoxon_test(np.concatenate([x, y]))
    assert "normal approximation" in both.source


def test_hodges_lehmann_has_the_estimate_and_interval_of_r() -> None:
    theirs = EXPECTED["small"]["hodges_lehmann"]
    one = hodges_lehmann_change(theirs["x"])
    assert (one.value, one.ci_low, one.ci_high) == pytest.approx(theirs["one"])
    two = hodges_lehmann_difference(theirs["x"], theirs["y"])
    assert (two.value, two.ci_low, two.ci_high) == pytest.approx(theirs["two"])


def test_ranks_do_not_see_a_monotone_change_of_scale() -> None:
    baseline, followup, arm = first_followup("floor")
    found = rank_ancova(baseline, followup, arm)
    assert rank_ancova(np.cbrt(baseline), followup**2, arm) == found


def test_what_does_not_vary_has_no_p_value() -> None:
    assert wilcoxon_test(np.full(8, -2.0)).p_value is None
    assert rank_sum_test(np.zeros(8), np.zeros(9)).p_value is None
    arm = np.arange(16) % 2 == 0
    assert rank_ancova(np.arange(16.0), np.zeros(16), arm).p_value is None
    assert rank_ancova(np.arange(16.0), np.arange(16.0) * 2, arm).p_value is None


@pytest.mark.parametrize("n", [101, 400])
def test_of_many_the_interval_of_the_shift_is_the_exact_one_to_a_few_ranks(n: int) -> None:
    """Beyond `MOST_EXACT` the ends come from the normal distribution, which is near by then."""
    values = np.random.default_rng(n).normal(0.3, 1.0, n)
    found = hodges_lehmann_change(values)
    rows, columns = np.triu_indices(n)
    pairs = np.sort((values[rows] + values[columns]) / 2)
    tail = np.cumsum(signed_rank_distribution(np.arange(1, n + 1)))
    rank = int(np.searchsorted(tail, 0.025, side="right"))
    near = slice(rank - 1 - n // 20, rank + n // 20)
    assert found.value == pytest.approx(np.median(pairs), abs=1e-12)
    assert pairs[near][0] <= found.ci_low <= pairs[near][-1]
    assert pairs[::-1][near][-1] <= found.ci_high <= pairs[::-1][near][0]
    assert "normal approximation" in found.source
