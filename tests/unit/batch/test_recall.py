"""What a run found is taken up again to the last digit, from its folder alone."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from read_study import add_t1

from mri_bme.batch.recall import recall_subject
from mri_bme.batch.status import read_status
from mri_bme.errors import UnreadableInput
from mri_bme.readings.layers import Anatomy
from mri_bme.record.subjects import rows_of
from mri_bme.sacroiliac import RoiAttempt


@pytest.mark.parametrize("table", ["visits", "changes", "lesions"])
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


def test_visits_without_anatomy_of_their_own_get_that_of_the_other(measured_study: Path) -> None:
    subject = recall_subject(measured_study, "sub-01")
    found = subject.stages["rois", ("week14",)]
    attempts = (RoiAttempt(source="automatic", confidence=1.0),)
    stages = {**subject.stages, ("rois", ("week14",)): replace(found, attempts=attempts)}
    subject = replace(subject, stages=stages)
    quadrants = found.quadrants.copy()
    quadrants[:, :10] = 0
    anatomy = {"baseline": Anatomy(quadrants=quadrants, reference=found.reference.voxels)}
    first, second = subject.measured_on(anatomy).visits
    assert first.rois is not None
    assert second.rois is not None
    assert np.array_equal(first.rois.quadrants, quadrants)
    assert np.array_equal(second.rois.quadrants, quadrants)
    assert subject.measured_on(anatomy).visits[0].segmentation is first.segmentation
    assert subject.measured_on({}) is subject.result


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
