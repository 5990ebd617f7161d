"""Identity and UIDs come from the series that was measured, or not at all."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest
from dicom_files import enhanced, save, slice_position, stored_voxels
from measured_visits import grid, measured_visit

from mri_bme.batch.discover import units_of_index
from mri_bme.batch.inputs import Source, SubjectUnit, VisitUnit, hashed_inputs
from mri_bme.batch.originals import original_series
from mri_bme.batch.status import SubjectStatus
from mri_bme.errors import UnreadableInput
from mri_bme.export.dicom_writer import SeriesHeader, StudyHeader, write_series
from mri_bme.export.objects.segmentation import edema_seg
from mri_bme.intake.dicom import index_study, read_series
from mri_bme.intake.source import find_one_series
from mri_bme.settings import Settings
from mri_bme.volume import Volume

STUDY = StudyHeader(
    patient_id="4711", patient_name="Doe^Jane", study_date=date(2024, 3, 4), key="original"
)
STIR = SeriesHeader(
    number=3,
    description="STIR cor obl",
    thickness_mm=4.0,
    interleaved=True,
    elements={
        "ScanningSequence": ["SE", "IR"],
        "SequenceVariant": "SK",
        "EchoTime": "60",
        "RepetitionTime": "4000",
        "InversionTime": "150",
        "MagneticFieldStrength": "1.5",
        "Manufacturer": "SIEMENS",
    },
)


@pytest.fixture
def unit(tmp_path: Path) -> SubjectUnit:
    voxels = np.random.default_rng(2).integers(1, 900, grid().shape).astype(np.float32)
    write_series(tmp_path, (Volume(geometry=grid(), voxels=voxels),), STUDY, STIR)
    (found,) = units_of_index(index_study(tmp_path), Settings())
    return found


def status_of(unit: SubjectUnit) -> SubjectStatus:
    return SubjectStatus(
        subject=unit.subject,
        folder="sub-1",
        visits=("baseline",),
        unit_sha256="",
        status="ok",
        code_version="",
        settings_sha256="",
        inputs=hashed_inputs(unit),
    )


def test_slices_are_in_order_of_their_place_whatever_their_number(unit: SubjectUnit) -> None:
    found = original_series(unit, status_of(unit), "baseline")
    assert found.first.PatientName == "Doe^Jane"
    numbers = [int(d.InstanceNumber) for d in found.datasets]
    assert numbers != sorted(numbers)
    for k, dataset in enumerate(found.datasets):
        corner = [float(mm) for mm in dataset.ImagePositionPatient]
        np.testing.assert_allclose(found.geometry.points_lps((k, 0, 0)), corner, atol=1e-4)


def test_frames_of_one_file_are_used_in_the_order_of_their_place(tmp_path: Path) -> None:
    order = (3, 0, 4, 1, 2)
    frames = [{"position": slice_position(k), "pixels": stored_voxels(k)} for k in order]
    made = enhanced(frames, SeriesDescription="STIR cor obl", EchoTime=None)
    save(made, tmp_path / "IM1")
    series = find_one_series(tmp_path)
    visit = VisitUnit(label="baseline", day=0, volume=Source(series=series))
    unit = SubjectUnit(subject="a", folder="sub-a", visits=(visit,))
    found = original_series(unit, status_of(unit), "baseline")
    voxels = read_series(series)
    lesions = np.zeros(voxels.geometry.shape, dtype=np.int32)
    lesions[1, 1, 2] = 1
    laid = found.frames_of(lesions, voxels.geometry)
    assert laid.shape[0] == 5
    ((frame, row, column),) = np.argwhere(laid)
    assert stored_voxels(order[frame])[row, column] == voxels.voxels[1, 1, 2]
    seg = edema_seg(
        measured_visit(volume=voxels, lesion_labels=lesions, quadrants=None, reference=None), found
    )
    used = [
        f.DerivationImageSequence[0].SourceImageSequence[0].ReferencedFrameNumber
        for f in seg.PerFrameFunctionalGroupsSequence
    ]
    assert used == [frame + 1]


def test_a_series_that_changed_since_is_refused(unit: SubjectUnit) -> None:
    status = status_of(unit)
    volume = unit.visits[0].volume
    assert volume is not None
    path = volume.files[0]
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(bytes(content))
    with pytest.raises(UnreadableInput, match="not the one that was measured"):
        original_series(unit, status, "baseline")


def test_who_is_not_in_the_input_is_refused(unit: SubjectUnit) -> None:
    with pytest.raises(UnreadableInput, match="not in INPUT"):
        original_series(None, status_of(unit), "baseline")
    with pytest.raises(UnreadableInput, match="no series of this visit"):
        original_series(unit, status_of(unit), "week14")


def test_nifti_tells_no_identity(tmp_path: Path) -> None:
    (tmp_path / "v.nii.gz").write_bytes(b"x")
    visit = VisitUnit(label="baseline", day=0, volume=Source(path=tmp_path / "v.nii.gz"))
    unit = SubjectUnit(subject="a", folder="sub-a", visits=(visit,))
    with pytest.raises(UnreadableInput, match="NIfTI"):
        original_series(unit, status_of(unit), "baseline")
