"""Simulated trials are what they are said to be."""

import numpy as np
import pytest

from lab.benchmark.trials import DECREASE, GENERATORS, simulated_trial


@pytest.mark.parametrize("generator", [name for name in GENERATORS if name != "normal"])
def test_a_floor_leaves_many_zeros_and_few_large_volumes(generator: str) -> None:
    trial = simulated_trial(np.random.default_rng(1), 4000, generator, 0.0)
    followup = trial.baseline + trial.change[:, 0]
    assert 0.15 < np.mean(trial.baseline == 0) < 0.25
    assert 0.2 < np.mean(followup == 0) < 0.4
    assert followup.min() >= 0
    assert np.quantile(followup, 0.99) > 5 * followup.mean()
    assert trial.treated.mean() == 0.5


@pytest.mark.parametrize("generator", GENERATORS)
def test_second_followups_are_missing_by_chance_alone(generator: str) -> None:
    trial = simulated_trial(np.random.default_rng(2), 4000, generator, DECREASE)
    missing = np.isnan(trial.change[:, 1])
    assert not np.isnan(trial.change[:, 0]).any()
    assert np.mean(missing) == pytest.approx(0.15, abs=0.02)
    for known in (trial.treated, np.argsort(np.argsort(trial.baseline)) / 4000):
        assert known[missing].mean() == pytest.approx(known.mean(), abs=0.06)


@pytest.mark.parametrize("generator", GENERATORS)
def test_an_effect_lowers_the_treated_arm_and_none_does_not(generator: str) -> None:
    for effect in (0.0, DECREASE):
        trial = simulated_trial(np.random.default_rng(3), 8000, generator, effect)
        after = np.argsort(np.argsort(trial.baseline + trial.change[:, 0])) / 8000
        above = after[trial.treated == 1].mean() - after[trial.treated == 0].mean()
        assert (above < -0.05) if effect else abs(above) < 0.02


def test_only_where_tobit_holds_exactly_is_there_a_true_difference() -> None:
    known = {
        name: simulated_trial(np.random.default_rng(4), 16, name, 0.5).true_root_difference
        for name in GENERATORS
    }
    assert known == {**dict.fromkeys(GENERATORS), "cubes": -0.5}
