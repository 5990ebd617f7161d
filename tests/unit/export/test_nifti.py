"""What is written lies where it lay, in the axis order of the input."""

import gzip
from itertools import permutations
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from mri_bme.errors import GeometryMismatch
from mri_bme.export.nifti import dicom_storage_geometry, write_nifti
from mri_bme.volume import VolumeGeometry, reorder_geometry

MATRIX = np.array([[0, 0.1, 0.8, -3], [4.4, 0, 0, 5], [0, -0.8, 0.1, 7], [0, 0, 0, 1.0]])
GEOMETRY = VolumeGeometry(shape=(3, 5, 4), lps_from_index=MATRIX)
VOXELS = np.arange(60, dtype=np.int16).reshape(GEOMETRY.shape)


@pytest.mark.parametrize("order", list(permutations(range(3))))
@pytest.mark.parametrize("flipped", [(False, False, False), (True, False, True)])
def test_every_voxel_lies_where_it_lay(tmp_path: Path, order, flipped) -> None:
    stored = reorder_geometry(GEOMETRY, order, flipped)
    write_nifti(tmp_path / "v.nii.gz", VOXELS, GEOMETRY, stored=stored)
    image = nib.load(tmp_path / "v.nii.gz")
    assert image.shape == stored.shape
    assert image.header["sform_code"] == image.header["qform_code"] == 1
    np.testing.assert_allclose(image.get_sform(), image.get_qform(), atol=1e-5)
    for index in ((0, 0, 0), (2, 1, 3), (1, 4, 2)):
        ras = GEOMETRY.points_lps(index) * (-1, -1, 1)
        there = np.rint(np.linalg.inv(image.affine) @ (*ras, 1)).astype(int)[:3]
        assert image.dataobj[tuple(there)] == VOXELS[index]


def test_a_file_written_plane_by_plane_is_that_of_nibabel(tmp_path: Path) -> None:
    stored = dicom_storage_geometry(GEOMETRY)
    write_nifti(tmp_path / "v.nii.gz", VOXELS, GEOMETRY, stored=stored)
    write_nifti(tmp_path / "v.nii", VOXELS, GEOMETRY, stored=stored)
    plain = (tmp_path / "v.nii").read_bytes()
    assert nib.load(tmp_path / "v.nii").to_bytes() == plain
    packed, wanted = (tmp_path / "v.nii.gz").read_bytes(), gzip.compress(plain, 6, mtime=0)
    of_system = slice(9, 10)  # Python 3.13 says "unknown" there, others "Unix"
    assert packed[of_system] == b"\x03"
    assert packed[:9] == wanted[:9]
    assert packed[10:] == wanted[10:]


def test_the_same_voxels_are_the_same_bytes_and_keep_their_type(tmp_path: Path) -> None:
    stored = dicom_storage_geometry(GEOMETRY)
    for name in ("a", "b"):
        write_nifti(tmp_path / f"{name}.nii.gz", VOXELS, GEOMETRY, stored=stored)
    write_nifti(tmp_path / "a.nii", VOXELS, GEOMETRY, stored=stored)
    write_nifti(tmp_path / "mask.nii", VOXELS > 30, GEOMETRY, stored=stored)
    packed = (tmp_path / "a.nii.gz").read_bytes()
    assert packed == (tmp_path / "b.nii.gz").read_bytes()
    assert packed[4:8] == bytes(4)  # no time in the header, or every second has bytes of its own
    assert gzip.decompress(packed) == (tmp_path / "a.nii").read_bytes()
    assert nib.load(tmp_path / "a.nii").get_data_dtype() == np.int16
    assert nib.load(tmp_path / "mask.nii").get_data_dtype() == np.uint8
    assert nib.load(tmp_path / "a.nii").shape == (4, 5, 3)


def test_voxels_of_another_grid_are_not_written(tmp_path: Path) -> None:
    elsewhere = np.array(MATRIX)
    elsewhere[0, 3] += 1
    stored = VolumeGeometry(shape=GEOMETRY.shape, lps_from_index=elsewhere)
    with pytest.raises(GeometryMismatch):
        write_nifti(tmp_path / "v.nii", VOXELS, GEOMETRY, stored=stored)
    assert not list(tmp_path.iterdir())
