"""What every object says of the software that made it, and when."""

from datetime import UTC, datetime

from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian

from mri_bme.export.objects.measured import MeasuredVisit
from mri_bme.export.objects.source_images import SourceImages

OF_PATIENT_AND_STUDY = (
    *("PatientID", "PatientName", "PatientBirthDate", "PatientSex", "StudyInstanceUID"),
    *("StudyID", "StudyDate", "StudyTime", "AccessionNumber", "ReferringPhysicianName"),
)
MAKER = "The mri_bme developers"
MODEL = "mri_bme"


def bare_object(sop_class: UID, instance: UID, source: SourceImages) -> FileDataset:
    """Begin an object that joins the patient and study of the source."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = sop_class, instance
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    made = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    made.SpecificCharacterSet = source.first.get("SpecificCharacterSet", "ISO_IR 192")
    for keyword in OF_PATIENT_AND_STUDY:
        setattr(made, keyword, source.first.get(keyword, ""))
    made.SOPClassUID, made.SOPInstanceUID = sop_class, instance
    return made


def versions(visit: MeasuredVisit) -> str:
    """Version of the software, in the characters that DICOM allows (LO, 64)."""
    return visit.made_by[:64] or "unknown"


def settle(made: Dataset, source: SourceImages, *, now: datetime | None = None) -> None:
    """Give an object a date that may be told.

    A pseudonymous object has the made-up date of its study, so that the same results are
    the same bytes; one that is identified has the day on which it was made.
    """
    if source.first.get("PatientIdentityRemoved") == "YES":
        day, time = source.first.StudyDate, source.first.StudyTime
        made.PatientIdentityRemoved = "YES"
        made.DeidentificationMethod = source.first.get("DeidentificationMethod", "mri_bme")
    else:
        moment = now or datetime.now(UTC).astimezone()
        day, time = moment.strftime("%Y%m%d"), moment.strftime("%H%M%S")
    made.ContentDate = made.InstanceCreationDate = day
    made.ContentTime = made.InstanceCreationTime = time
    for what in ("Series{}", "{}OfSecondaryCapture"):
        for part, value in (("Date", day), ("Time", time)):
            if what.format(part) in made:
                setattr(made, what.format(part), value)
    for equipment in made.get("ContributingEquipmentSequence", []):
        equipment.ContributionDateTime = f"{day}{time}"
