"""Where voxels lie: every grid that is written is read back, and none is guessed."""

from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from mri_bme.errors import (
    GeometryMismatch,
    InvalidGeometry,
    InvalidSettings,
    MriBmeError,
    UnreadableInput,
)
from mri_bme.export.nifti import dicom_storage_geometry, write_nifti
from mri_bme.intake.nifti import read_nifti, read_nifti_geometry, read_nifti_labels
from mri_bme.volume import (
    VolumeGeometry,
    reading_order,
    reorder_geometry,
    reorder_voxels,
    with_storable_spacing,
)

N_GRIDS = 120  # some 1,000 were tried once
RAS_FROM_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])
SMALL = (7, 6, 5)


def random_rotation(n: int, rng: np.random.Generator) -> Rotation:
    """A third near a half turn, a third anything, a third nearly along the axes."""
    if n % 3 == 0:
        axis = rng.normal(size=3)
        near = np.pi - 10 ** rng.uniform(-7, -1)
        return Rotation.from_rotvec(axis / np.linalg.norm(axis) * near)
    if n % 3 == 1:
        return Rotation.from_quat(rng.normal(size=4))
    return Rotation.from_euler("xyz", rng.uniform((-180, -3, -3), (180, 3, 3)), degrees=True)


def random_grid(n: int) -> VolumeGeometry:
    rng = np.random.default_rng(n)
    matrix = np.eye(4)
    spacing = rng.uniform((0.3, 0.3, 1), (1.2, 1.2, 20)) * rng.choice([-1, 1], 3)
    matrix[:3, :3] = random_rotation(n, rng).as_matrix() * spacing
    matrix[:3, 3] = rng.uniform(-300, 300, 3)
    columns, rows = rng.integers(200, 400, 2)
    return with_storable_spacing(
        VolumeGeometry(shape=(int(columns), int(rows), 3), lps_from_index=matrix)
    )


def write_by(writer: str, path: Path, array: NDArray[np.int16], stored: VolumeGeometry) -> None:
    ras = RAS_FROM_LPS @ stored.lps_from_index
    if writer == "mri_bme":
        order = reading_order(stored)
        geometry = reorder_geometry(stored, *order)
        write_nifti(path, reorder_voxels(array, *order), geometry, stored=stored)
    elif writer == "SimpleITK":
        image = sitk.GetImageFromArray(array.transpose(2, 1, 0).copy())
        image.SetSpacing(stored.spacing_mm)
        image.SetOrigin(stored.lps_from_index[:3, 3].tolist())
        image.SetDirection(stored.directions.ravel().tolist())
        sitk.WriteImage(image, str(path))
    else:
        image = nib.Nifti1Image(array, ras)
        if writer == "nibabel, qform only":
            image.set_qform(ras, 1)
            image.set_sform(None, 0)
        nib.save(image, path)


@pytest.mark.parametrize("writer", ["mri_bme", "nibabel", "nibabel, qform only", "SimpleITK"])
def test_every_oblique_grid_that_is_written_is_read(tmp_path: Path, writer: str) -> None:
    path = tmp_path / "a.nii"
    tolerance_mm = 0.3 if "only" in writer else 1e-4
    for n in range(N_GRIDS):
        stored = random_grid(n)
        order = reading_order(stored)
        wanted = reorder_geometry(stored, *order)
        array = np.zeros(stored.shape, np.int16)
        array[::50, ::70, 1] = n + 1
        write_by(writer, path, array, stored)
        found = read_nifti(path)
        assert found.geometry.matches(wanted, tolerance_mm=tolerance_mm), n
        np.testing.assert_array_equal(found.voxels, reorder_voxels(array, *order))
        read_nifti_labels(path, wanted, what="a map")
        assert found.geometry.voxel_volume_ml == pytest.approx(wanted.voxel_volume_ml, rel=1e-14)


@pytest.mark.parametrize("shift_mm", [0.5, 3.0])
def test_a_real_disagreement_of_forms_is_refused_near_a_half_turn_too(
    tmp_path: Path, shift_mm: float
) -> None:
    stored = random_grid(0)
    ras = RAS_FROM_LPS @ stored.lps_from_index
    image = nib.Nifti1Image(np.zeros(stored.shape, np.int16), ras)
    image.set_qform(ras, 1)
    moved = ras.copy()
    moved[2, 3] += shift_mm
    image.set_sform(moved, 1)
    nib.save(image, tmp_path / "a.nii")
    with pytest.raises(UnreadableInput, match="disagree"):
        read_nifti_geometry(tmp_path / "a.nii")


def without_codes(path: Path, spacing: tuple[float, float, float] = (0.8, 0.9, 4.0)) -> Path:
    array = np.arange(np.prod(SMALL), dtype=np.int16).reshape(SMALL)
    image = nib.Nifti1Image(array, None)
    image.header.set_zooms(spacing)
    image.set_qform(None, 0)
    image.set_sform(None, 0)
    nib.save(image, path)
    return path


def test_a_file_that_does_not_say_where_left_is_is_refused_with_the_way_out(
    tmp_path: Path,
) -> None:
    path = without_codes(tmp_path / "a.nii")
    with pytest.raises(UnreadableInput, match=r"where left is .*--orientation"):
        read_nifti(path)


