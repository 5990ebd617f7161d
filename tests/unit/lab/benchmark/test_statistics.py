"""Every test of a simulated trial is counted, and intervals that hold the truth."""

from dataclasses import replace

import numpy as np
import pytest
from typer.testing import CliRunner

from lab.benchmark.__main__ import app
from lab.benchmark.statistics import counted
from lab.benchmark.trials import simulated_trial


def test_every_test_is_counted() -> None:
    told = CliRunner().invoke(app, ["statistics", "--n-trials", "2", "--generator", "squares"])
    lines = told.output.splitlines()
    assert len(lines) == 6
    for name in ("MMRM first", "MMRM second", "ANCOVA", "rank ANCOVA", "rank sums", "Tobit"):
        assert name in lines[-1]


@pytest.mark.parametrize(("true", "share"), [(-0.6, "100.0 %"), (100.0, "0.0 %")])
def test_where_the_model_holds_its_interval_is_held_against_the_truth(true, share) -> None:
    trial = simulated_trial(np.random.default_rng(5), 40, "cubes", 0.6)
    told = counted(iter([replace(trial, true_root_difference=true)]))
    assert told.endswith(f"Tobit's interval holds the difference in {share}")


def test_without_a_true_difference_nothing_is_said_of_it() -> None:
    trial = simulated_trial(np.random.default_rng(5), 16, "gamma", 0.0)
    assert "holds" not in counted(iter([trial]))
