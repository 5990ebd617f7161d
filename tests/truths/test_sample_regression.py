"""The scores of the sample subject, pinned; a drift fails with a table of what moved."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pin_sample import SAMPLE, measured_sample, sample_visits, told_of

from lab.benchmark.made_up_records import leave_records
from mri_bme.batch.status import read_statuses
from mri_bme.pipeline import SubjectResult
from mri_bme.record.subjects import rows_of
from mri_bme.study import Visit

TOLERANCE = 0.03  # of what is pinned: a third of the repeatability of verify near 9 mL
LEAST_TOLERANCE_ML = 0.01  # two voxels, where little or nothing is pinned
SPARCC_TOLERANCE = 0.08  # of what is pinned, and nothing where that is little
NO_EDEMA_ML = 0.05  # most that a joint without edema may be given


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
            tolerated = max(TOLERANCE * ml, LEAST_TOLERANCE_ML)
            if abs(now - ml) > tolerated:
                lines.append(_line(visit.label, f"{region}, mL", ml, now, tolerated))
        was, now = pinned["sparcc_estimate"] or 0, visit.burden.sparcc_estimate or 0
        if abs(now - was) > SPARCC_TOLERANCE * was:
            lines.append(_line(visit.label, "SPARCC estimate", was, now, SPARCC_TOLERANCE * was))
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
    expected["visits"]["baseline"]["edema_ml"]["total"] *= 1.05
    expected["visits"]["week14"]["edema_ml"]["left"] += 0.02
    moved = drifted(expected, result)
    assert [line.split()[0] for line in moved] == ["baseline", "week14"]
    assert [len(line) for line in moved] == [75, 75]


def test_the_sample_is_measured_near_its_truth(result: SubjectResult) -> None:
    """Within 25 % of the truth, where it is a quarter of a millilitre within 60 %, both joints."""
    truth: dict[str, Any] = json.loads((SAMPLE / "truth.json").read_text())
    for visit, known in zip(result.visits, truth["visits"], strict=True):
        assert visit.burden is not None
        true_ml = known["edema_ml"]["left"]
        found_ml = visit.burden.regions["left"].edema_ml
        assert found_ml == pytest.approx(true_ml, rel=0.25 if true_ml > 1 else 0.6)
        assert visit.burden.regions["right"].edema_ml < NO_EDEMA_ML
    assert result.changes["week14"].verdict.value in {"decreased", "resolved"}


@pytest.fixture(scope="module")
def found(visits: tuple[Visit, ...]) -> SubjectResult:
    return measured_sample(visits, true_bones=False)


def test_what_is_told_of_the_sample_with_found_bones_is_what_a_run_measures(
    found: SubjectResult,
) -> None:
    """The documents quote these numbers; `tests/system/test_quoted_figures.py` reads them there."""
    pins, now = json.loads((SAMPLE / "expected.json").read_text())["bones_found"], told_of(found)
    assert now["change"].pop("verdict") == pins["change"].pop("verdict")
    for part, told in pins.items():
        for name, value in told.items():
            assert now[part][name] == pytest.approx(value, rel=TOLERANCE, abs=LEAST_TOLERANCE_ML)


def test_no_edema_where_there_is_none_with_bones_found_automatically(
    found: SubjectResult,
) -> None:
    """The right joint has none at either visit, and its interval stays near zero."""
    for visit in found.visits:
        assert visit.burden is not None
        right = visit.burden.regions["right"]
        assert right.edema_ml < NO_EDEMA_ML
        assert right.interval_ml is not None
        assert right.interval_ml.high < NO_EDEMA_ML


def test_registration_finds_the_true_motion(result: SubjectResult) -> None:
    truth = json.loads((SAMPLE / "truth.json").read_text())
    true = np.array(truth["followup_from_baseline"])
    found = result.registrations["week14"].moving_from_fixed.b_from_a
    volume = result.visits[0].visit.volume
    assert volume is not None
    point = np.append(volume.geometry.centre_lps_mm, 1.0)
    assert np.linalg.norm((found - true) @ point) < 0.5


def test_records_made_up_for_timing_are_as_long_as_those_of_a_subject(
    found: SubjectResult, tmp_path: Path
) -> None:
    leave_records(tmp_path / "results", 1, seed=1)
    (made_up,) = read_statuses(tmp_path / "results")
    measured = rows_of("01", found)
    assert made_up.rows.keys() == measured.keys()
    for table, rows in measured.items():
        if table == "lesions":  # the sample has three; subjects differ
            assert len(made_up.rows[table]) >= len(rows)
        else:
            assert len(made_up.rows[table]) == len(rows), table
    for table, named in (("quality", "check"), ("sensitivity", "source")):
        names = [{row[named] for row in rows[table]} for rows in (made_up.rows, measured)]
        assert names[0] == names[1]
