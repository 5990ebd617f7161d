"""What a run found is taken up again to the last digit, from its folder alone."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from read_study import add_t1

from mri_bme import pipeline
from mri_bme.batch import recall
from mri_bme.batch.pages import RECORD_NAME
from mri_bme.batch.recall import recall_subject
from mri_bme.batch.status import read_status
from mri_bme.errors import UnreadableInput
from mri_bme.findings import EdemaBurden
from mri_bme.record.subjects import rows_of
from mri_bme.score_edema import score_edema


@pytest.mark.parametrize("table", ["visits", "changes", "lesions", "sensitivity"])
def test_a_recalled_subject_gives_the_rows_of_its_run(measured_study: Path, table: str) -> None:
    recalled = recall_subject(measured_study, "sub-01")
    status = read_status(measured_study, "sub-01")
    assert status is not None
    rows = rows_of(recalled.status.subject, recalled.result)[table]
    assert rows
    assert [dict(row) for row in rows] == [dict(row) for row in status.rows[table]]


def test_the_scan_is_the_one_that_was_measured(measured_study: Path) -> None:
    recalled = recall_subject(measured_study, "sub-01")
    visit = recalled.result.visits[0]
    assert visit.visit.volume is not None
    assert visit.segmentation is not None
    assert visit.visit.volume.geometry.matches(visit.segmentation.mask.geometry)
    inside = visit.visit.volume.voxels[visit.segmentation.mask.voxels]
    assert np.median(inside) == 260
    assert recalled.grids["baseline"].session == "baseline"


def test_what_a_run_told_is_not_computed_again(
    measured_study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_more(*_: Any, **__: Any) -> None:
        raise AssertionError("computed again")

    monkeypatch.setattr(pipeline, "score_edema", no_more)
    monkeypatch.setattr(pipeline, "compare_visits", no_more)
    found = recall_subject(measured_study, "sub-01").result
    assert found.visits[0].burden is not None
    assert found.visits[0].burden.regions["total"].edema_ml > 1
    assert found.changes["week14"].evaluable


@pytest.mark.parametrize("why", ["another code measured it", "its record was edited"])
def test_what_may_not_be_what_a_run_told_is_computed_again(
    study: Path, monkeypatch: pytest.MonkeyPatch, why: str
) -> None:
    record = study / "sub-01" / RECORD_NAME
    told = recall_subject(study, "sub-01").result.visits[0].burden
    assert told is not None
    told_ml = told.regions["total"].edema_ml
    if why == "its record was edited":
        record.write_text(record.read_text().replace(repr(told_ml), "77.7"))
    else:
        monkeypatch.setattr(recall, "code_version", lambda: "0.0.0+before")
    counted = []

    def counting(*values: Any, **named: Any) -> EdemaBurden:
        counted.append(values)
        return score_edema(*values, **named)

    monkeypatch.setattr(pipeline, "score_edema", counting)
    recalled = recall_subject(study, "sub-01")
    assert len(counted) == 4  # each visit alone, and where both were seen
    status = read_status(study, "sub-01")
    assert status is not None
    rows = rows_of("01", recalled.result)
    for table in ("visits", "changes", "lesions", "sensitivity"):
        assert [dict(row) for row in rows[table]] == [dict(row) for row in status.rows[table]]


def test_t1w_comes_back_where_it_was_laid(study: Path) -> None:
    voxels = add_t1(study, "sub-01", "baseline")
    first, second = recall_subject(study, "sub-01").result.visits
    assert first.visit.t1 is not None
    assert np.array_equal(first.visit.t1.voxels, voxels)
    assert first.visit.volume is not None
    assert first.visit.t1.geometry.matches(first.visit.volume.geometry)
    assert second.visit.t1 is None


def test_a_subject_whose_remembered_stages_are_gone_is_to_be_run_again(study: Path) -> None:
    for path in (study / "sub-01" / ".stages").glob("edema-*"):
        path.unlink()
    with pytest.raises(UnreadableInput, match="run this subject again"):
        recall_subject(study, "sub-01")


def test_a_folder_without_results_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableInput, match="not finished"):
        recall_subject(tmp_path, "sub-01")
