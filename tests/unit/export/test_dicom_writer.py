"""Slices as classic DICOM: where they are, in which order, under which identifiers."""

from datetime import date
from pathlib import Path

import numpy as np
import pydicom
import pytest

from mri_bme.export.dicom_writer import SeriesHeader, StudyHeader, uid_for, write_series
from mri_bme.volume import Volume, VolumeGeometry

GEOMETRY = VolumeGeometry(
    shape=(5, 6, 8),
    lps_from_index=np.array(
        [[0, 0, 0.7, -30.125], [4.4, 0, 0, 5.25], [0, -0.9, 0, 70.5], [0, 0, 0, 1.0]]
    ),
)
VOLUME = Volume(geometry=GEOMETRY, voxels=np.arange(240).reshape(GEOMETRY.shape))
STUDY = StudyHeader(patient_id="phantom0001", study_date=date(2024, 3, 4), key="k")


def written(folder: Path, **more: object) -> list[pydicom.Dataset]:
    series = SeriesHeader(number=3, description="stir", thickness_mm=4.0, **more)
    return [pydicom.dcmread(path) for path in write_series(folder, (VOLUME,), STUDY, series)]


def test_every_slice_lies_where_it_was_scanned(tmp_path: Path) -> None:
    for position, found in enumerate(written(tmp_path)):
        corner = GEOMETRY.points_lps((position, 0, 0))
        assert np.array(found.ImagePositionPatient, float) == pytest.approx(corner)
        assert list(found.PixelSpacing) == [0.9, 0.7]  # between rows, then between columns
        assert list(found.ImageOrientationPatient) == [1, 0, 0, 0, 0, -1]
        assert found.SpacingBetweenSlices == 4.4
        assert found.SliceThickness == 4.0
        np.testing.assert_array_equal(found.pixel_array, VOLUME.voxels[position])
        assert (found.SmallestImagePixelValue, found.LargestImagePixelValue) == (
            found.pixel_array.min(),
            found.pixel_array.max(),
        )


def test_interleaved_slices_are_numbered_in_the_order_of_their_acquisition(tmp_path: Path) -> None:
    found = written(tmp_path, interleaved=True)
    back = [float(f.ImagePositionPatient[1]) for f in found]
    positions = np.rint((np.array(back) - 5.25) / 4.4).astype(int).tolist()
    assert positions == [1, 3, 0, 2, 4]
    assert [f.InstanceNumber for f in found] == [1, 2, 3, 4, 5]


def test_the_same_key_gives_the_same_identifiers_and_another_key_others(tmp_path: Path) -> None:
    assert uid_for("a") == uid_for("a") != uid_for("b")
    assert uid_for("a").is_valid
    found = written(tmp_path)
    assert len({f.SOPInstanceUID for f in found}) == 5
    assert {f.SeriesInstanceUID for f in found} == {uid_for("k/3")}
    assert {f.StudyInstanceUID for f in found} == {uid_for("k")}


def test_a_slope_is_written_only_when_there_is_one(tmp_path: Path) -> None:
    (with_slope, *_), (without, *_) = (
        written(tmp_path / "a", rescale_slope=1.5),
        written(tmp_path / "b"),
    )
    assert with_slope.RescaleSlope == 1.5
    assert "RescaleSlope" not in without
