"""Real pairs beside phantoms: what is pooled, and when patients count alone."""

import numpy as np
import pytest
from scipy import stats

from mri_bme.measurement_error import RC_PER_WSD, detectable_table
from mri_bme.sacroiliac import RegionKind
from mri_bme.verify.regions import Difference
from mri_bme.verify.repeats import (
    Repeat,
    Scatter,
    beyond_phantoms,
    pairs_needed,
    pooled_detectable,
    pooled_words,
    repeat_figures,
    scatter_of,
)

LEVELS = (0.5, 2.0, 10.0)


def scatter(n: int, share: float, seed: int) -> Scatter:
    """Pairs of wSD `share` of the volume."""
    rng = np.random.default_rng(seed)
    volumes = np.resize([0.5, 2.0, 10.0, 30.0], n)
    changes = np.sqrt(2) * share * volumes * rng.standard_normal(n)
    return Scatter(volumes=volumes, changes=changes, n_subjects=n)


def difference(first: float, second: float, kind: RegionKind = RegionKind.TOTAL) -> Difference:
    return Difference(
        region="total",
        kind=kind,
        baseline_ml=first,
        followup_ml=second,
        interval_ml=None,
        verdict="",
    )


def test_repeats_that_scatter_as_phantoms_do_are_pooled() -> None:
    found = pooled_detectable(scatter(200, 0.05, 1), scatter(100, 0.05, 2), LEVELS, limit_ml=0.0)
    assert found.source == "phantoms and repeats"
    assert found.ratio == pytest.approx(1.0, abs=0.25)
    assert found.detectable_ml[-1] == pytest.approx(RC_PER_WSD * 0.05 * 10, rel=0.2)


def test_repeats_that_surely_scatter_more_count_alone() -> None:
    """Patients of twice the scatter: the table is theirs, not that of 200 kinder phantoms."""
    found = pooled_detectable(scatter(200, 0.05, 1), scatter(40, 0.10, 3), LEVELS, limit_ml=0.0)
    assert found.source.startswith("repeats, which scatter more")
    assert found.ratio == pytest.approx(2.0, rel=0.25)
    assert found.p_value < 0.001
    assert found.detectable_ml[-1] == pytest.approx(RC_PER_WSD * 0.10 * 10 * 1.2, rel=0.25)


def test_no_table_lies_below_the_detection_limit() -> None:
    found = pooled_detectable(scatter(50, 0.01, 1), scatter(20, 0.01, 2), LEVELS, limit_ml=0.3)
    assert min(found.detectable_ml) == 0.3


def test_without_phantoms_repeats_stand_alone() -> None:
    none = Scatter(volumes=np.zeros(0), changes=np.zeros(0), n_subjects=0)
    found = pooled_detectable(none, scatter(40, 0.05, 2), LEVELS, limit_ml=0.0)
    assert (found.source, found.ratio) == ("repeats alone", None)
    assert found.detectable_ml[-1] > RC_PER_WSD * 0.05 * 10 * 0.9


def test_regions_without_edema_say_nothing_of_repetition() -> None:
    quadrants = [
        difference(0.0, 0.0, RegionKind.QUADRANT),
        difference(1.0, 1.5, RegionKind.QUADRANT),
    ]
    found = scatter_of([("a", quadrants), ("b", quadrants[:1])], RegionKind.QUADRANT)
    assert (found.volumes.tolist(), found.changes.tolist()) == ([1.25], [0.5])
    assert found.n_subjects == 1


def test_figures_of_real_pairs_by_hand() -> None:
    """Differences of 1 and -1 at 5 mL: bias 0, wSD root of a half, and 2.77 of it."""
    repeats = [
        Repeat(subject="a", alike=True, differences=(difference(4.5, 5.5),)),
        Repeat(subject="b", alike=True, differences=(difference(5.5, 4.5),)),
        Repeat(subject="c", alike=False, differences=(difference(5.0, 4.0),)),
        Repeat(subject="d", alike=True, reason="no joint"),
    ]
    found = {f.name: f for f in repeat_figures(repeats, LEVELS)}
    assert found["wSD of repeats"].value == pytest.approx(np.sqrt(0.5))
    assert found["wSD of repeats"].n == 2
    assert found["repeatability coefficient of repeats"].value == pytest.approx(1.96, abs=0.001)
    assert found["RDC of repeats"].value == pytest.approx(1.96, abs=0.001)
    assert found["bias between repeats"].value == pytest.approx(-1.0)  # of the one not alike


@pytest.mark.parametrize(
    ("bound", "n", "at_n", "at_one_less"),
    [
        (1.1, 166, 137.2087, 136.2992),
        (1.2, 50, 34.76425, 33.93031),
        (1.25, 35, 22.46502, 21.66428),  # the 35 subjects that QIBA asks for
        (1.5, 13, 5.891864, 5.226029),
    ],
)
def test_pairs_needed_are_the_first_whose_chi_squared_bounds_the_sd(
    bound: float, n: int, at_n: float, at_one_less: float
) -> None:
    """By hand: n pairs bound an SD at sqrt(n / q) times it, q = `qchisq(0.05, n)` of R 4.2.2."""
    assert np.sqrt(n / at_n) <= bound < np.sqrt((n - 1) / at_one_less)
    assert dict(pairs_needed())[bound] == n


