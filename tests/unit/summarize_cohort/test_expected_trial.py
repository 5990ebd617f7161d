"""Subjects that an expected trial needs, against simulated trials and plain formulas."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from mri_bme.errors import InvalidSettings
from mri_bme.measurement_error import RC_PER_WSD, smallest_detectable_change_ml
from mri_bme.settings import CompareSettings
from mri_bme.summarize_cohort import expected_trial
from mri_bme.summarize_cohort.expected_trial import (
    ExpectedTrial,
    Planned,
    plan_expected,
    share_that_can_respond,
)

EXACT = CompareSettings(detectable_at_ml=(0.0,), detectable_ml=(1e-6,))
TRIAL = ExpectedTrial(baseline_ml=6.0, baseline_sd_ml=8.0, treated=0.6, control=0.15)


def planned(trial: ExpectedTrial, analysis: str, settings: CompareSettings) -> Planned:
    return next(p for p in plan_expected(trial, settings) if p.analysis.startswith(analysis))


def test_what_is_expected_of_exact_measurements_is_what_was_ordered() -> None:
    """60 % off a mean of 6 mL, of which three in ten have none."""
    found = planned(replace(TRIAL, without_edema=0.3), "change", EXACT)
    assert found.treated == pytest.approx(-0.6 * 6 * 0.7, rel=0.002)
    assert found.control == pytest.approx(-0.15 * 6 * 0.7, rel=0.005)


def test_a_small_fall_is_not_lost_in_the_draws() -> None:
    """2 % of 6 mL is 0.12 mL; the size follows by hand from the normal quantiles."""
    found = planned(replace(TRIAL, treated=0.02, control=0.0), "before", EXACT)
    assert found.treated == pytest.approx(-0.12, rel=0.01)
    assert found.n == pytest.approx((1.959964 + 0.841621) ** 2 * (found.sd / 0.12) ** 2, rel=0.02)


def test_no_fall_needs_no_number_of_subjects() -> None:
    """Neither with chance of the draws, nor by the floor, nor for those who were chosen as high."""
    for trial in (
        replace(TRIAL, treated=0.0, control=0.0),
        replace(TRIAL, treated=0.0, control=0.0, without_edema=0.5, least_baseline_ml=5.0),
    ):
        found = planned(trial, "before", CompareSettings())
        assert found.n is None
        assert "no difference is expected" in found.note


def test_trials_of_the_sizes_found_have_the_power_told() -> None:
    """Subjects drawn, measured and tested anew by scipy: four in five trials find it."""
    trial, settings = replace(TRIAL, without_edema=0.3), CompareSettings()
    rng, n_trials = np.random.default_rng(77), 400
    sd = np.sqrt(np.log(1 + (8 / 6) ** 2))
    mean = np.log(6) - sd**2 / 2

    def detectable(volumes: np.ndarray) -> np.ndarray:
        return np.interp(volumes, settings.detectable_at_ml, settings.detectable_ml)

    def arm(n: int, fall: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        true = rng.lognormal(mean, sd, (n_trials, n)) * (rng.random((n_trials, n)) >= 0.3)
        after = true * (1 - fall) * rng.lognormal(-(0.5**2) / 2, 0.5, true.shape)
        first, second = (
            np.maximum(v + detectable(v) / RC_PER_WSD * rng.standard_normal(v.shape), 0)
            for v in (true, after)
        )
        return first, second, first - second >= detectable((first + second) / 2)

    n = planned(trial, "before", settings).n or 0
    before, after, _ = arm(n, 0.6)
    paired = stats.ttest_rel(before, after, axis=1).pvalue < 0.05
    n = planned(trial, "responders", settings).n or 0
    first, second = (arm(n, fall)[2].sum(axis=1) for fall in (0.6, 0.15))
    exact = [
        stats.fisher_exact([[a, n - a], [b, n - b]]).pvalue < 0.05
        for a, b in zip(first, second, strict=True)
    ]
    assert (np.mean(paired), np.mean(exact)) == pytest.approx((0.8, 0.8), abs=0.06)  # 3 SE


def test_without_skew_the_formula_says_what_trials_do() -> None:
    """Nearly normal volumes and little spread: sizes agree within one in ten, or two subjects."""
    plain = replace(TRIAL, baseline_sd_ml=1.5, treated=0.2, spread=0.2)
    for found in plan_expected(plain, CompareSettings()):
        assert found.n is not None
        assert found.n == pytest.approx(found.n_formula, rel=0.1, abs=2)


@pytest.mark.parametrize("volume", [0.0, 0.3, 6.0, 90.0])
def test_the_error_of_a_volume_is_that_of_verdicts(volume: float) -> None:
    settings = CompareSettings()
    many = expected_trial._detectable_ml(np.array([volume]), settings)
    assert many[0] == smallest_detectable_change_ml(volume, settings)


def test_a_floor_costs_subjects() -> None:
    """Who has nothing to lose dilutes the difference; a formula without a floor misses it."""
    trial = replace(TRIAL, without_edema=0.4)
    settings = CompareSettings()
    enrolled = planned(trial, "responders", settings).n or 0
    plain = planned(replace(trial, has_floor=False), "responders", settings).n or 0
    chosen = planned(replace(trial, least_baseline_ml=1.0), "responders", settings).n or 0
    assert enrolled > 1.5 * plain
    assert chosen < enrolled


def test_a_worse_measurement_needs_more_subjects() -> None:
    poor = CompareSettings(detectable_at_ml=(0.0,), detectable_ml=(6.0,))
    pairs = zip(plan_expected(TRIAL, poor), plan_expected(TRIAL, EXACT), strict=True)
    for worse, exact in pairs:
        assert (worse.n or 0) > (exact.n or 0)


def test_the_share_that_can_respond_is_of_those_with_a_detectable_volume() -> None:
    half = replace(TRIAL, without_edema=0.5)
    assert share_that_can_respond(half, EXACT) == pytest.approx(0.5, abs=0.01)
    beyond = CompareSettings(detectable_at_ml=(0.0, 30.0), detectable_ml=(30.0, 50.0))
    assert share_that_can_respond(replace(TRIAL, baseline_sd_ml=1.0), beyond) < 0.01


def test_what_cannot_be_planned_is_told() -> None:
    same = planned(replace(TRIAL, control=0.6), "responders", EXACT)
    assert same.n is None
    assert "equally many responders" in same.note
    with pytest.raises(InvalidSettings, match="enrol from less on"):
        plan_expected(replace(TRIAL, least_baseline_ml=1e9), EXACT)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"baseline_ml": 0.0}, "above 0 mL"),
        ({"baseline_ml": float("nan")}, "finite number"),
        ({"baseline_sd_ml": float("inf")}, "finite number"),
        ({"treated": float("nan")}, "finite number"),
        ({"spread": -0.1}, "not below 0"),
        ({"least_baseline_ml": -1.0}, "not below 0"),
        ({"treated": 1.2}, "falls by 100 % at most"),
        ({"without_edema": 1.0}, "less than 100 %"),
        ({"without_edema": -0.1}, "found -10 %"),
    ],
)
def test_an_impossible_trial_is_refused(wrong: dict[str, float], words: str) -> None:
    with pytest.raises(InvalidSettings, match=words):
        replace(TRIAL, **wrong)
