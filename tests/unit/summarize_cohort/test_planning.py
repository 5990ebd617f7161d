"""Sample sizes against published tables."""

import numpy as np
import pytest
from statsmodels.stats.power import TTestIndPower, TTestPower
from statsmodels.stats.proportion import power_proportions_2indep

from mri_bme.errors import NotEvaluable
from mri_bme.summarize_cohort.planning import (
    subjects_ancova,
    subjects_before_after,
    subjects_per_arm,
    subjects_responders,
    with_dropout,
)


def test_sample_sizes_are_cohens() -> None:
    # Cohen 1988, table 2.4.1: d = 0.5, two-sided 5 %, power 80 % needs 64 per arm
    assert subjects_per_arm(1.0, 2.0) == 64
    for difference in (0.8, 1.7, 4.0):
        theirs = TTestIndPower().solve_power(difference / 2, alpha=0.05, power=0.8)
        assert subjects_per_arm(difference, 2.0) == int(np.ceil(theirs))
        paired = TTestPower().solve_power(difference / 2, alpha=0.05, power=0.8)
        assert subjects_before_after(-difference, 2.0) == int(np.ceil(paired))


@pytest.mark.parametrize(
    ("effect", "power", "two_arms", "paired"),
    [
        (0.25, 0.8, 252.1281, 127.5158),
        (0.25, 0.9, 337.2008, 170.0511),
        (0.5, 0.8, 63.76576, 33.36713),
        (0.5, 0.9, 85.03129, 43.99551),
        (0.85, 0.8, 22.72853, 12.91482),
        (1.2, 0.9, 15.61967, 9.425883),
        (2.0, 0.8, 5.090008, 4.220731),
    ],
)
def test_sample_sizes_are_those_of_r(
    effect: float, power: float, two_arms: float, paired: float
) -> None:
    """Of R 4.2.2: `power.t.test(delta, sd = 1, power)`, and with `type = "paired", strict = TRUE`.

    R gives fractions; subjects are whole.
    """
    assert subjects_per_arm(effect, 1.0, power=power) == int(np.ceil(two_arms))
    assert subjects_before_after(effect, 1.0, power=power) == int(np.ceil(paired))


@pytest.mark.parametrize(
    ("first", "second", "power", "theirs"),
    [
        (0.6, 0.3, 0.8, 41.97025),
        (0.25, 0.4, 0.9, 202.8095),
        (0.1, 0.02, 0.8, 137.1516),
        (0.67, 0.43, 0.8, 66.26002),
        (0.5, 0.75, 0.9, 76.70693),
    ],
)
def test_responders_are_those_of_r(
    first: float, second: float, power: float, theirs: float
) -> None:
    """Of R 4.2.2: `power.prop.test(p1, p2, power)`."""
    assert subjects_responders(first, second, power=power) == int(np.ceil(theirs))


@pytest.mark.parametrize("correlation", [0.0, 0.5, 0.8])
def test_a_baseline_saves_subjects_as_its_correlation_says(correlation: float) -> None:
    """Borm et al. 2007: those of the t test times 1 - r squared, and one more per arm."""
    residual = 2.0 * np.sqrt(1 - correlation**2)
    theirs = (1 - correlation**2) * subjects_per_arm(1.0, 2.0) + 1
    assert subjects_ancova(1.0, residual) == pytest.approx(theirs, abs=1)


@pytest.mark.parametrize(("first", "second"), [(0.6, 0.3), (0.25, 0.40), (0.1, 0.02)])
def test_responders_have_the_power_that_statsmodels_says(first: float, second: float) -> None:
    n = subjects_responders(first, second)
    powers = [
        power_proportions_2indep(first - second, second, nobs1=k, ratio=1).power for k in (n - 1, n)
    ]
    assert powers[0] < 0.8 <= powers[1]


def test_a_tenth_that_is_lost_is_enrolled_besides() -> None:
    assert with_dropout(64, 0.1) == 72
    assert with_dropout(90, 0.1) == 100
    assert with_dropout(64, 0.0) == 64


def test_no_difference_needs_no_number_of_subjects() -> None:
    with pytest.raises(NotEvaluable, match="no number of subjects"):
        subjects_per_arm(0.0, 2.0)
    with pytest.raises(NotEvaluable, match="equally many"):
        subjects_responders(0.3, 0.3)
