"""The repeated-measures model against R, on seven simulated trials.

``oracle/expected.R`` made the trials and fitted them with nlme::gls and with a restricted
likelihood of its own; its answers, and the versions, are in ``oracle/expected.json``.
"""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from mri_bme.errors import NotEvaluable
from mri_bme.summarize_cohort.models import mmrm
from mri_bme.summarize_cohort.repeated_measures import fit_repeated_measures

ORACLE = Path(__file__).parent / "oracle"
EXPECTED = json.loads((ORACLE / "expected.json").read_text())["repeated_measures"]


def trial(name):
    """Give baseline and change (subjects x visits) and arm of one of the simulated trials."""
    with (ORACLE / "trials.csv").open(newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if row["trial"] == name]
    subjects = sorted({row["subject"] for row in rows})
    visits = sorted({row["visit"] for row in rows})
    baseline = np.full((len(subjects), len(visits)), np.nan)
    change, treated = baseline.copy(), np.zeros(len(subjects), bool)
    for row in rows:
        s = subjects.index(row["subject"])
        baseline[s] = float(row["baseline"])
        change[s, visits.index(row["visit"])] = float(row["followup"]) - float(row["baseline"])
        treated[s] = row["arm"] == "drug"
    return baseline, change, treated, visits


def design_of(baseline, treated):
    n, m = baseline.shape
    columns = [np.ones(n), treated, baseline[:, 0] - baseline[:, 0].mean()]
    design = np.zeros((n, m, 3 * m))
    for visit in range(m):
        for k, column in enumerate(columns):
            design[:, visit, k * m + visit] = column
    return design


def test_seven_trials_are_compared_among_them_floors_and_missing_visits() -> None:
    assert len(EXPECTED) == 7
    zeros = [np.mean(sum(trial(name)[:2]) == 0) for name in EXPECTED]
    gaps = [np.isnan(trial(name)[1]).any() for name in EXPECTED]
    assert sum(share > 0.25 for share in zeros) >= 3
    assert sum(gaps) >= 5


@pytest.mark.parametrize("name", EXPECTED)
def test_estimates_errors_and_likelihood_are_those_of_nlme(name) -> None:
    baseline, change, treated, visits = trial(name)
    fitted = fit_repeated_measures(change, design_of(baseline, treated))
    m, theirs = len(visits), EXPECTED[name]["gls"]
    found = [fitted.contrast(np.eye(3 * m)[m + visit]) for visit in range(m)]
    assert fitted.log_likelihood == pytest.approx(theirs["log_likelihood"], abs=1e-6)
    assert [c.value for c in found] == pytest.approx(theirs["difference"], rel=1e-4)
    assert [c.error for c in found] == pytest.approx(theirs["error"], rel=1e-4)


@pytest.mark.parametrize("name", EXPECTED)
def test_degrees_of_freedom_and_p_values_are_those_of_the_likelihood_in_r(name) -> None:
    baseline, change, treated, visits = trial(name)
    fitted = fit_repeated_measures(change, design_of(baseline, treated))
    m, theirs = len(visits), EXPECTED[name]["likelihood"]
    freedom = [fitted.contrast(np.eye(3 * m)[m + visit]).freedom for visit in range(m)]
    assert freedom == pytest.approx(theirs["df"], rel=1e-4)
    assert fitted.visit_covariance == pytest.approx(np.array(theirs["sigma"]), rel=1e-4)
    told = mmrm(baseline, change, treated, followups=visits)
    in_model = [visits.index(s.followup) for s in told if s.value is not None]
    if len(in_model) == m:  # no follow-up had too few subjects
        assert [s.p_value for s in told] == pytest.approx(theirs["p"], rel=1e-3)
        assert [s.value for s in told] == pytest.approx(theirs["difference"], rel=1e-4)


def test_most_trials_give_a_p_value_of_every_visit() -> None:
    told = {name: mmrm(*trial(name)[:3], followups=trial(name)[3]) for name in EXPECTED}
    complete = [name for name, found in told.items() if all(s.p_value for s in found)]
    assert len(complete) >= 6


def test_one_visit_is_least_squares() -> None:
    rng = np.random.default_rng(2)
    x = np.column_stack([np.ones(25), rng.normal(size=25)])
    y = x @ [1.0, 2.0] + rng.normal(size=25)
    fitted = fit_repeated_measures(y[:, None], x[:, None])
    slope = fitted.contrast([0, 1])
    theirs = stats.linregress(x[:, 1], y)
    assert slope.value == pytest.approx(theirs.slope)
    assert slope.error == pytest.approx(theirs.stderr)
    assert slope.freedom == pytest.approx(23)


def test_a_contrast_of_contrasts_is_its_difference() -> None:
    baseline, change, treated, visits = trial("missing visits")
    fitted = fit_repeated_measures(change, design_of(baseline, treated))
    m = len(visits)
    early, late = np.eye(3 * m)[m], np.eye(3 * m)[2 * m - 1]
    assert fitted.contrast(late - early).value == pytest.approx(
        fitted.contrast(late).value - fitted.contrast(early).value
    )


def test_visits_of_other_subjects_each_have_no_covariance() -> None:
    rng = np.random.default_rng(2)
    y = rng.normal(size=(20, 2))
    y[:10, 0], y[10:, 1] = np.nan, np.nan
    design = np.zeros((20, 2, 2))
    design[:, [0, 1], [0, 1]] = 1
    with pytest.raises(NotEvaluable, match="same subjects"):
        fit_repeated_measures(y, design)
    with pytest.raises(NotEvaluable, match="no response"):
        fit_repeated_measures(np.full((20, 2), np.nan), design)
