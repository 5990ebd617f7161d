"""The drawn subject as a run leaves it on disk."""

from pathlib import Path

import pytest

from mri_bme.batch.pages import write_index, write_pages
from mri_bme.batch.status import SubjectStatus, read_statuses, write_status
from mri_bme.cli import main
from mri_bme.export.nifti import dicom_storage_geometry, write_nifti
from mri_bme.pipeline import SubjectResult
from mri_bme.record.subjects import rows_of
from mri_bme.report import SubjectPage


def leave(out: Path, subject: str, page: SubjectPage, result: SubjectResult) -> None:
    """Leave one subject as a run does."""
    folder = out / subject
    files: dict[str, dict[str, str]] = {}
    for visit in page.visits:
        pixels = visit.pixels
        assert pixels is not None
        grid = pixels.volume.geometry
        arrays = {
            "volume": pixels.volume.voxels,
            "quadrants": pixels.quadrants,
            "reference": pixels.reference,
            "lesions": pixels.lesion_labels,
            **pixels.evidence,
        }
        files[visit.label] = {what: f"ses-{visit.label}/{what}.nii.gz" for what in arrays}
        for what, array in arrays.items():
            assert array is not None
            path = folder / files[visit.label][what]
            write_nifti(path, array, grid, stored=dicom_storage_geometry(grid))
    outputs = write_pages(page, folder, files)
    write_status(
        out,
        SubjectStatus(
            subject=subject,
            folder=subject,
            visits=("baseline", "week14"),
            unit_sha256="",
            status="ok",
            code_version="",
            settings_sha256="",
            outputs=dict.fromkeys(outputs, ""),
            rows=rows_of(subject, result),
        ),
    )


@pytest.fixture
def out(tmp_path: Path, drawn_page: SubjectPage, drawn_result: SubjectResult) -> Path:
    """Folder of a run with one subject."""
    leave(tmp_path, "sub-1", drawn_page, drawn_result)
    write_index(tmp_path, list(read_statuses(tmp_path)))
    return tmp_path


def main_returns_quietly(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ending:
        main(arguments)
    assert not ending.value.code
