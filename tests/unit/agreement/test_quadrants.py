"""Kappa against numbers worked by hand, and against R (``oracle/expected.R``)."""

import json
import math
from pathlib import Path

import pytest

from mri_bme.agreement.quadrants import agreement_by_chance_corrected

EXPECTED = json.loads((Path(__file__).parent / "oracle" / "expected.json").read_text())["kappa"]


def answers(both: int, first: int, second: int, neither: int) -> tuple[list[bool], list[bool]]:
    pairs = [(True, True)] * both + [(True, False)] * first + [(False, True)] * second
    pairs += [(False, False)] * neither
    return [a for a, _ in pairs], [b for _, b in pairs]


def test_kappa_of_fifty_quadrants() -> None:
    # observed 35/50; by chance (25 * 30 + 25 * 20) / 2500 = 1/2: kappa (0.7 - 0.5) / 0.5
    found = agreement_by_chance_corrected(*answers(20, 5, 10, 15))
    assert found.value == pytest.approx(0.4)
    assert found.n == 50
    # Fleiss, Cohen & Everitt 1969: variance
    # (sum of p_ii (1 - (p_i. + p_.i)(1 - k))^2 + (1-k)^2 sum of p_ij (p_.i + p_j.)^2
    #  - (k - pe (1 - k))^2) / (n (1 - pe)^2)
    k, pe, n = 0.4, 0.5, 50
    p = {"yy": 0.4, "yn": 0.1, "ny": 0.2, "nn": 0.3}
    rows, columns = (0.5, 0.5), (0.6, 0.4)
    on = p["yy"] * (1 - (rows[0] + columns[0]) * (1 - k)) ** 2
    on += p["nn"] * (1 - (rows[1] + columns[1]) * (1 - k)) ** 2
    off = p["yn"] * (columns[0] + rows[1]) ** 2 + p["ny"] * (columns[1] + rows[0]) ** 2
    variance = (on + (1 - k) ** 2 * off - (k - pe * (1 - k)) ** 2) / (n * (1 - pe) ** 2)
    half = 1.959964 * math.sqrt(variance)
    assert found.ci_low == pytest.approx(0.4 - half, abs=1e-6)
    assert found.ci_high == pytest.approx(0.4 + half, abs=1e-6)


def test_readers_who_agree_on_all_have_a_kappa_of_one() -> None:
    assert agreement_by_chance_corrected(*answers(5, 0, 0, 5)).value == pytest.approx(1)


def test_a_reader_who_always_says_no_has_no_kappa() -> None:
    found = agreement_by_chance_corrected(*answers(0, 4, 0, 6))
    assert found.value is None
    assert "same answer" in found.note


def test_without_quadrants_nothing_is_told() -> None:
    assert agreement_by_chance_corrected([], []).note


@pytest.mark.parametrize("table", [(20, 5, 10, 15), (1, 0, 1, 48), (3, 30, 30, 3)])
def test_kappa_and_its_interval_are_those_of_statsmodels(table: tuple[int, ...]) -> None:
    inter_rater = pytest.importorskip("statsmodels.stats.inter_rater")
    both, first, second, neither = table
    oracle = inter_rater.cohens_kappa([[neither, second], [first, both]])
    found = agreement_by_chance_corrected(*answers(*table))
    limits = (max(oracle.kappa_low, -1.0), min(oracle.kappa_upp, 1.0))
    assert found.value == pytest.approx(oracle.kappa)
    assert (found.ci_low, found.ci_high) == pytest.approx(limits)


def test_readers_who_agree_on_all_have_no_interval_of_one_point() -> None:
    found = agreement_by_chance_corrected(*answers(5, 0, 0, 5))
    assert (found.ci_low, found.ci_high) == (None, None)
    assert "no interval" in found.note


@pytest.mark.parametrize("name", EXPECTED)
def test_kappa_and_its_interval_are_those_of_psych(name: str) -> None:
    told = EXPECTED[name]
    found = agreement_by_chance_corrected(*answers(*(int(n) for n in told["counts"])))
    assert found.value == pytest.approx(told["value"], abs=1e-9)
    ends = max(told["low"], -1.0), min(told["high"], 1.0)
    assert (found.ci_low, found.ci_high) == pytest.approx(ends, abs=1e-6)
