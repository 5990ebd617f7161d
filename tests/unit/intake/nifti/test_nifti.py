"""The NIfTI border: one image, stored in any axis order, is one volume."""

import gzip
from itertools import permutations
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from numpy.typing import NDArray

from mri_bme.errors import GeometryMismatch, InvalidGeometry, InvalidVoxels, UnreadableInput
from mri_bme.export.nifti import dicom_storage_geometry, write_nifti
from mri_bme.intake.nifti import read_nifti, read_nifti_geometry, read_nifti_labels, read_nifti_mask
from mri_bme.volume import Volume

SHAPE = (9, 7, 5)  # i, j, k
SPACING_MM = (0.8, 0.9, 4.4)


def oblique_affine() -> NDArray[np.float64]:
    """RAS affine of a semicoronal stack: k runs from back to front, tilted by 37 degrees."""
    matrix = np.eye(4)
    across, down = np.array([-1.0, 0, 0]), np.array([0, -0.6, -0.8])
    normal = np.cross(across, down)
    matrix[:3, :3] = np.stack([across, down, normal], axis=1) * SPACING_MM
    matrix[:3, 3] = (40.0, 25.0, -310.0)
    return matrix


def array() -> NDArray[np.float32]:
    return np.random.default_rng(0).uniform(0, 500, SHAPE).astype(np.float32)


def save(path: Path, voxels: NDArray[np.generic], affine: NDArray[np.float64]) -> Path:
    image = nib.Nifti1Image(voxels, affine)
    image.set_qform(affine, code=1)
    image.set_sform(affine, code=1)
    nib.save(image, path)
    return path


def same_volume(a: Volume, b: Volume) -> bool:
    return a.geometry.matches(b.geometry) and np.array_equal(a.voxels, b.voxels)


@pytest.mark.parametrize("order", list(permutations(range(3))))
@pytest.mark.parametrize("flips", [(1, 1, 1), (-1, 1, 1), (1, -1, -1), (-1, -1, -1)])
@pytest.mark.parametrize("oblique", [True, False])
def test_axis_order_and_orientation_do_not_matter(
    tmp_path: Path, order: tuple[int, int, int], flips: tuple[int, int, int], oblique: bool
) -> None:
    affine = oblique_affine()
    if not oblique:
        affine[:3, :3] = np.diag(SPACING_MM)
    original = read_nifti(save(tmp_path / "a.nii", array(), affine))
    wanted = np.stack([np.array(order), np.array(flips)], axis=1)
    image = nib.Nifti1Image(array(), affine).as_reoriented(wanted)
    copy = save(tmp_path / "b.nii.gz", np.asarray(image.dataobj), image.affine)
    assert same_volume(read_nifti(copy), original)


@pytest.mark.parametrize("codes", ["RAS", "LAS", "LPS", "PIR", "SLA"])
def test_named_orientations_of_one_image_are_one_volume(tmp_path: Path, codes: str) -> None:
    image = nib.Nifti1Image(array(), oblique_affine())
    original = read_nifti(save(tmp_path / "a.nii", array(), oblique_affine()))
    transform = nib.orientations.ornt_transform(
        nib.io_orientation(image.affine), nib.orientations.axcodes2ornt(codes)
    )
    turned = image.as_reoriented(transform)
    copy = save(tmp_path / "b.nii", np.asarray(turned.dataobj), turned.affine)
    assert nib.aff2axcodes(nib.load(copy).affine) == tuple(codes)
    assert same_volume(read_nifti(copy), original)


def test_positions_are_lps_millimetres(tmp_path: Path) -> None:
    path = save(tmp_path / "a.nii", array(), oblique_affine())
    ras = oblique_affine() @ [2, 3, 4, 1]
    volume = read_nifti(path)
    index = np.rint(volume.geometry.indices_of(ras[:3] * (-1, -1, 1))).astype(int)
    assert volume.voxels[tuple(index)] == array()[2, 3, 4]
    assert read_nifti_geometry(path).shape == SHAPE


def test_a_mask_returns_on_the_grid_of_its_input(tmp_path: Path) -> None:
    path = save(tmp_path / "a.nii", array(), oblique_affine())
    volume = read_nifti(path)
    write_nifti(
        tmp_path / "m.nii.gz",
        volume.voxels > 250,
        volume.geometry,
        stored=read_nifti_geometry(path),
    )
    mask = nib.load(tmp_path / "m.nii.gz")
    np.testing.assert_array_equal(np.asarray(mask.dataobj), array() > 250)
    np.testing.assert_allclose(mask.affine, oblique_affine(), atol=1e-4)
    np.testing.assert_allclose(mask.header.get_qform(), mask.header.get_sform(), atol=1e-4)
    again = read_nifti_mask(tmp_path / "m.nii.gz", volume.geometry, what="mask")
    np.testing.assert_array_equal(again.voxels, volume.voxels > 250)


def test_the_same_voxels_give_the_same_bytes(tmp_path: Path) -> None:
    volume = read_nifti(save(tmp_path / "a.nii", array(), oblique_affine()))
    stored = dicom_storage_geometry(volume.geometry)
    for name in ("one.nii.gz", "two.nii.gz"):
        write_nifti(tmp_path / name, volume.voxels, volume.geometry, stored=stored)
    assert (tmp_path / "one.nii.gz").read_bytes() == (tmp_path / "two.nii.gz").read_bytes()


