"""The bytes of a NIfTI file: right, or refused by name; damage is never measured."""

import gzip
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest
from numpy.typing import NDArray

from mri_bme.errors import MriBmeError, UnreadableInput
from mri_bme.intake.nifti import is_nifti, read_nifti, read_nifti_geometry
from mri_bme.volume import Volume

SHAPE = (9, 7, 5)
AFFINE = np.array([[0.8, 0, 0, -9], [0, 0.9, 0, 7], [0, 0, 4.0, 3], [0, 0, 0, 1.0]])


def values(dtype: Any = np.int16) -> NDArray[Any]:
    return np.random.default_rng(3).integers(0, 200, SHAPE).astype(dtype)


def packed(path: Path, array: NDArray[Any] | None = None) -> Path:
    image = nib.Nifti1Image(values() if array is None else array, AFFINE)
    image.set_qform(AFFINE, 1)
    nib.save(image, path)
    return path


def intensities(volume: Volume) -> list[float]:
    """Stored order does not matter here; which values there are does."""
    return sorted(volume.voxels.ravel().tolist())


@pytest.mark.parametrize("place", ["early", "middle", "late", "checksum", "length"])
def test_no_flipped_byte_of_compressed_voxels_is_measured(tmp_path: Path, place: str) -> None:
    path = packed(tmp_path / "a.nii.gz")
    whole = path.read_bytes()
    ends = {"checksum": range(len(whole) - 8, len(whole) - 4), "length": range(-4, 0)}
    n = len(whole)
    spans = {"early": range(12, n // 3), "middle": range(n // 3, 2 * n // 3),
             "late": range(2 * n // 3, n - 8), **ends}  # fmt: skip
    true = intensities(read_nifti(path))
    rng = np.random.default_rng(1)
    for at in rng.choice(list(spans[place]), 20):
        content = bytearray(whole)
        content[at] ^= 1 << int(rng.integers(8))
        path.write_bytes(content)
        with pytest.raises(MriBmeError):
            assert intensities(read_nifti(path)) == true, at


def test_bytes_beyond_the_last_slice_are_noticed(tmp_path: Path) -> None:
    path = packed(tmp_path / "a.nii")
    content = path.read_bytes()
    path.write_bytes(content + bytes(20))  # padding of some writers
    read_nifti(path)
    path.write_bytes(content + bytes(9 * 7 * 2))
    with pytest.raises(UnreadableInput, match="a slice or more"):
        read_nifti(path)


def edited(path: Path, fmt: str, offset: int, *numbers: float) -> Path:
    """Overwrite a field of a little-endian NIfTI-1 header."""
    content = bytearray(path.read_bytes())
    struct.pack_into("<" + fmt, content, offset, *numbers)
    path.write_bytes(content)
    return path


DATATYPE, BITPIX, VOX_OFFSET, SLOPE, INTER = 70, 72, 108, 112, 116
DIM, PIXDIM, UNITS, QFORM_CODE, SFORM_CODE, QUATERN_B, MAGIC = 40, 76, 123, 252, 254, 256, 344

Make = Callable[[Path], Path]


def field(fmt: str, offset: int, *numbers: float) -> Make:
    return lambda folder: edited(packed(folder / "a.nii"), fmt, offset, *numbers)


def saved(dtype: Any, kind: type = nib.Nifti1Image) -> Make:
    def make(folder: Path) -> Path:
        image = kind(values(dtype), AFFINE, dtype=dtype)
        nib.save(image, folder / "a.nii.gz")
        return folder / "a.nii.gz"

    return make


def colours(folder: Path) -> Path:
    rgb = np.zeros(SHAPE, dtype=[("R", "u1"), ("G", "u1"), ("B", "u1")])
    nib.save(nib.Nifti1Image(rgb, AFFINE), folder / "a.nii")
    return folder / "a.nii"


def pair(suffix: str, given: str) -> Make:
    def make(folder: Path) -> Path:
        nib.save(nib.Nifti1Pair(values(), AFFINE), folder / f"a.img{suffix}")
        return folder / f"a.{given}{suffix}"

    return make


def lonely(folder: Path) -> Path:
    nib.save(nib.Nifti1Pair(values(), AFFINE), folder / "a.img")
    (folder / "a.img").unlink()
    return folder / "a.hdr"


def big_endian(kind: type) -> Make:
    def make(folder: Path) -> Path:
        header = kind(values(), AFFINE).header.as_byteswapped()
        nib.save(kind(values(), AFFINE, header), folder / "a.nii")
        return folder / "a.nii"

    return make


def analyze(folder: Path) -> Path:
    nib.save(nib.AnalyzeImage(values(), AFFINE), folder / "a.img")
    return folder / "a.hdr"


def with_axes(*more: int) -> Make:
    def make(folder: Path) -> Path:
        array = np.broadcast_to(values().reshape(*SHAPE, *([1] * len(more))), (*SHAPE, *more))
        nib.save(nib.Nifti1Image(np.array(array), AFFINE), folder / "a.nii")
        return folder / "a.nii"

    return make


def one_slice_only(folder: Path) -> Path:
    nib.save(nib.Nifti1Image(values()[..., 0], AFFINE), folder / "a.nii")
    return folder / "a.nii"


def with_value(value: float) -> Make:
    def make(folder: Path) -> Path:
        array = values(np.float32)
        array[2, 3, 1] = value
        return packed(folder / "a.nii.gz", array)

    return make


def bomb(folder: Path) -> Path:
    path = packed(folder / "a.nii")
    whole = path.read_bytes() + bytes(50_000_000)
    (folder / "b.nii.gz").write_bytes(gzip.compress(whole, compresslevel=9))
    return folder / "b.nii.gz"


def both_forms(move: tuple[float, float, float] = (0, 0, 0), turn: bool = False) -> Make:
    def make(folder: Path) -> Path:
        image, other = nib.Nifti1Image(values(), AFFINE), AFFINE.copy()
        other[:3, 3] += move
        if turn:
            other[0] *= -1
        image.set_qform(other, 1)
        image.set_sform(AFFINE, 2)
        nib.save(image, folder / "a.nii")
        return folder / "a.nii"

    return make


RIGHT: dict[str, tuple[Make, Callable[[NDArray[Any]], NDArray[Any]]]] = {
    "whole numbers of 16 bits": (saved(np.int16), lambda v: v),
    "of 8 bits, no sign": (saved(np.uint8), lambda v: v),
    "of 16 bits, no sign": (saved(np.uint16), lambda v: v),
    "of 32 bits": (saved(np.int32), lambda v: v),
    "of 64 bits": (saved(np.int64), lambda v: v),
    "decimals": (saved(np.float32), lambda v: v),
    "decimals of 64 bits": (saved(np.float64), lambda v: v),
    "NIfTI-2": (saved(np.int16, nib.Nifti2Image), lambda v: v),
    "big-endian": (big_endian(nib.Nifti1Image), lambda v: v),
    "big-endian NIfTI-2": (big_endian(nib.Nifti2Image), lambda v: v),
    "pair by its header": (pair("", "hdr"), lambda v: v),
    "pair by its voxels": (pair("", "img"), lambda v: v),
    "compressed pair": (pair(".gz", "hdr"), lambda v: v),
    "fourth axis of one": (with_axes(1), lambda v: v),
    "fifth axis of one": (with_axes(1, 1), lambda v: v),
    "slope and inter": (field("2f", SLOPE, 0.5, -3.0), lambda v: v * 0.5 - 3),
    "negative slope": (field("2f", SLOPE, -1.0, 250.0), lambda v: 250 - v),
    "slope of 0 is none": (field("2f", SLOPE, 0.0, 7.0), lambda v: v),
    "slope that is no number is none": (field("2f", SLOPE, np.nan, np.nan), lambda v: v),
    "offset of 0 is the usual one": (field("f", VOX_OFFSET, 0.0), lambda v: v),
    "pixdim[0] of 0 is 1": (field("f", PIXDIM, 0.0), lambda v: v),
    "forms that agree": (both_forms(), lambda v: v),
    "unit not said": (field("b", UNITS, 0), lambda v: v),
}
REFUSED: dict[str, tuple[Make, str]] = {
    "colours": (colours, "colour picture"),
    "complex": (saved(np.complex64), "complex numbers"),
    "complex of 128 bits": (saved(np.complex128), "complex numbers"),
    "unknown type": (field("h", DATATYPE, 77), "unknown type"),
    "one bit per voxel": (field("hh", DATATYPE, 1, 1), "type"),
    "bits that do not fit": (field("h", BITPIX, 32), "32 bits per voxel"),
    "NaN": (with_value(np.nan), "1 of 315 voxels"),
    "infinite": (with_value(np.inf), "1 of 315 voxels"),
    "two volumes": (with_axes(2), "9 x 7 x 5 x 2"),
    "five vectors": (with_axes(1, 5), "9 x 7 x 5 x 1 x 5"),
    "one slice": (one_slice_only, "2 axes"),
    "no axis": (field("h", DIM, 0), "0 axes"),
    "negative axis": (field("h", DIM + 2, -9), "-9"),
    "nine axes": (field("h", DIM, 9), "9 axes"),
    "terabytes declared": (field("4h", DIM, 3, 30000, 30000, 30000), "declares 30000"),
    "more slices than there are": (field("h", DIM + 6, 6), "cut short"),
    "fewer slices than there are": (field("h", DIM + 6, 4), "a slice or more"),
    "infinite slope": (field("f", SLOPE, np.inf), "scaled by inf"),
    "shift that is no number": (field("2f", SLOPE, 1.0, np.nan), "shifted by nan"),
    "offset into the header": (field("f", VOX_OFFSET, 120.0), "byte 120"),
    "offset beyond the end": (field("f", VOX_OFFSET, 1e7), "cut short"),
    "offset that is no number": (field("f", VOX_OFFSET, np.nan), "byte nan"),
    "spacing of 0": (field("f", PIXDIM + 4, 0.0), "larger than 0"),
    "negative spacing": (field("f", PIXDIM + 8, -0.9), "larger than 0"),
    "handedness of 7": (field("f", PIXDIM, 7.0), "pixdim"),
    "unit unknown": (field("b", UNITS, 5), "unknown unit"),
    "no orientation": (field("2h", QFORM_CODE, 0, 0), "where left is"),
    "qform that is no rotation": (field("f", QUATERN_B, 2.0), "no rotation"),
    "forms 3 mm apart": (both_forms((3, 0, 0)), "disagree by 3.0 mm"),
    "forms with sides exchanged": (both_forms(turn=True), "disagree"),
    "sform of other voxels": (
        lambda f: edited(edited(packed(f / "a.nii"), "h", QFORM_CODE, 0), "f", PIXDIM + 4, 0.7),
        "by pixdim",
    ),
    "Analyze": (analyze, "Analyze 7.5"),
    "header without its voxels": (lonely, "other file is missing"),
    "single file named as such, header of a pair": (
        field("4s", MAGIC, b"ni1\0"),
        "one of two files",
    ),
    "more bytes than declared, compressed": (bomb, "a slice or more"),
}  # type: ignore[dict-item]


@pytest.mark.parametrize("name", RIGHT)
def test_odd_files_are_read_right(tmp_path: Path, name: str) -> None:
    make, truth = RIGHT[name]
    path = make(tmp_path)
    assert is_nifti(path)
    found = read_nifti(path)
    expected = truth(values(np.float64)).ravel().tolist()
    assert intensities(found) == pytest.approx(sorted(expected))
    index = np.rint(found.geometry.indices_of(AFFINE[:3] @ (2, 3, 1, 1) * (-1, -1, 1))).astype(int)
    assert found.voxels[tuple(index)] == pytest.approx(truth(values(np.float64))[2, 3, 1])
    assert found.geometry.voxel_volume_ml == pytest.approx(0.8 * 0.9 * 4 / 1000)


@pytest.mark.parametrize("name", REFUSED)
def test_odd_files_are_refused_by_name(tmp_path: Path, name: str) -> None:
    make, words = REFUSED[name]
    path = make(tmp_path)
    with pytest.raises(MriBmeError, match=words.replace("(", r"\(")) as error:
        read_nifti(path)
    assert str(tmp_path) not in str(error.value)


def test_the_list_is_long_enough() -> None:
    assert len(RIGHT) + len(REFUSED) >= 40


def test_terabytes_are_refused_before_memory_is_taken(tmp_path: Path) -> None:
    path = field("4h", DIM, 3, 32000, 32000, 32000)(tmp_path)
    with pytest.raises(UnreadableInput, match="declares"):
        read_nifti_geometry(path)


def test_a_half_pair_is_no_nifti(tmp_path: Path) -> None:
    assert not is_nifti(lonely(tmp_path))
    assert is_nifti(Path("absent.nii.gz"))


@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz"])
def test_bytes_at_random_are_read_or_refused_in_words(tmp_path: Path, name: str) -> None:
    """Headers of plain files, anything of compressed ones; 6,000 were tried once."""
    path = packed(tmp_path / name)
    whole, true = path.read_bytes(), read_nifti(path)
    rng = np.random.default_rng(5)
    reach = 348 if name == "a.nii" else len(whole)
    for n in range(250):
        content = bytearray(whole)
        for at in rng.choice(reach, rng.integers(1, 4), replace=False):
            content[at] = rng.integers(256)
        path.write_bytes(content)
        try:
            found = read_nifti(path)
        except MriBmeError:
            continue
        if name == "a.nii.gz":
            assert found.geometry.matches(true.geometry), n
            np.testing.assert_array_equal(found.voxels, true.voxels)
