"""What single files say: where compressed pixels end, whose they are and from when."""

from pathlib import Path

import pytest
from dicom_files import enhanced, one_slice, save, slice_position, stored_voxels
from pydicom.dataset import FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, JPEG2000Lossless, RLELossless

from mri_bme.intake.dicom import index_study, read_stack_voxels
from mri_bme.intake.dicom.header import find_frames

SIDE = 64
END = b"\xfe\xff\xdd\xe0\0\0\0\0"


def compressed(folder: Path, syntax: str) -> list[Path]:
    paths = []
    for i in range(4):
        pixels = stored_voxels(i, (SIDE, SIDE)).tobytes()
        ds = one_slice(i, Rows=SIDE, Columns=SIDE, PixelData=pixels)
        ds.file_meta = FileMetaDataset()
        ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        ds.compress(syntax, generate_instance_uid=False)
        paths.append(save(ds, folder / f"{i}", syntax))
    return paths


@pytest.mark.parametrize("syntax", [RLELossless, JPEG2000Lossless])
def test_the_last_delimiter_may_be_missing(tmp_path: Path, syntax: str) -> None:
    for path in compressed(tmp_path, syntax):
        content = path.read_bytes()
        assert content.endswith(END)
        path.write_bytes(content[: -len(END)])
    (series,) = index_study(tmp_path).series
    assert series.refused is None
    assert (read_stack_voxels(series)[2] == stored_voxels(2, (SIDE, SIDE))).all()


@pytest.mark.parametrize("n_lost", [1, 9, 40])
def test_a_cut_inside_compressed_pixels_is_damage(tmp_path: Path, n_lost: int) -> None:
    path = compressed(tmp_path, JPEG2000Lossless)[0]
    path.write_bytes(path.read_bytes()[: -len(END) - n_lost])
    (frame,) = find_frames(str(path)).frames
    assert "cut short" in str(frame.damage)


def test_both_kinds_of_object_say_whose_and_when(tmp_path: Path) -> None:
    said = {
        "PatientSex": "F",
        "IssuerOfPatientID": "SITE A",
        "ClinicalTrialSubjectID": "07",
        "ClinicalTrialTimePointID": "W14",
        "LongitudinalTemporalOffsetFromEvent": 98.0,
        "LongitudinalTemporalEventType": "REGISTRATION",
        "AcquisitionDateTime": "20200106101500.5",
        "PatientIdentityRemoved": "YES",
    }
    plane = [{"position": slice_position(0), "pixels": stored_voxels(0)}]
    for path in (
        save(one_slice(0, **said), tmp_path / "classic"),
        save(enhanced(plane, **said), tmp_path / "enhanced"),
    ):
        a = find_frames(str(path)).frames[0].acquisition
        assert (a.sex, a.issuer, a.trial_subject, a.time_point) == ("F", "SITE A", "07", "W14")
        assert (a.event_offset_days, a.event) == (98.0, "REGISTRATION")
        assert a.other_dates[-1].startswith("20200106")
        assert a.is_identity_removed