def heavy(n: int, seed: int) -> Scatter:
    """Regions of which nine in ten repeat themselves well, and one in ten badly."""
    rng = np.random.default_rng(seed)
    volumes = np.resize([0.5, 2.0, 10.0, 30.0], n)
    sd = np.where(np.arange(n) % 10 == 0, 0.3, 0.03)
    changes = np.sqrt(2) * sd * volumes * rng.standard_normal(n)
    return Scatter(volumes=volumes, changes=changes, n_subjects=n)


@pytest.mark.parametrize("n_repeats", [5, 40])
def test_long_tails_stay_long_when_repeats_agree_with_phantoms(n_repeats: int) -> None:
    """A few real pairs like the phantoms' must not make a table of long tails one of a normal."""
    phantoms, repeats = heavy(400, 1), heavy(n_repeats, 4)
    repeats = Scatter(
        volumes=repeats.volumes, changes=np.abs(repeats.volumes) * 0.12, n_subjects=n_repeats
    )
    alone = detectable_table(phantoms.volumes, phantoms.changes, LEVELS, limit_ml=0.0)
    found = pooled_detectable(phantoms, repeats, LEVELS, limit_ml=0.0)
    assert 0.85 < found.ratio < 1.15
    assert found.detectable_ml == pytest.approx(alone, rel=0.08)


def test_pooling_by_hand() -> None:
    """Phantoms of wSD 1 at any volume, m = 199; 20 pairs of 1.1: (m + n q) / (m + n), chi-squared.

    The fifth percentile of chi-squared with 219 degrees of freedom is 185.7 (R: qchisq).
    """
    phantoms = Scatter(
        volumes=np.full(200, 5.0), changes=np.full(200, np.sqrt(2.0)), n_subjects=200
    )
    repeats = Scatter(
        volumes=np.full(20, 5.0), changes=np.full(20, 1.1 * np.sqrt(2.0)), n_subjects=20
    )
    found = pooled_detectable(phantoms, repeats, (5.0,), limit_ml=0.0)
    factor = (199 + 20 * 1.21) / 219
    assert found.ratio == pytest.approx(1.1, rel=1e-3)
    by_hand = 1.96 * np.sqrt(2) * np.sqrt(factor * 219 / 185.7)
    assert found.detectable_ml[0] == pytest.approx(by_hand, rel=2e-3)
    assert found.p_value == pytest.approx(stats.f.sf(1.21, 20, 199), rel=2e-2)


def test_several_pairs_of_one_subject_are_no_several_subjects() -> None:
    """Bounds and Student's interval are of three subjects, however often each was scanned."""
    told = [
        Repeat(subject=f"s{n % 3}", alike=True, differences=(difference(5.0, 5.0 + one),))
        for n, one in enumerate([0.3, -0.2, 0.4, 0.1, -0.3, 0.2, 0.5, -0.1, 0.0])
    ]
    found = {f.name: f for f in repeat_figures(told, LEVELS)}
    wsd = found["wSD of repeats"]
    assert (wsd.n, wsd.value) == (9, pytest.approx(np.sqrt(0.69 / 9 / 2)))
    assert wsd.high == pytest.approx(wsd.value * np.sqrt(3 / 0.3518463))  # R: qchisq(0.05, 3)
    means = np.array([0.3 + 0.1 + 0.5, -0.2 - 0.3 - 0.1, 0.4 + 0.2 + 0.0]) / 3
    interval = stats.t.interval(0.95, 2, means.mean(), stats.sem(means))
    bias = found["bias between repeats"]
    assert (bias.low, bias.high) == pytest.approx(interval)


def test_subjects_without_edema_do_not_make_a_measurement_more_precise() -> None:
    real = [
        Repeat(subject=f"{n}", alike=True, differences=(difference(4.0, 4.0 + one),))
        for n, one in enumerate([1.0, -1.0, 1.0])
    ]
    healthy = [
        Repeat(subject=f"h{n}", alike=True, differences=(difference(0.0, 0.0),)) for n in range(20)
    ]
    with_them, without = (
        {(f.name, f.at): (f.value, f.high, f.n) for f in repeat_figures(told, LEVELS)}
        for told in (real + healthy, real)
    )
    assert with_them == without


def test_a_large_volume_is_judged_in_proportion_as_in_a_run() -> None:
    """Beyond the last volume of the table the smallest detectable change grows with the volume."""
    real = [Repeat(subject="big", alike=True, differences=(difference(98.0, 102.0),))]
    assert beyond_phantoms(real, (0.0, 20.0), (0.2, 1.0)) == ()
    assert beyond_phantoms(real, (0.0, 20.0), (0.2, 0.7)) == ("big",)


def test_tables_are_said_to_be_pooled_only_where_they_are() -> None:
    some = [
        Repeat(subject=f"{n}", alike=True, differences=(difference(4.0, 4.2),)) for n in range(3)
    ]
    assert pooled_words(some) == "pooled with 3 real subjects scanned twice"
    assert pooled_words(some[:2]).startswith("of phantoms alone (2 real subjects")
