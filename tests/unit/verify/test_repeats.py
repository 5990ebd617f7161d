"""Real pairs beside phantoms: what is pooled, and when patients count alone."""

import numpy as np
import pytest

from mri_bme.measurement_error import RC_PER_WSD
from mri_bme.sacroiliac import RegionKind
from mri_bme.verify.regions import Difference
from mri_bme.verify.repeats import (
    Repeat,
    Scatter,
    pairs_needed,
    pooled_detectable,
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
