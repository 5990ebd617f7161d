"""Results of a run in other formats: a row for all that was written, and for what was not."""

import csv
from pathlib import Path

import numpy as np
import pydicom
import pytest
import SimpleITK
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
    with pytest.raises(InvalidSettings, match="nobody called R9"):
        export_results(study, dest, ExportOptions(format=Format.NRRD, read_by="R9"))


@pytest.mark.parametrize("read_by", ["mean", "consensus"])
def test_of_several_readers_each_ones_mask_is_written_by_itself(
    study: Path, tmp_path_factory: pytest.TempPathFactory, read_by: str
) -> None:
    """Nobody drew a mean: what lies in a file is what somebody signed."""
    dest = tmp_path_factory.mktemp("dest")
    half = (LESION[0], LESION[1], slice(LESION[2].start, LESION[2].start + 6))
    nearly = (LESION[0], LESION[1], slice(LESION[2].start, LESION[2].stop - 1))
    for reader, second in (("R1", LESION), ("R2", half)):
        first = LESION if reader == "R1" else nearly
        sign(study, reader, "sub-01", {"baseline": drawn(first)})
        sign(study, reader, "sub-02", {"baseline": drawn(second)})
    found = export_results(study, dest, ExportOptions(format=Format.NRRD, read_by=read_by))
    agreed = {row.file: row.reason for row in found if row.subject == "01"}
    whose = "the mask of {}; tables tell the mean of R1, R2"
    assert agreed == {
        f"sub-01/ses-{visit}/{reader}/edema.seg.nrrd": whose.format(reader)
        for visit in ("baseline", "week14")
        for reader in ("R1", "R2")
    }
    n_voxels = [
        np.count_nonzero(
            SimpleITK.GetArrayFromImage(
                SimpleITK.ReadImage(str(dest / f"sub-01/ses-baseline/{reader}/edema.seg.nrrd"))
            )
        )
        for reader in ("R1", "R2")
    ]
    assert n_voxels == [int(drawn(LESION).sum()), int(drawn(nearly).sum())]
    other = [row for row in found if row.subject == "02"]
    if read_by == "mean":
        assert len(other) == 4
        return
    (row,) = other
    assert not row.file
    assert row.reason.startswith("readers differ, not adjudicated yet: baseline: volume differs")
    assert row.reason.endswith("or export one reader with --read-by")
    sign(study, "consensus", "sub-02", {"baseline": drawn(half)})
    found = export_results(study, dest, ExportOptions(format=Format.NRRD, read_by=read_by))
    files = [row.file for row in found if row.subject == "02"]
    assert files == [f"sub-02/ses-{visit}/edema.seg.nrrd" for visit in ("baseline", "week14")]


def test_images_of_several_readers_are_written_once(
    study: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    for reader in ("R1", "R2"):
        sign(study, reader, "sub-01", {"baseline": drawn(LESION)})
    dest = tmp_path_factory.mktemp("dest")
    options = ExportOptions(format=Format.DICOM, read_by="mean", with_images=True, subjects=("01",))
    found = export_results(study, dest, options)
    files = [row.file for row in found]
    assert len(set(files)) == len(files)
    made = [pydicom.dcmread(dest / file, stop_before_pixels=True) for file in files]
    assert len({one.SOPInstanceUID for one in made}) == len(made)
    images = {one.SOPInstanceUID for one in made if one.Modality == "MR"}
    segs = [one for one in made if one.Modality == "SEG"]
    assert len({one.SeriesInstanceUID for one in segs}) == len(segs) >= 2
    for seg in segs:
        references = seg.ReferencedSeriesSequence[0].ReferencedInstanceSequence
        assert {one.ReferencedSOPInstanceUID for one in references} <= images


def test_there_must_be_a_subject(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    with pytest.raises(NothingUsable, match="no subject"):
        export_results(tmp_path / "out", tmp_path / "d", ExportOptions(format=Format.NRRD))
