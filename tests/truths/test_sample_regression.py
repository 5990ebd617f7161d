"""The scores of the sample subject, pinned; a drift fails with a table of what moved."""

import json
from typing import Any

import numpy as np
import pytest
from pin_sample import SAMPLE, measured_sample, sample_visits

from mri_bme.pipeline import SubjectResult
from mri_bme.study import Visit

# Repeatability of verify near 9 mL is 0.6 mL; a drift of a third of it deserves a look.
TOLERANCE_ML = 0.2
SPARCC_TOLERANCE = 2


@pytest.fixture(scope="module")
def visits() -> tuple[Visit, ...]:
    return sample_visits()


@pytest.fixture(scope="module")
def result(visits: tuple[Visit, ...]) -> SubjectResult:
    return measured_sample(visits)


def test_the_sample_is_two_visits_98_days_apart(visits: tuple[Visit, ...]) -> None:
    assert [(visit.label, visit.day) for visit in visits] == [("baseline", 0), ("week14", 98)]
    assert all(len(visit.series) >= 4 for visit in visits)
    assert sum(path.stat().st_size for path in SAMPLE.rglob("*") if path.is_file()) < 6_000_000


def drifted(expected: dict[str, Any], result: SubjectResult) -> list[str]:
    """List every number that moved by more than its tolerance, one line each."""
    lines = []
    for visit in result.visits:
        pinned = expected["visits"][visit.label]
        assert visit.burden is not None, visit.reason
        for region, ml in pinned["edema_ml"].items():
            now = visit.burden.regions[region].edema_ml
            if abs(now - ml) > TOLERANCE_ML:
                lines.append(_line(visit.label, f"{region}, mL", ml, now, TOLERANCE_ML))
        was, now = pinned["sparcc_estimate"] or 0, visit.burden.sparcc_estimate or 0
        if abs(now - was) > SPARCC_TOLERANCE:
            lines.append(_line(visit.label, "SPARCC estimate", was, now, SPARCC_TOLERANCE))
    return lines


def _line(visit: str, what: str, was: float, now: float, tolerance: float) -> str:
    return f"{visit:10} {what:26} {was:8.2f} {now:8.2f} {now - was:+8.2f} {tolerance:10.2f}"


def test_scores_of_the_sample_have_not_drifted(result: SubjectResult) -> None:
    expected = json.loads((SAMPLE / "expected.json").read_text())
    moved = drifted(expected, result)
    truth = ", ".join(f"{name} {v['truth_ml']:.2f} mL" for name, v in expected["visits"].items())
    heading = f"{'visit':10} {'what':26} {'pinned':>8} {'now':>8} {'change':>8} {'tolerated':>10}"
    advice = (
        f"Put in: {truth}. If the change is wanted, run tests/scenes/pin_sample.py and say in "
        "the commit why the numbers moved."
    )
    assert not moved, "\n".join(["the sample's scores have drifted", heading, *moved, advice])
    verdict = result.changes["week14"].verdict.value
    assert verdict == expected["change"]["verdict"]


def test_a_drift_is_told_as_a_table(result: SubjectResult) -> None:
    expected = json.loads((SAMPLE / "expected.json").read_text())
    expected["visits"]["baseline"]["edema_ml"]["total"] += 1.0
    expected["visits"]["week14"]["sparcc_estimate"] += 9
    moved = drifted(expected, result)
    assert [line.split()[0] for line in moved] == ["baseline", "week14"]
    assert [len(line) for line in moved] == [75, 75]


def test_the_sample_is_measured_near_its_truth(result: SubjectResult) -> None:
    """Both visits within 25 % or 0.3 mL of the truth, and the fall is called a fall."""
    truth: dict[str, Any] = json.loads((SAMPLE / "truth.json").read_text())
    for visit, known in zip(result.visits, truth["visits"], strict=True):
        assert visit.burden is not None
        found = visit.burden.regions["total"].edema_ml
        assert found == pytest.approx(known["edema_ml"]["total"], rel=0.25, abs=0.3)
        assert visit.burden.regions["right"].edema_ml < 0.2
    assert result.changes["week14"].verdict.value in {"decreased", "resolved"}


def test_registration_finds_the_true_motion(result: SubjectResult) -> None:
    truth = json.loads((SAMPLE / "truth.json").read_text())
    true = np.array(truth["followup_from_baseline"])
    found = result.registrations["week14"].moving_from_fixed.b_from_a
    volume = result.visits[0].visit.volume
    assert volume is not None
    point = np.append(volume.geometry.centre_lps_mm, 1.0)
    assert np.linalg.norm((found - true) @ point) < 0.5
