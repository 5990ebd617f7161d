"""What a run left of a visit is read back to be exported."""

import json
from pathlib import Path

import numpy as np
import pytest

from mri_bme.batch.measured import measured_subject
from mri_bme.batch.pages import RECORD_NAME
from mri_bme.batch.status import SubjectStatus, read_statuses
from mri_bme.errors import UnreadableInput
from mri_bme.export.nifti import dicom_storage_geometry, write_nifti
from mri_bme.files import write_json
from mri_bme.report import SubjectPage

ACQUISITION = {"Contrast": "STIR", "EchoTime": 0.06}


@pytest.fixture
def status(out: Path) -> SubjectStatus:
    """The drawn subject, with what a run writes beside its volumes."""
    (found,) = read_statuses(out)
    for label in found.visits:
        write_json(out / found.folder / f"ses-{label}/volume.json", ACQUISITION)
    return found


def test_voxels_labels_and_names_are_those_of_the_page(
    out: Path, status: SubjectStatus, drawn_page: SubjectPage
) -> None:
    _, visits = measured_subject(out, status)
    assert [visit.label for visit in visits] == ["baseline", "week14"]
    for visit, shown in zip(visits, drawn_page.visits, strict=True):
        assert shown.pixels is not None
        assert shown.pixels.lesion_labels is not None
        np.testing.assert_array_equal(visit.lesion_labels, shown.pixels.lesion_labels)
        assert visit.volume.geometry.matches(shown.pixels.volume.geometry, tolerance_mm=1e-9)
        assert visit.acquisition == ACQUISITION
        assert set(visit.lesion_names) == {x.label for x in shown.findings.lesions}
    assert visits[0].change is None
    assert visits[1].change is not None


def test_lesions_found_to_be_the_same_have_one_name(out: Path, status: SubjectStatus) -> None:
    _, (first, last) = measured_subject(out, status)
    assert first.lesion_names
    matched = (
        {f.lesion_id for f in last.change.fates if f.visit == last.label and f.matched}
        if (last.change)
        else set()
    )
    assert matched <= set(first.lesion_names.values())
    assert matched == set(first.lesion_names.values()) & set(last.lesion_names.values())


def test_content_changes_with_what_a_run_left(out: Path, status: SubjectStatus) -> None:
    _, (first, _) = measured_subject(out, status)
    record = out / status.folder / RECORD_NAME
    record.write_text(record.read_text() + "\n")
    _, (again, _) = measured_subject(out, status)
    assert again.content != first.content


def test_a_probability_is_read_as_a_share_of_one(out: Path, status: SubjectStatus) -> None:
    _, (first, _) = measured_subject(out, status)
    assert first.probability is None
    grid = first.volume.geometry
    per_cent = np.full(grid.shape, 37, dtype=np.uint16)
    name = "ses-baseline/probability.nii.gz"
    stored = dicom_storage_geometry(grid)
    write_nifti(out / status.folder / name, per_cent, grid, stored=stored)
    record = out / status.folder / RECORD_NAME
    told = json.loads(record.read_text())
    told["files"]["baseline"]["probability"] = name
    write_json(record, told)
    _, (first, _) = measured_subject(out, status)
    assert first.probability is not None
    np.testing.assert_allclose(first.probability, 0.37, atol=1e-6)


def test_a_volume_without_its_sidecar_is_refused(out: Path, status: SubjectStatus) -> None:
    (out / status.folder / "ses-week14/volume.json").unlink()
    with pytest.raises(UnreadableInput, match=r"volume\.json"):
        measured_subject(out, status)
