"""Copies hold the voxels that were measured, and nothing of anybody."""

from pathlib import Path

import numpy as np
import pydicom
import pytest
from measured_visits import grid, identified, measured_visit
from pydicom.dataset import Dataset
from pydicom.uid import UID

from mri_bme.errors import GeometryMismatch
from mri_bme.export.objects.source_images import original_images, pseudonymous_images
from mri_bme.intake.dicom.datasets import quietly
from mri_bme.intake.source import read_volume
from mri_bme.volume import Volume

KEY = b"k" * 32


def written(datasets: tuple[Dataset, ...], folder: Path) -> Path:
    for number, dataset in enumerate(datasets):
        dataset.save_as(folder / f"{number}.dcm", enforce_file_format=True)
    return folder


def test_whole_numbers_come_back_as_they_were(tmp_path: Path) -> None:
    visit = measured_visit()
    read = read_volume(written(pseudonymous_images(visit).datasets, tmp_path))
    np.testing.assert_array_equal(read.voxels, visit.volume.voxels)
    assert read.geometry.matches(visit.volume.geometry, tolerance_mm=0.001)


@pytest.mark.parametrize("scale", [0.001, 700.0])
def test_other_numbers_come_back_to_half_a_step_of_sixteen_bits(
    tmp_path: Path, scale: float
) -> None:
    visit = measured_visit()
    voxels = visit.volume.voxels * np.float32(scale) - 3
    visit = measured_visit(volume=Volume(geometry=visit.volume.geometry, voxels=voxels))
    read = read_volume(written(pseudonymous_images(visit).datasets, tmp_path))
    step = float(np.ptp(voxels)) / (2**16 - 1)
    np.testing.assert_allclose(read.voxels, voxels, atol=step * 0.51)


def test_dates_are_days_since_the_baseline() -> None:
    (first, *_) = pseudonymous_images(measured_visit()).datasets
    assert first.StudyDate == "19000101"
    assert first.PatientName == "S01^"
    assert first.PatientIdentityRemoved == "YES"


def test_uids_that_are_none_are_replaced_the_same_each_time_and_said() -> None:
    visit = measured_visit()
    uids = []
    for _ in range(2):
        datasets = identified(pseudonymous_images(visit).datasets)
        for dataset in datasets:
            with quietly():
                dataset.SeriesInstanceUID = "1.2.03.4"
        found = original_images(datasets, visit.volume.geometry, frames=None, key=KEY)
        assert found.notes == (
            "SeriesInstanceUID is no valid UID and was replaced in what refers to it",
        )
        uids.append({d.SeriesInstanceUID for d in found.datasets})
    assert uids[0] == uids[1]
    assert len(uids[0]) == 1
    assert all(UID(uid).is_valid for uid in uids[0])


def test_what_dicom_requires_is_there_if_empty() -> None:
    datasets = identified(pseudonymous_images(measured_visit()).datasets)
    for dataset in datasets:
        del dataset.AccessionNumber, dataset.StudyDate
    found = original_images(datasets, grid(), frames=None, key=KEY)
    assert found.first.AccessionNumber == found.first.StudyDate == ""


def test_uids_beside_a_name_cannot_be_made_from_the_pseudonym() -> None:
    visit = measured_visit()
    copies = pseudonymous_images(visit)
    original = original_images(copies.datasets, visit.volume.geometry, frames=None, key=KEY)
    other = original_images(copies.datasets, visit.volume.geometry, frames=None, key=b"o" * 32)
    assert len({x.uid(visit.lesion_key(1)) for x in (copies, original, other)}) == 3


def test_frames_that_the_series_does_not_use_stay_empty() -> None:
    visit = measured_visit()
    dataset = pydicom.Dataset()
    dataset.update(pseudonymous_images(visit).first)
    dataset.NumberOfFrames = 9
    dataset.SharedFunctionalGroupsSequence = [pydicom.Dataset()]
    dataset.PerFrameFunctionalGroupsSequence = [pydicom.Dataset() for _ in range(9)]
    source = original_images([dataset], visit.volume.geometry, frames=(8, 6, 4, 2, 0), key=KEY)
    assert visit.lesion_labels is not None
    laid = source.frames_of(visit.lesion_labels, visit.volume.geometry)
    assert laid.shape[0] == 9
    np.testing.assert_array_equal(laid[8], visit.lesion_labels[0])
    np.testing.assert_array_equal(laid[[0, 2, 4, 6]], visit.lesion_labels[:0:-1])
    assert not laid[[1, 3, 5, 7]].any()


def test_slices_that_are_parallel_to_the_last_digit_but_one_lie_as_the_first() -> None:
    datasets = identified(pseudonymous_images(measured_visit()).datasets)
    first = list(datasets[0].ImageOrientationPatient)
    datasets[2].ImageOrientationPatient = [float(first[0]) + 1e-6, *first[1:]]
    found = original_images(datasets, grid(), frames=None, key=KEY)
    assert all(list(d.ImageOrientationPatient) == first for d in found.datasets)


def test_another_grid_is_refused() -> None:
    source = pseudonymous_images(measured_visit())
    with pytest.raises(GeometryMismatch):
        source.frames_of(np.zeros(grid().shape), grid("coronal", turned_degrees=18.0))