def test_one_form_is_enough(tmp_path: Path) -> None:
    image = nib.Nifti1Image(array(), None)
    image.set_qform(oblique_affine(), code=1)
    image.set_sform(None, code=0)
    nib.save(image, tmp_path / "q.nii")
    both = read_nifti(save(tmp_path / "both.nii", array(), oblique_affine()))
    assert same_volume(read_nifti(tmp_path / "q.nii"), both)


def test_forms_that_disagree_are_refused_and_shown(tmp_path: Path) -> None:
    shifted = oblique_affine()
    shifted[0, 3] += 12
    image = nib.Nifti1Image(array(), oblique_affine())
    image.set_qform(shifted, code=1)
    image.set_sform(oblique_affine(), code=1)
    nib.save(image, tmp_path / "a.nii")
    with pytest.raises(UnreadableInput, match=r"disagree by 12\.0 mm: qform .*52.*sform .*40"):
        read_nifti(tmp_path / "a.nii")


def test_a_fourth_axis_of_one_is_accepted_and_of_two_refused(tmp_path: Path) -> None:
    single = read_nifti(save(tmp_path / "one.nii", array()[..., None], oblique_affine()))
    assert same_volume(single, read_nifti(save(tmp_path / "a.nii", array(), oblique_affine())))
    save(tmp_path / "two.nii", np.stack([array()] * 2, axis=-1), oblique_affine())
    with pytest.raises(UnreadableInput, match="9 x 7 x 5 x 2"):
        read_nifti(tmp_path / "two.nii")


def test_big_endian_files_and_scaled_integers(tmp_path: Path) -> None:
    stored = np.arange(np.prod(SHAPE), dtype=np.int16).reshape(SHAPE)
    image = nib.Nifti1Image(stored, oblique_affine())
    swapped = nib.Nifti1Image(stored, oblique_affine(), image.header.as_byteswapped())
    nib.save(swapped, tmp_path / "big.nii")
    little = read_nifti(save(tmp_path / "little.nii", stored, oblique_affine()))
    assert same_volume(read_nifti(tmp_path / "big.nii"), little)
    image.header.set_slope_inter(0.5, -3)
    nib.save(image, tmp_path / "scaled.nii")
    found = np.asarray(nib.load(tmp_path / "scaled.nii").dataobj)
    scaled = read_nifti(tmp_path / "scaled.nii")
    assert sorted(scaled.voxels.ravel().tolist()) == pytest.approx(sorted(found.ravel().tolist()))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_undefined_voxels_are_refused(tmp_path: Path, value: float) -> None:
    voxels = array()
    voxels[1, 2, 3] = value
    with pytest.raises(InvalidVoxels, match="1 of 315 voxels"):
        read_nifti(save(tmp_path / "a.nii", voxels, oblique_affine()))


@pytest.mark.parametrize("kind", ["zero", "sheared", "nan"])
def test_an_affine_that_is_no_grid_is_refused(tmp_path: Path, kind: str) -> None:
    affine = oblique_affine()
    if kind == "zero":
        affine[:3, 2] = 0
    elif kind == "nan":
        affine[0, 0] = np.nan
    else:
        affine[:3, 2] += affine[:3, 0] * 0.5
    image = nib.Nifti1Image(array(), None)
    image.header.set_sform(affine, code=1)
    nib.save(nib.Nifti1Image(array(), affine if kind == "sheared" else None), tmp_path / "a.nii")
    content = bytearray((tmp_path / "a.nii").read_bytes())
    content[:348] = image.header.binaryblock
    content[108:112] = np.float32(352).tobytes()  # vox_offset
    (tmp_path / "a.nii").write_bytes(bytes(content))
    with pytest.raises(InvalidGeometry):
        read_nifti(tmp_path / "a.nii")


@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz"])
@pytest.mark.parametrize("keep", [0.0, 0.05, 0.5, 0.95])
def test_truncated_files_are_refused_by_name(tmp_path: Path, name: str, keep: float) -> None:
    path = save(tmp_path / name, array(), oblique_affine())
    content = path.read_bytes()
    path.write_bytes(content[: int(keep * len(content))])
    with pytest.raises(UnreadableInput, match=name) as error:
        read_nifti(path)
    assert str(tmp_path) not in str(error.value)


def test_what_is_no_nifti_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.nii.gz").write_bytes(gzip.compress(b"hello"))
    for name in ("a.nii.gz", "absent.nii"):
        with pytest.raises(UnreadableInput):
            read_nifti(tmp_path / name)


def test_labels_on_another_grid_or_with_fractions_are_refused(tmp_path: Path) -> None:
    volume = read_nifti(save(tmp_path / "a.nii", array(), oblique_affine()))
    moved = oblique_affine()
    moved[2, 3] += 3
    save(tmp_path / "moved.nii", np.ones(SHAPE, np.uint8), moved)
    with pytest.raises(GeometryMismatch, match="the ROI map"):
        read_nifti_labels(tmp_path / "moved.nii", volume.geometry, what="the ROI map")
    with pytest.raises(InvalidVoxels, match="fractions"):
        read_nifti_labels(tmp_path / "a.nii", volume.geometry, what="the ROI map")
