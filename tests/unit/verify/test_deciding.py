"""How many more would decide, against intervals computed by hand."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from mri_bme.verify import Figure
from mri_bme.verify.deciding import what_decides


def test_more_subjects_narrow_a_mean_by_their_root_and_by_students_t() -> None:
    """SD 0.03 of three: ±0.075. Nine give 2.306 x 0.01 = 0.023, ten 0.0215: 0.022 needs ten."""
    sd = 0.03
    half = stats.t.ppf(0.975, 2) * sd / np.sqrt(3)
    slope = Figure(
        name="slope", at="all", value=0.92, low=0.92 - half, high=0.92 + half, unit="", n_subjects=3
    )
    said = what_decides(slope, at_least=0.92 - 0.022, at_most=1.15)
    assert said == "about 10 subjects in place of 3"


def test_r_squared_narrows_as_fishers_z_does() -> None:
    """Half widths of z: 3 subjects 2.0, and 1.2 brings the lower end of 0.99 to 0.95 or more."""
    z, half = np.arctanh(np.sqrt(0.99)), 2.0
    low, high = (np.tanh(z + sign * half) ** 2 for sign in (-1, 1))
    wide = Figure(
        name="linearity, R squared", at="all", value=0.99, low=low, high=high, unit="", n_subjects=3
    )
    needed = z - np.arctanh(np.sqrt(0.95))
    halves = {n: stats.t.ppf(0.975, n - 1) / np.sqrt(n) for n in range(3, 40)}
    first = next(n for n, own in halves.items() if half * own / halves[3] <= needed)
    said = what_decides(wide, at_least=0.95, at_most=None)
    assert said == f"about {first} subjects in place of 3"


def test_more_scans_narrow_a_share_as_wilsons_interval() -> None:
    """All of n: the lower end is n / (n + 3.84), which reaches 95 % with 73."""
    share = Figure(name="evaluable scans", at="", value=100.0, low=88.6, high=100, unit="%", n=30)
    assert what_decides(share, at_least=95, at_most=None) == "about 73 scans in place of 30"


def test_a_share_just_beyond_is_decided_where_its_interval_lies_beyond() -> None:
    share = Figure(
        name="truth inside the interval", at="", value=90.0, low=70.0, high=97.0, unit="%", n=20
    )
    words = what_decides(share, at_least=95, at_most=None).split()
    assert words[2:] == ["volumes", "in", "place", "of", "20"]
    n = int(words[1])
    interval = stats.binomtest(round(0.9 * n), n).proportion_ci(0.95, method="wilson")
    assert interval.high < 0.95


def test_scans_that_agree_within_a_subject_need_more_of_them() -> None:
    share = Figure(name="evaluable scans", at="", value=96.0, low=80, high=99, unit="%", n=50)
    alone, twice = (
        int(
            what_decides(replace(share, design_effect=effect), at_least=90, at_most=None).split()[1]
        )
        for effect in (1.0, 2.0)
    )
    assert twice == pytest.approx(2 * alone, rel=0.1)


def test_a_rate_is_that_of_poisson() -> None:
    """None in n: the upper end is 3.689 / n, at most 0.05 with 74."""
    rate = Figure(name="false", at="", value=0.0, low=0.0, high=0.12, unit="per scan", n=30)
    assert what_decides(rate, at_least=None, at_most=0.05) == "about 74 scans in place of 30"


def test_the_bound_of_a_precision_narrows_with_its_degrees_of_freedom() -> None:
    """35 repetitions bound an SD within 25 % (QIBA), eight within 71 %."""
    bound = 10 * np.sqrt(8 / stats.chi2.ppf(0.05, 8))
    wcv = Figure(name="wCV", at="", value=10.0, high=bound, unit="%", n=8)
    assert what_decides(wcv, at_least=None, at_most=12.5) == "about 35 repetitions in place of 8"


@pytest.mark.parametrize("value", [5.0, 4.9999])
def test_what_lies_at_the_limit_is_never_decided(value: float) -> None:
    mean = Figure(name="bias", at="", value=value, low=value - 1, high=value + 1, n_subjects=6)
    said = what_decides(mean, at_least=None, at_most=5.0)
    assert said == "more than 2000 subjects in place of 6"
