"""ICC and kappa against R: ``oracle/expected.R`` made the ratings and gave the answers."""

import json
from pathlib import Path

import numpy as np
import pytest

from mri_bme.agreement.quadrants import agreement_by_chance_corrected
from mri_bme.summarize_cohort.agreement import intraclass_correlation

EXPECTED = json.loads((Path(__file__).parent / "oracle" / "expected.json").read_text())


@pytest.mark.parametrize("name", EXPECTED["icc"])
def test_icc_of_readers_and_its_interval_are_those_of_psych(name: str) -> None:
    told = EXPECTED["icc"][name]
    found = intraclass_correlation(np.array(told["ratings"]))
    assert found.value == pytest.approx(told["value"], abs=1e-9)
    assert (found.ci_low, found.ci_high) == pytest.approx((told["low"], told["high"]), abs=1e-6)


@pytest.mark.parametrize("name", EXPECTED["kappa"])
def test_kappa_of_quadrants_and_its_interval_are_those_of_psych(name: str) -> None:
    told = EXPECTED["kappa"][name]
    both, first, second, neither = (int(n) for n in told["counts"])
    one = [True] * (both + first) + [False] * (second + neither)
    other = [True] * both + [False] * first + [True] * second + [False] * neither
    found = agreement_by_chance_corrected(one, other)
    assert found.value == pytest.approx(told["value"], abs=1e-9)
    ends = max(told["low"], -1.0), min(told["high"], 1.0)
    assert (found.ci_low, found.ci_high) == pytest.approx(ends, abs=1e-6)
