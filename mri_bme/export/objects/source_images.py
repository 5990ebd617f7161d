"""The images that results refer to: pseudonymous copies, or the originals of an export.

Results without their images are of no use to a viewer. Unless the user asks for the
patient's identity, they refer to copies that are made here of the volume that was measured:
the same voxels in the same place, the pseudonym for a name, days since the baseline for dates.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.uid import UID

from mri_bme.export.dicom_writer import SeriesHeader, StudyHeader, series_instances, uid_for
from mri_bme.export.objects.measured import MeasuredVisit
from mri_bme.intake.dicom.datasets import quietly
from mri_bme.intake.dicom.pseudonyms import keyed_digest
from mri_bme.study import Contrast
from mri_bme.volume import Volume, VolumeGeometry, axes_between, reorder_voxels

BASELINE_DATE = date(1900, 1, 1)  # no real date leaves the input: days count from here
BITS = 16
SEQUENCES: dict[str, dict[str, object]] = {
    Contrast.STIR: {
        "ScanningSequence": ["SE", "IR"],
        "SequenceVariant": "SK",
        "InversionTime": "",
    },
    Contrast.T2_FS: {"ScanningSequence": "SE", "SequenceVariant": "SK", "ScanOptions": "FS"},
    Contrast.PD_FS: {"ScanningSequence": "SE", "SequenceVariant": "SK", "ScanOptions": "FS"},
}
UIDS_OF_SOURCE = ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID", "FrameOfReferenceUID")
BLANK_WHERE_MISSING = (
    *("PatientID", "PatientName", "PatientBirthDate", "PatientSex", "StudyID", "StudyDate"),
    *("StudyTime", "AccessionNumber", "ReferringPhysicianName"),
)


@dataclass(frozen=True, kw_only=True, eq=False)
class SourceImages:
    """One series in the order of its slices.

    `datasets` holds a data set per slice, or a single one of many `frames` (from 0, one per
    slice). `geometry` is the grid of slices, rows and columns. `notes` say what had to be
    changed of a header. `key` is that of the pseudonyms, None for pseudonymous copies.
    """

    datasets: tuple[Dataset, ...]
    geometry: VolumeGeometry
    frames: tuple[int, ...] | None = None
    notes: tuple[str, ...] = ()
    key: bytes | None = None

    def uid(self, text: str) -> UID:
        """Make the UID of what refers to these images.

        Beside originals it is made with the `key` of the pseudonyms: a plain hash of a
        pseudonym in an object with a name on it would tell whose pseudonym it is.
        """
        return uid_for(text if self.key is None else keyed_digest(text, self.key))

    @property
    def first(self) -> Dataset:
        """Data set that tells of patient, study and series."""
        return self.datasets[0]

    def frames_of(self, voxels: NDArray[Any], geometry: VolumeGeometry) -> NDArray[Any]:
        """Lay voxels of the measured grid on the frames of the source.

        Parameters
        ----------
        voxels : array
            On `geometry`.
        geometry : VolumeGeometry
            The same voxels as those of the source, in any axis order.

        Returns
        -------
        array
            (frame, row, column); frames of a multi-frame source that the series does not
            use are 0.

        Raises
        ------
        GeometryMismatch
            If they are not the same voxels.
        """
        ordered = reorder_voxels(voxels, *axes_between(geometry, self.geometry))
        if self.frames is None:
            return np.ascontiguousarray(ordered)
        n_frames = int(self.first.NumberOfFrames)
        laid = np.zeros((n_frames, *ordered.shape[1:]), dtype=ordered.dtype)
        laid[list(self.frames)] = ordered
        return laid


def pseudonymous_images(visit: MeasuredVisit) -> SourceImages:
    """Make copies of the measured volume that tell nobody's name, date or UID."""
    volume, header = _storable(visit)
    study = StudyHeader(
        patient_id=visit.subject,
        patient_name=f"{visit.subject}^",  # a family name without a given one
        study_date=BASELINE_DATE + timedelta(days=max(visit.findings.day or 0, 0)),
        key=visit.image_key,
        patient_sex="",
        deidentification="mri_bme: made anew from voxels; nothing of the header was copied",
    )
    datasets = tuple(series_instances((volume,), study, header))
    return SourceImages(datasets=datasets, geometry=visit.volume.geometry)


