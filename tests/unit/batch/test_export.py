"""Results of a run in other formats: a row for all that was written, and for what was not."""

import csv
from pathlib import Path

import pydicom
import pytest
from read_study import LESION, drawn, sign

from mri_bme.batch.export import TABLE_NAME, ExportOptions, Format, export_results, left_over
from mri_bme.batch.status import SubjectStatus, read_statuses
from mri_bme.errors import InvalidSettings, NothingUsable
from mri_bme.files import write_json


@pytest.fixture
def left(out: Path) -> SubjectStatus:
    (status,) = read_statuses(out)
    for label in status.visits:
        write_json(out / status.folder / f"ses-{label}/volume.json", {"Contrast": "STIR"})
    return status


def rows(dest: Path) -> list[dict[str, str]]:
    with (dest / TABLE_NAME).open(newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.mark.parametrize(
    ("wanted", "suffix"), [(Format.NRRD, ".seg.nrrd"), (Format.RTSTRUCT, ".dcm")]
)
def test_every_visit_has_a_file_of_the_format(
    out: Path, left: SubjectStatus, tmp_path_factory: pytest.TempPathFactory, wanted: Format,
    suffix: str,
) -> None:  # fmt: skip
    dest = tmp_path_factory.mktemp("dest")
    export_results(out, dest, ExportOptions(format=wanted))
    found = rows(dest)
    assert [row["visit"] for row in found] == ["baseline", "week14"]
    for row in found:
        assert row["file"].endswith(suffix)
        assert (dest / row["file"]).is_file()


def test_dicom_tells_nothing_but_the_pseudonym(
    out: Path, left: SubjectStatus, tmp_path_factory: pytest.TempPathFactory
) -> None:
    dest = tmp_path_factory.mktemp("dest")
    export_results(out, dest, ExportOptions(format=Format.DICOM, with_images=True))
    made = [pydicom.dcmread(path) for path in dest.rglob("*.dcm")]
    assert {d.Modality for d in made} == {"SEG", "SR", "OT", "DOC", "MR"}
    assert {str(d.PatientID) for d in made} == {left.subject}
    assert {d.StudyDate[:4] for d in made} == {"1900"}
    images = {d.SOPInstanceUID for d in made if d.Modality == "MR"}
    for seg in (d for d in made if d.Modality == "SEG"):
        references = seg.ReferencedSeriesSequence[0].ReferencedInstanceSequence
        assert {one.ReferencedSOPInstanceUID for one in references} <= images


def test_the_same_results_are_the_same_bytes(
    out: Path, left: SubjectStatus, tmp_path_factory: pytest.TempPathFactory
) -> None:
    dests = [tmp_path_factory.mktemp("dest") for _ in range(2)]
    for dest in dests:
        export_results(out, dest, ExportOptions(format=Format.DICOM))
    names = sorted(p.relative_to(dests[0]) for p in dests[0].rglob("*") if p.is_file())
    assert names
    for name in names:
        assert (dests[0] / name).read_bytes() == (dests[1] / name).read_bytes(), name


def test_a_subject_that_cannot_be_read_is_a_row_and_the_rest_goes_on(
    out: Path, left: SubjectStatus, tmp_path_factory: pytest.TempPathFactory
) -> None:
    dest = tmp_path_factory.mktemp("dest")
    (out / left.folder / "ses-week14/volume.json").write_text("{")
    (row,) = export_results(out, dest, ExportOptions(format=Format.NRRD))
    assert not row.file
    assert "damaged" in row.reason
    assert rows(dest)[0]["status"] == "refused"


def test_identity_that_is_not_in_the_input_refuses_the_visit(
    out: Path, left: SubjectStatus, tmp_path_factory: pytest.TempPathFactory
) -> None:
    dest = tmp_path_factory.mktemp("dest")
    found = export_results(out, dest, ExportOptions(format=Format.DICOM, units={}))
    assert [row.reason for row in found] == ["the subject is not in INPUT"] * 2
    assert not list(dest.rglob("*.dcm"))


def test_files_of_others_and_the_results_themselves_are_left_alone(
    out: Path, left: SubjectStatus, tmp_path_factory: pytest.TempPathFactory
) -> None:
    dest = tmp_path_factory.mktemp("dest")
    (dest / "mine.txt").write_text("mine")
    for place in (dest, out, out / "x", out.parent):
        with pytest.raises(InvalidSettings):
            export_results(out, place, ExportOptions(format=Format.NRRD))
    assert (dest / "mine.txt").read_text() == "mine"


def test_what_an_earlier_export_left_is_named(
    out: Path, left: SubjectStatus, tmp_path_factory: pytest.TempPathFactory
) -> None:
    dest = tmp_path_factory.mktemp("dest")
    export_results(out, dest, ExportOptions(format=Format.RTSTRUCT))
    rows_now = export_results(out, dest, ExportOptions(format=Format.NRRD))
    assert left_over(dest, rows_now) == tuple(
        f"{left.folder}/ses-{label}/contours.dcm" for label in left.visits
    )


def test_a_readers_masks_are_exported_under_the_readers_code(
    study: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    dest = tmp_path_factory.mktemp("dest")
    sign(study, "R1", "sub-01", {"baseline": drawn(LESION), "week14": drawn(LESION)})
    found = export_results(study, dest, ExportOptions(format=Format.RTSTRUCT, read_by="R1"))
    told = {(row.subject, bool(row.file)) for row in found}
    assert told == {("01", True), ("02", False)}
    made = pydicom.dcmread(dest / found[0].file)
    assert made.StructureSetROISequence[0].ROIGenerationAlgorithm == "SEMIAUTOMATIC"
    program = tmp_path_factory.mktemp("program")
    export_results(study, program, ExportOptions(format=Format.RTSTRUCT))
    assert pydicom.dcmread(program / found[0].file).SOPInstanceUID != made.SOPInstanceUID
    for reader in ("R9", "mean"):
        with pytest.raises(InvalidSettings):
            export_results(study, dest, ExportOptions(format=Format.NRRD, read_by=reader))


def test_there_must_be_a_subject(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    with pytest.raises(NothingUsable, match="no subject"):
        export_results(tmp_path / "out", tmp_path / "d", ExportOptions(format=Format.NRRD))
