"""Analyses for volumes that pile up at 0, against R (survival, lm)."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from mri_bme.errors import NotEvaluable
from mri_bme.summarize_cohort.floor import cube_root_ancova, fit_tobit, tobit_difference

ORACLE = Path(__file__).parent / "oracle"
EXPECTED = json.loads((ORACLE / "expected.json").read_text())["limited"]


def first_followup(name):
    """Give baseline, follow-up and arm at the first visit of a simulated trial."""
    with (ORACLE / "trials.csv").open(newline="") as stream:
        rows = [r for r in csv.DictReader(stream) if (r["trial"], r["visit"]) == (name, "v1")]
    baseline, followup = (np.array([float(r[c]) for r in rows]) for c in ("baseline", "followup"))
    return baseline, followup, np.array([r["arm"] == "drug" for r in rows])


@pytest.mark.parametrize("name", EXPECTED)
def test_tobit_is_that_of_survreg(name) -> None:
    baseline, followup, arm = first_followup(name)
    before = np.cbrt(baseline)
    design = np.column_stack([np.ones(len(arm)), arm, before - before.mean()])
    fitted, theirs = fit_tobit(np.cbrt(followup), design), EXPECTED[name]["tobit"]
    assert fitted.coefficients[1] == pytest.approx(theirs["difference"], rel=1e-4)
    assert fitted.errors[1] == pytest.approx(theirs["error"], rel=1e-4)
    assert fitted.sd == pytest.approx(theirs["scale"], rel=1e-4)
    assert fitted.log_likelihood == pytest.approx(theirs["log_likelihood"], abs=1e-5)
    told = tobit_difference(baseline, followup, arm)
    assert told.value == pytest.approx(theirs["difference"], rel=1e-4)
    assert told.note == f"{EXPECTED[name]['n_zero']} of {len(arm)} at 0"


@pytest.mark.parametrize("name", EXPECTED)
def test_analysis_of_cube_roots_is_that_of_lm(name) -> None:
    found, theirs = cube_root_ancova(*first_followup(name)), EXPECTED[name]["cube_root"]
    assert (found.value, found.p_value) == pytest.approx((theirs["difference"], theirs["p"]))


def test_without_zeros_tobit_is_least_squares() -> None:
    rng = np.random.default_rng(5)
    arm = np.arange(30) % 2 == 0
    x = np.column_stack([np.ones(30), arm, rng.normal(size=30)])
    y = 20 + x @ [0.0, 1.5, 0.7] + rng.normal(size=30)
    fitted = fit_tobit(y, x)
    assert fitted.coefficients == pytest.approx(np.linalg.lstsq(x, y)[0], rel=1e-6)
    baseline, followup = (20 + rng.normal(size=30)) ** 3, y**3
    tobit = tobit_difference(baseline, followup, arm)
    ancova = cube_root_ancova(baseline, followup, arm)
    assert (tobit.value, tobit.p_value) == pytest.approx((ancova.value, ancova.p_value), rel=1e-4)
    assert (tobit.ci_low, tobit.ci_high) == pytest.approx((ancova.ci_low, ancova.ci_high), rel=1e-4)


def test_tobit_sees_through_the_floor_what_least_squares_shrinks() -> None:
    rng = np.random.default_rng(6)
    arm = np.arange(4000) % 2 == 0
    baseline = rng.gamma(2, 2, 4000)
    root = np.cbrt(baseline) - 1.4 - 0.5 * arm + rng.normal(0, 0.5, 4000)
    followup = np.maximum(root, 0) ** 3
    assert np.mean(followup == 0) > 0.4
    assert tobit_difference(baseline, followup, arm).value == pytest.approx(-0.5, abs=0.06)
    assert cube_root_ancova(baseline, followup, arm).value > -0.35


def test_an_arm_that_healed_altogether_has_no_finite_estimate() -> None:
    baseline = np.linspace(1, 8, 20)
    arm = np.arange(20) % 2 == 0
    found = tobit_difference(baseline, np.where(arm, 0.0, baseline / 2), arm)
    assert (found.value, found.p_value) == (None, None)
    assert "no finite estimate" in found.note


def test_a_perfect_fit_has_no_p_value() -> None:
    baseline = np.linspace(1, 8, 20)
    arm = np.arange(20) % 2 == 0
    found = tobit_difference(baseline, baseline, arm)
    assert found.p_value is None
    assert "nothing varies" in found.note
    with pytest.raises(NotEvaluable, match="nothing varies"):
        fit_tobit(np.cbrt(baseline), np.column_stack([np.ones(20), np.cbrt(baseline)]))
