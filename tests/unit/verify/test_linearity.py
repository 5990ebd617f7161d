"""A line, a curve and their errors, against known answers."""

import numpy as np
import pytest
import statsmodels.api as sm

from mri_bme.verify.linearity import weighted_fit


@pytest.mark.parametrize("order", [1, 2])
def test_the_fit_and_its_errors_are_those_of_weighted_least_squares(order: int) -> None:
    rng = np.random.default_rng(2)
    true = np.repeat([0.0, 0.5, 2.0, 6.0, 20.0], 6)
    found = 0.1 + 0.95 * true + rng.normal(0, 0.1 + 0.05 * true)
    terms, errors, t = weighted_fit(true, found, order=order)
    design = np.vander(true, order + 1, increasing=True)
    theirs = sm.WLS(found, design, weights=1 / (0.5 + true)).fit()
    assert terms == pytest.approx(theirs.params, rel=1e-6)
    assert errors == pytest.approx(theirs.bse, rel=1e-6)
    assert terms[1] + t * errors[1] == pytest.approx(theirs.conf_int()[1][1], rel=1e-6)


@pytest.mark.parametrize("order", [1, 2])
def test_scans_of_one_subject_are_no_independent_evidence(order: int) -> None:
    rng = np.random.default_rng(3)
    subjects = np.repeat(np.arange(5), 8)
    true = np.tile([0.0, 0.5, 2.0, 6.0, 12.0, 20.0, 30.0, 40.0], 5)
    found = true * (1 + rng.normal(0, 0.1, 5)[subjects]) + rng.normal(0, 0.05, 40)
    _, errors, t = weighted_fit(true, found, order=order, subjects=subjects.tolist())
    design = np.vander(true, order + 1, increasing=True)
    theirs = sm.WLS(found, design, weights=1 / (0.5 + true)).fit(
        cov_type="cluster", cov_kwds={"groups": subjects}, use_t=True
    )
    assert errors == pytest.approx(theirs.bse, rel=1e-6)
    assert t * errors[1] == pytest.approx(np.diff(theirs.conf_int()[1])[0] / 2, rel=1e-6)
    assert order > 1 or errors[1] > 2 * weighted_fit(true, found, order=1)[1][1]


@pytest.mark.parametrize("seed", range(5))
def test_too_few_volumes_for_a_curve_still_have_errors(seed: int) -> None:
    """Nothing tells a curve through two volumes: no variance may come out below zero for it."""
    true = np.repeat([0.0, 2.0], 6)
    found = true + np.where(true > 0, np.random.default_rng(seed).normal(0, 0.05, 12), 0.0)
    _, errors, _ = weighted_fit(true, found, order=2, subjects=[0, 1, 2] * 4)
    assert np.isfinite(errors).all()