@pytest.mark.parametrize("stated", ["RAS", "LPI", "asr"])
def test_a_stated_orientation_places_the_voxels(tmp_path: Path, stated: str) -> None:
    path = without_codes(tmp_path / "a.nii")
    stored = read_nifti_geometry(path, orientation=stated)
    ras = RAS_FROM_LPS @ stored.lps_from_index
    assert "".join(nib.aff2axcodes(ras)) == stated.upper()
    assert stored.spacing_mm == (0.8, 0.9, 4.0)
    np.testing.assert_allclose(stored.centre_lps_mm, 0, atol=1e-9)


@pytest.mark.parametrize("stated", ["RAR", "XYZ", "RA", "right"])
def test_what_is_no_orientation_is_refused(tmp_path: Path, stated: str) -> None:
    with pytest.raises(InvalidSettings, match="three letters"):
        read_nifti(without_codes(tmp_path / "a.nii"), orientation=stated)


def test_a_statement_against_the_header_is_refused(tmp_path: Path) -> None:
    nib.save(nib.Nifti1Image(np.zeros(SMALL, np.int16), np.eye(4)), tmp_path / "a.nii")
    read_nifti_geometry(tmp_path / "a.nii", orientation="RAS")
    with pytest.raises(UnreadableInput, match="not as LAS"):
        read_nifti_geometry(tmp_path / "a.nii", orientation="LAS")


@pytest.mark.parametrize(("unit", "per_mm"), [("meter", 0.001), ("mm", 1), ("micron", 1000)])
@pytest.mark.parametrize("form", ["both", "q", "s"])
def test_lengths_in_other_units_become_millimetres(
    tmp_path: Path, unit: str, per_mm: float, form: str
) -> None:
    ras = np.diag([0.8, 0.9, 4.0, 1.0])
    ras[:3, 3] = (-20, 30, 40)
    told = np.diag([per_mm] * 3 + [1.0]) @ ras
    image = nib.Nifti1Image(np.zeros(SMALL, np.int16), told)
    image.set_qform(told, int(form != "s"))
    image.set_sform(told, int(form != "q"))
    image.header.set_xyzt_units(unit)
    nib.save(image, tmp_path / "a.nii")
    found = read_nifti_geometry(tmp_path / "a.nii")
    np.testing.assert_allclose(RAS_FROM_LPS @ found.lps_from_index, ras, rtol=1e-6, atol=1e-5)


@pytest.mark.parametrize("spacing", [(5.95, 5.95, 3.3), (0.595, 0.595, 330)])
def test_a_field_of_view_beyond_any_scanner_is_refused_from_the_header(
    tmp_path: Path, spacing: tuple[float, float, float]
) -> None:
    path = tmp_path / "a.nii.gz"
    nib.save(nib.Nifti1Image(np.zeros((336, 336, 25), np.uint8), np.diag([*spacing, 1])), path)
    with pytest.raises(InvalidGeometry, match="mm large, at most 1000"):
        read_nifti(path)


@pytest.mark.parametrize("kind", ["voxels 1 % larger", "shifted", "turned by a degree"])
def test_a_map_on_nearly_the_same_grid_is_refused(tmp_path: Path, kind: str) -> None:
    stored = VolumeGeometry(shape=(150, 120, 9), lps_from_index=np.diag([0.6, 0.6, 4.0, 1.0]))
    geometry = reorder_geometry(stored, *reading_order(stored))
    matrix = np.array(stored.lps_from_index)
    if kind == "shifted":
        matrix[0, 3] += 0.4
    elif kind == "turned by a degree":
        matrix[:3, :3] = Rotation.from_euler("z", 1, degrees=True).as_matrix() @ matrix[:3, :3]
    else:
        matrix[:3, :3] *= 1.01
    nib.save(nib.Nifti1Image(np.ones(stored.shape, np.uint8), RAS_FROM_LPS @ matrix),
             tmp_path / "m.nii")  # fmt: skip
    with pytest.raises(GeometryMismatch, match="the ROI map"):
        read_nifti_labels(tmp_path / "m.nii", geometry, what="the ROI map")


def test_a_small_map_of_larger_voxels_is_refused_though_its_corners_are_near(
    tmp_path: Path,
) -> None:
    stored = VolumeGeometry(shape=SMALL, lps_from_index=np.diag([0.8, 0.9, 4.0, 1.0]))
    geometry = reorder_geometry(stored, *reading_order(stored))
    larger = RAS_FROM_LPS @ stored.lps_from_index @ np.diag([1.01, 1.01, 1.01, 1])
    nib.save(nib.Nifti1Image(np.ones(SMALL, np.uint8), larger), tmp_path / "m.nii")
    with pytest.raises(GeometryMismatch):
        read_nifti_labels(tmp_path / "m.nii", geometry, what="the ROI map")


def test_spacing_comes_back_as_it_was_written(tmp_path: Path) -> None:
    matrix = np.eye(4)
    matrix[:3, :3] = Rotation.from_euler("xyz", (37, 3, 2), degrees=True).as_matrix()
    matrix[:3, :3] *= (0.595, 0.595, 3.3)
    geometry = VolumeGeometry(shape=(5, 6, 7), lps_from_index=matrix)
    write_nifti(tmp_path / "a.nii", np.zeros((5, 6, 7), np.int16), geometry,
                stored=dicom_storage_geometry(geometry))  # fmt: skip
    found = read_nifti_geometry(tmp_path / "a.nii")
    assert sorted(found.spacing_mm) == pytest.approx([0.595, 0.595, 3.3], rel=1e-15)


def test_messages_may_call_a_file_by_its_role(tmp_path: Path) -> None:
    path = without_codes(tmp_path / "Surname_Given.nii")
    with pytest.raises(MriBmeError) as error:
        read_nifti(path, what="the volume")
    assert "Surname" not in str(error.value)
