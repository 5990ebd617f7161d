"""What single files say: whose they are and from when, in either kind of object."""

from pathlib import Path

from dicom_files import enhanced, one_slice, save, slice_position, stored_voxels

from mri_bme.intake.dicom.header import find_frames


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