def original_images(
    datasets: Sequence[Dataset],
    geometry: VolumeGeometry,
    *,
    frames: Sequence[int] | None,
    key: bytes,
) -> SourceImages:
    """Take the data sets of an export as they are, but for what no result may refer to.

    UIDs that are not valid are replaced by ones made from them, the same each time, and
    attributes that DICOM requires (type 2) are there, if empty. Slices that lie parallel to
    within what intake tolerates are given the orientation of the first.
    """
    notes: dict[str, None] = {}
    if frames is None:
        _with_one_orientation(datasets)
    else:
        _with_shared_geometry(datasets[0], frames[0])
    for dataset in datasets:
        for keyword in _with_usable_uids(dataset):
            notes[f"{keyword} is no valid UID and was replaced in what refers to it"] = None
        for keyword in BLANK_WHERE_MISSING:
            if keyword not in dataset:
                setattr(dataset, keyword, "")
    return SourceImages(
        datasets=tuple(datasets),
        geometry=geometry,
        frames=None if frames is None else tuple(frames),
        notes=tuple(notes),
        key=key,
    )


def _with_one_orientation(datasets: Sequence[Dataset]) -> None:
    for dataset in datasets[1:]:
        dataset.ImageOrientationPatient = datasets[0].ImageOrientationPatient


def _with_shared_geometry(dataset: Dataset, frame: int) -> None:
    """Say once for all frames how they lie; many scanners say it of every frame."""
    shared = dataset.SharedFunctionalGroupsSequence[0]
    own = dataset.PerFrameFunctionalGroupsSequence[frame]
    for keyword in ("PlaneOrientationSequence", "PixelMeasuresSequence"):
        if keyword not in shared and keyword in own:
            setattr(shared, keyword, own[keyword].value)


def _with_usable_uids(dataset: Dataset) -> Iterator[str]:
    """Replace UIDs that are none, the same by the same; say which."""
    for keyword in UIDS_OF_SOURCE:
        with quietly():
            found = str(dataset.get(keyword, ""))
            usable = UID(found).is_valid
        if not usable:
            setattr(dataset, keyword, uid_for(f"mri_bme mapped/{keyword}/{found}"))
            yield keyword


def _storable(visit: MeasuredVisit) -> tuple[Volume, SeriesHeader]:
    """Turn intensities into 16 bits: as they are where they are such numbers, else scaled."""
    voxels = visit.volume.voxels
    low, high = float(voxels.min()), float(voxels.max())
    top = 2**BITS - 1
    elements = _elements(visit)
    if low < 0 or high > top or not np.array_equal(voxels, np.rint(voxels)):
        slope = (high - low) / top or 1.0
        voxels = np.rint((voxels - low) / slope)
        elements |= {"RescaleIntercept": f"{low:.9g}"[:16], "RescaleSlope": f"{slope:.9g}"[:16]}
        elements["RescaleType"] = "US"
    header = SeriesHeader(
        number=1,
        description=f"{visit.acquisition.get('Contrast', 'MR')}, pseudonymous copy",
        thickness_mm=float(
            visit.acquisition.get("SliceThickness", visit.volume.geometry.spacing_mm[0])
        ),
        elements=elements,
        bits_stored=BITS,
    )
    return Volume(geometry=visit.volume.geometry, voxels=voxels), header


def _elements(visit: MeasuredVisit) -> dict[str, object]:
    """Tell of the acquisition what a reader needs, in DICOM's units (ms)."""
    told = visit.acquisition
    times = {
        "EchoTime": told.get("EchoTime"),
        "RepetitionTime": told.get("RepetitionTime"),
        "InversionTime": told.get("InversionTime"),
    }
    spin_echo: dict[str, object] = {"ScanningSequence": "SE", "SequenceVariant": "SK"}
    return {
        "ImageType": ["DERIVED", "SECONDARY", "OTHER"],
        "DerivationDescription": "voxels as measured, header made anew",
        "MRAcquisitionType": "2D",
        "ScanOptions": "",
        **dict.fromkeys(("EchoTrainLength", "EchoTime", "RepetitionTime"), ""),
        "Manufacturer": told.get("Manufacturer", ""),
        "MagneticFieldStrength": told.get("MagneticFieldStrength", ""),
        **SEQUENCES.get(told.get("Contrast", ""), spin_echo),
        **{name: f"{seconds * 1000:.6g}" for name, seconds in times.items() if seconds},
    }
