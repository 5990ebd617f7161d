"""The real export: one patient, a STIR and a T1 on the same slices."""

from pathlib import Path

import numpy as np
import pytest

from mri_bme.intake.dicom import index_study, read_series
from mri_bme.intake.dicom.ids import Ids
from mri_bme.intake.source import read_volume, storage_geometry
from mri_bme.select_series import select_series
from mri_bme.study import Contrast, Plane


def test_the_stir_is_chosen_and_the_t1_found(real_data: Path) -> None:
    index = index_study(real_data / "sij_dicom", ids=Ids(is_kept=True))
    (subject,) = index.subjects
    (visit,) = subject.visits
    assert (subject.subject_id, visit.label, visit.day) == ("02-01", "baseline", 0)
    choice = select_series(visit)
    assert choice.chosen is not None
    assert choice.t1 is not None
    assert choice.chosen.contrast is Contrast.STIR
    assert choice.chosen.plane is Plane.SEMICORONAL
    assert choice.t1.contrast is Contrast.T1
    assert choice.doubts == ()


def test_slices_stand_five_millimetres_apart_though_four_thick(real_data: Path) -> None:
    volume = read_volume(real_data / "sij_dicom" / "STIR")
    assert volume.geometry.spacing_mm == pytest.approx((5.0, 0.9765625, 0.9765625), abs=1e-4)
    assert volume.geometry.voxel_volume_ml == pytest.approx(5 * 0.9765625**2 / 1000, rel=1e-4)


def test_reading_order_runs_front_to_back_and_head_to_foot(real_data: Path) -> None:
    directions = read_volume(real_data / "sij_dicom" / "STIR").geometry.directions
    assert directions[1, 0] > 0.5
    assert directions[2, 1] < -0.5
    assert directions[0, 2] > 0.99


def test_a_file_stands_for_its_series(real_data: Path) -> None:
    folder = real_data / "sij_dicom" / "STIR"
    from_file = read_volume(folder / "I5000000")
    np.testing.assert_array_equal(from_file.voxels, read_volume(folder).voxels)
    assert storage_geometry(folder).shape == (256, 256, 15)


def test_every_series_of_the_index_can_be_read(real_data: Path) -> None:
    for series in index_study(real_data / "sij_dicom").series:
        volume = read_series(series)
        assert volume.voxels.min() >= 0
        assert volume.voxels.max() > 100
