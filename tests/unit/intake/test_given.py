"""What is given for a visit is read in its form, and refused where it is none of it."""

from pathlib import Path

import numpy as np
import pytest
from box_pelvis import box_pelvis
from drawn_atlas import GEOMETRY, SMALL, person, write

from mri_bme.errors import GeometryMismatch, InvalidVoxels
from mri_bme.intake.given import READERS, read_given
from mri_bme.roi_sources import GivenForm, given_by_role
from mri_bme.sacroiliac import QUADRANTS
from mri_bme.settings import RoiSettings
from mri_bme.volume import VolumeGeometry


def read(path: Path, role: str, geometry: VolumeGeometry = GEOMETRY):
    return read_given(path, given_by_role()[role], geometry, RoiSettings())


def test_every_form_can_be_read() -> None:
    assert set(READERS) == set(GivenForm)


def test_bones_come_with_whatever_numbers_they_have(tmp_path: Path) -> None:
    labels = box_pelvis(GEOMETRY).astype(np.int16) * 25
    write(tmp_path / "bones.nii.gz", labels)
    np.testing.assert_array_equal(read(tmp_path / "bones.nii.gz", "bones"), labels)


@pytest.mark.parametrize(("label", "is_quadrant"), [(8, True), (9, False), (-1, False)])
def test_quadrants_are_one_to_eight(tmp_path: Path, label: int, is_quadrant: bool) -> None:
    labels = np.zeros(GEOMETRY.shape, np.int16)
    labels[2, 30:40, 30:40] = label
    write(tmp_path / "rois.nii.gz", labels)
    if is_quadrant:
        found = read(tmp_path / "rois.nii.gz", "rois")
        assert found.dtype == np.uint8
        assert found.max() == max(QUADRANTS)
    else:
        with pytest.raises(InvalidVoxels, match="quadrants are 1 to 8, 0 is outside"):
            read(tmp_path / "rois.nii.gz", "rois")


def test_a_map_of_another_grid_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "bones.nii.gz", box_pelvis(GEOMETRY))
    matrix = np.array(GEOMETRY.lps_from_index)
    matrix[:3, 3] += 5
    elsewhere = VolumeGeometry(shape=GEOMETRY.shape, lps_from_index=matrix)
    with pytest.raises(GeometryMismatch, match="the bone map"):
        read(tmp_path / "bones.nii.gz", "bones", elsewhere)


def test_an_atlas_is_a_folder_of_scans(tmp_path: Path) -> None:
    scan = person(*SMALL)
    write(tmp_path / "A_volume.nii.gz", scan.volume.voxels)
    write(tmp_path / "A_bones.nii.gz", scan.bones)
    (found,) = read(tmp_path, "atlas")
    np.testing.assert_array_equal(found.bones, scan.bones)
