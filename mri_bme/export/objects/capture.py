"""Pictures of results for viewers that show neither segmentations nor reports."""

import numpy as np
from highdicom.sc import SCImage
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.uid import EncapsulatedPDFStorage

from mri_bme.export.objects.equipment import MAKER, MODEL, bare_object, settle, versions
from mri_bme.export.objects.measured import MeasuredVisit
from mri_bme.export.objects.source_images import SourceImages
from mri_bme.intake.dicom.datasets import quietly

CAPTURE_SERIES, PAGE_SERIES = 920, 921


def capture(
    visit: MeasuredVisit, source: SourceImages, picture: NDArray[np.uint8], *, number: int
) -> Dataset:
    """Wrap a picture (rows, columns, RGB) as Secondary Capture, burned-in text and all."""
    first = source.first
    with quietly():
        made: Dataset = SCImage(
            pixel_array=picture,
            photometric_interpretation="RGB",
            bits_allocated=8,
            coordinate_system="PATIENT",
            patient_orientation=("L", "F"),
            series_instance_uid=source.uid(f"{visit.result_key}/captures"),
            series_number=CAPTURE_SERIES,
            sop_instance_uid=source.uid(f"{visit.result_key}/captures/{number}"),
            instance_number=number,
            manufacturer=MAKER,
            manufacturer_model_name=MODEL,
            software_versions=versions(visit),
            device_serial_number="0",
            series_description="mri_bme key slices",
            **_patient_and_study(first),
        )
    made.Laterality = ""  # of a paired part: both sides are on the picture
    made.BurnedInAnnotation = "YES"
    made.ConversionType = "WSD"
    settle(made, source)
    return made


def encapsulated_pdf(visit: MeasuredVisit, source: SourceImages, pdf: bytes) -> Dataset:
    """Wrap a PDF of the results as an object (PS3.3, A.45.1)."""
    made = bare_object(EncapsulatedPDFStorage, source.uid(f"{visit.result_key}/pdf"), source)
    made.SeriesInstanceUID = source.uid(f"{visit.result_key}/pdf/series")
    made.Modality, made.ConversionType = "DOC", "WSD"
    made.SeriesNumber, made.InstanceNumber = PAGE_SERIES, 1
    made.SeriesDescription = "mri_bme page"
    made.Manufacturer, made.ManufacturerModelName = MAKER, MODEL
    made.DeviceSerialNumber, made.SoftwareVersions = "0", versions(visit)
    made.BurnedInAnnotation = "YES"
    made.DocumentTitle = "Bone marrow edema of the sacroiliac joints"
    made.ConceptNameCodeSequence = []
    made.AcquisitionDateTime = ""
    made.MIMETypeOfEncapsulatedDocument = "application/pdf"
    made.EncapsulatedDocument = pdf + b"\0" * (len(pdf) % 2)
    made.EncapsulatedDocumentLength = len(pdf)
    settle(made, source)
    return made


def _patient_and_study(first: Dataset) -> dict[str, object]:
    """Take the arguments of `SCImage` from the source; what is blank stays so."""
    told = {
        "patient_id": first.get("PatientID") or None,
        "patient_name": first.get("PatientName") or None,
        "patient_birth_date": first.get("PatientBirthDate") or None,
        "patient_sex": first.get("PatientSex") or None,
        "study_instance_uid": first.StudyInstanceUID,
        "study_id": first.get("StudyID") or None,
        "study_date": first.get("StudyDate") or None,
        "study_time": first.get("StudyTime") or None,
        "accession_number": first.get("AccessionNumber") or None,
        "referring_physician_name": first.get("ReferringPhysicianName") or None,
    }
    return dict(told)
