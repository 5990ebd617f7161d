"""A line, a curve and their errors, against known answers."""

from dataclasses import replace

import numpy as np
import pytest
import statsmodels.api as sm

from mri_bme.verify.linearity import linearity_figures, r_squared, weighted_fit
from mri_bme.verify.measure import Measurement


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


VOLUMES = np.tile([0.0, 0.5, 2.0, 6.0, 20.0], 6)
SUBJECTS = np.repeat(np.arange(6), 5)


def found_of(rng: np.random.Generator, *, between: float) -> np.ndarray:
    """Volumes as found: each subject with a slope of its own, and scatter of each scan."""
    slopes = 1 + rng.normal(0, between, 6)
    return slopes[SUBJECTS] * VOLUMES + rng.normal(0, 0.3, len(VOLUMES))


def test_the_interval_of_r_squared_holds_the_true_one_in_95_of_100() -> None:
    """Six subjects who differ in slope by 10 %; the truth is that of 20,000 such subjects.

    Scans taken for independent (Fisher's z) hold it in far fewer.
    """
    rng = np.random.default_rng(11)
    many = np.concatenate([found_of(rng, between=0.1) for _ in range(3000)])
    true = np.corrcoef(np.tile(VOLUMES, 3000), many)[0, 1] ** 2
    held, naive = [], []
    for _ in range(300):
        found = found_of(rng, between=0.1)
        value, (low, high) = r_squared(VOLUMES, found, SUBJECTS.tolist())
        held.append(low <= true <= high)
        half = 1.96 / np.sqrt(len(VOLUMES) - 3)
        z = np.arctanh(np.sqrt(value))
        naive.append(np.tanh(z - half) ** 2 <= true <= np.tanh(z + half) ** 2)
    assert 0.90 <= np.mean(held) <= 0.995
    assert np.mean(naive) < np.mean(held)


def test_one_subject_has_an_r_squared_and_no_interval() -> None:
    found = VOLUMES[:5] + np.array([0.1, 0, 0, 0.2, 0])
    value, interval = r_squared(VOLUMES[:5], found, [1] * 5)
    assert 0.99 < value < 1
    assert interval == (None, None)


def test_a_perfect_line_has_no_room_around_its_r_squared() -> None:
    value, (low, high) = r_squared(VOLUMES, 0.9 * VOLUMES, SUBJECTS.tolist())
    assert (value, low, high) == pytest.approx((1.0, 1.0, 1.0))


def test_how_far_a_curve_departs_from_the_line_has_the_interval_of_its_term() -> None:
    """It is that of both fits, and may be none at all where 0 lies in the interval of the term."""
    rng = np.random.default_rng(4)
    found = VOLUMES - 0.01 * VOLUMES**2 + rng.normal(0, 0.1, len(VOLUMES))
    rows = [
        Measurement(
            case=f"{n}",
            seed=int(seed),
            level_ml=float(true),
            condition="as given",
            visit="baseline",
            bones="automatic",
            true_ml=float(true),
            found_ml=float(ml),
            interval_ml=None,
            registration_error_mm=None,
            change_verdict="",
            reason="",
        )
        for n, (seed, true, ml) in enumerate(zip(SUBJECTS, VOLUMES, found, strict=True))
    ]
    told = {f.name: f for f in linearity_figures(rows)}
    term = told["linearity, term of second order"]
    departure = told["linearity, largest departure of a curve from the line"]
    at = np.linspace(1, 20, 50)
    line, curve = (weighted_fit(VOLUMES, found, order=order)[0] for order in (1, 2))
    apart = 100 * np.abs(np.polyval(curve[::-1], at) - np.polyval(line[::-1], at)) / at
    assert departure.value == pytest.approx(apart.max(), rel=1e-6)
    assert (departure.low / departure.value, departure.high / departure.value) == pytest.approx(
        (term.high / term.value, term.low / term.value)
    )
    assert {f.n_subjects for f in told.values()} == {6}
    straight = [replace(row, found_ml=row.true_ml + 0.01 * (n % 3)) for n, row in enumerate(rows)]
    told = {f.name: f for f in linearity_figures(straight)}
    assert told["linearity, largest departure of a curve from the line"].low == 0
