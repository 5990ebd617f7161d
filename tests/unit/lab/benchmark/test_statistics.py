"""Simulated trials are what they are said to be."""

import numpy as np
from typer.testing import CliRunner

from lab.benchmark.__main__ import app
from lab.benchmark.statistics import simulated_trial


def test_a_floor_leaves_many_zeros_and_few_large_volumes() -> None:
    baseline, change, treated = simulated_trial(np.random.default_rng(1), 4000, True, 0.0)
    followup = baseline + change[:, 0]
    assert 0.15 < np.mean(baseline == 0) < 0.25
    assert 0.28 < np.mean(followup == 0) < 0.38
    assert np.quantile(followup, 0.99) > 5 * followup.mean()
    assert np.mean(np.isnan(change[:, 1])) < 0.2
    assert treated.mean() == 0.5


def test_an_effect_is_seen_in_large_trials_and_none_is_not(tmp_path) -> None:
    for effect in (0.0, 0.6):
        _, change, treated = simulated_trial(np.random.default_rng(2), 4000, False, effect)
        difference = change[treated == 1, 0].mean() - change[treated == 0, 0].mean()
        assert abs(difference + effect) < 0.08


def test_every_test_is_counted() -> None:
    told = CliRunner().invoke(app, ["statistics", "--n-trials", "4"]).output.splitlines()
    assert len(told) == 12
    for name in ("MMRM first", "MMRM second", "ANCOVA", "rank ANCOVA", "rank sums", "Tobit"):
        assert name in told[-1]
