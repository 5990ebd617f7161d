"""Two measurements of the same visits: what the second has less, and what both have."""

from dataclasses import replace

import numpy as np
import pytest
from made_up_cohort import made_up

from mri_bme.summarize_cohort import Cohort, summarize_agreement


def read_by_another(cohort: Cohort, shift: float, noise: float = 0.0) -> Cohort:
    rng = np.random.default_rng(3)
    read = tuple(
        replace(m, value=m.value + shift + noise * float(rng.normal())) for m in cohort.measurements
    )
    return replace(cohort, measurements=read, changes=())


def one(statistics, name, followup):
    (found,) = [s for s in statistics if (s.statistic, s.followup) == (name, followup)]
    return found


def test_agreement_is_over_what_both_have() -> None:
    cohort = made_up()
    half = replace(cohort, measurements=cohort.measurements[:30], changes=())
    statistics, pairs = summarize_agreement(half, cohort, against="both")
    assert {pair.subject for pair in pairs} == {m.subject for m in half.measurements}
    assert all(s.value is None or s.n >= 6 for s in statistics)


def test_the_bias_is_first_minus_second_and_no_bias_of_change() -> None:
    cohort = replace(made_up(), changes=())
    statistics, _ = summarize_agreement(cohort, read_by_another(cohort, 0.5), against="reader")
    assert one(statistics, "bias", "baseline").value == pytest.approx(-0.5)
    assert one(statistics, "bias", "change week14").value == pytest.approx(0.0, abs=1e-9)
    assert {s.against for s in statistics} == {"reader"}


def test_of_two_change_scores_each_carries_its_part_of_the_error() -> None:
    """Bruynesteyn 2005: for changes, the smallest detectable one is divided by sqrt(2)."""
    cohort = replace(made_up(), changes=())
    other = read_by_another(cohort, 0.0, noise=0.4)
    statistics, pairs = summarize_agreement(cohort, other, against="reader")
    differences = [p.first - p.second for p in pairs if p.visit == "change week14"]
    expected = 1.96 * np.std(differences, ddof=1) / np.sqrt(2)
    assert one(statistics, "sdc", "change week14").value == pytest.approx(expected, rel=0.001)
    whole = [p.first - p.second for p in pairs if p.visit == "week14"]
    assert one(statistics, "sdc", "week14").value == pytest.approx(
        1.96 * np.std(whole, ddof=1), rel=0.001
    )


def test_nothing_in_common_gives_no_pair() -> None:
    cohort = made_up(6)
    renamed = tuple(replace(m, subject=f"X{m.subject}") for m in cohort.measurements)
    other = replace(cohort, measurements=renamed, changes=())
    assert summarize_agreement(cohort, other, against="x") == ((), ())
