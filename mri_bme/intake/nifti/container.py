"""The bytes of a NIfTI file: one file or a pair, compressed or not, verified to the last byte."""

import gzip
import io
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from math import isinf, isnan, prod
from pathlib import Path
from typing import Any, BinaryIO, Literal, cast

import numpy as np
from nibabel.nifti1 import Nifti1Header, Nifti1PairHeader
from nibabel.nifti2 import Nifti2Header, Nifti2PairHeader
from nibabel.spatialimages import HeaderDataError
from numpy.typing import NDArray

from mri_bme.errors import UnreadableInput
from mri_bme.volume import MAX_VOXELS, Shape

NIFTI_SUFFIXES = (".nii", ".nii.gz")
PAIR_SUFFIXES = {".hdr": ".img", ".img": ".hdr", ".hdr.gz": ".img.gz", ".img.gz": ".hdr.gz"}
HEADER_BYTES = {348: 1, 540: 2}  # size of a header, and the version of NIfTI that it tells
BYTE_ORDERS: Mapping[Literal["little", "big"], str] = {"little": "<", "big": ">"}
SINGLE, PAIR = "single", "pair"
MAGIC = {b"n+1": SINGLE, b"ni1": PAIR, b"n+2": SINGLE, b"ni2": PAIR}
CHUNK_BYTES = 1 << 20
DAMAGE = (OSError, EOFError, ValueError, zlib.error)

Header = Any  # of nibabel, which is not typed


@dataclass(frozen=True, slots=True, kw_only=True)
class NiftiHead:
    """A header that can be measured: one volume of plain numbers.

    `data_path` is the file that holds the voxels, from the byte `offset` on. Stored values
    become intensities as ``slope * value + inter``; both are None where they are the same.
    """

    header: Header
    data_path: Path
    offset: int
    shape: Shape
    dtype: np.dtype[Any]
    slope: float | None
    inter: float | None


def is_nifti(path: Path) -> bool:
    """Tell by its name whether a file should be NIfTI; a pair needs both its files."""
    if path.name.lower().endswith(NIFTI_SUFFIXES):
        return True
    partner = partner_of(path)
    return partner is not None and path.is_file() and partner.is_file()


def partner_of(path: Path) -> Path | None:
    """Name the other file of a ``.hdr`` and ``.img`` pair; None for any other name."""
    for suffix in sorted(PAIR_SUFFIXES, key=len, reverse=True):
        if path.name.lower().endswith(suffix):
            stem, ending = path.name[: -len(suffix)], path.name[-len(suffix) :]
            other = PAIR_SUFFIXES[suffix]
            return path.with_name(stem + (other.upper() if ending.isupper() else other))
    return None


def files_of(path: Path) -> tuple[Path, ...]:
    """Files that hold what one path names: one, or both of a pair."""
    partner = partner_of(path)
    return (path,) if partner is None or not partner.is_file() else tuple(sorted((path, partner)))


def read_head(path: Path, *, what: str) -> NiftiHead:
    """Read and check a header without the voxels; `what` names the file in messages.

    Raises
    ------
    UnreadableInput
        If it is no NIfTI, holds more than one volume, colours or complex numbers, declares
        more voxels than any scan has, or its fields contradict each other.
    """
    header_path, data_path = _files(path, what)
    block = _first_bytes(header_path, max(HEADER_BYTES), what)
    kind, header = _header(block, what)
    if (kind is PAIR) != (header_path != data_path):
        told = "one of two files" if kind is PAIR else "one file"
        raise UnreadableInput(
            f"{what} says in its header that it is {told}, which it is not; export it as .nii.gz"
        )
    dtype = _dtype(header, what)
    shape = _shape(header, what)
    slope, inter = _scaling(header, what)
    return NiftiHead(
        header=header,
        data_path=data_path,
        offset=_offset(header, kind, what),
        shape=shape,
        dtype=dtype,
        slope=slope,
        inter=inter,
    )


def read_values(head: NiftiHead, *, what: str) -> NDArray[Any]:
    """Read the voxels in the file's axis order; scaled ones come as float32.

    The whole file is read, so that a checksum that does not fit is noticed.

    Raises
    ------
    UnreadableInput
        If the file is cut short, damaged, or holds more than its header says.
    """
    stored = bytearray(prod(head.shape) * head.dtype.itemsize)
    try:
        with _opened(head.data_path) as stream:
            _skip(stream, head.offset)
            n_read = _fill(stream, stored)
            n_more = _drain(stream)
    except DAMAGE as error:
        raise UnreadableInput(
            f"{what} is damaged or cut short (its bytes do not fit their checksum); export or copy "
            "it again"
        ) from error
    if n_read < len(stored):
        raise UnreadableInput(
            f"{what} is cut short: {n_read} of {len(stored)} bytes of voxels are there; export or "
            "copy it again"
        )
    if n_more >= len(stored) // head.shape[2]:
        raise UnreadableInput(
            f"{what} holds {n_more} bytes more than its header says, a slice or more; export it "
            "again"
        )
    values = np.frombuffer(stored, dtype=head.dtype).reshape(head.shape, order="F")
    return _scaled(values, head)


def _files(path: Path, what: str) -> tuple[Path, Path]:
    """File of the header and file of the voxels."""
    if not path.is_file():
        raise UnreadableInput(f"{what} is not there; check the path")
    partner = partner_of(path)
    if partner is None:
        return path, path
    if not partner.is_file():
        raise UnreadableInput(f"{what} is one of a pair whose other file is missing")
    return (path, partner) if ".hdr" in path.suffixes[-2:] else (partner, path)


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    with path.open("rb") as raw:
        if path.name.lower().endswith(".gz"):
            with gzip.open(raw, "rb") as unpacked:
                yield cast("BinaryIO", unpacked)
        else:
            yield raw


def _first_bytes(path: Path, n_bytes: int, what: str) -> bytes:
    try:
        with _opened(path) as stream:
            return stream.read(n_bytes)
    except DAMAGE as error:
        raise UnreadableInput(f"{what} cannot be read as NIfTI; export or copy it again") from error


def _header(block: bytes, what: str) -> tuple[str, Header]:
    sizes = {int.from_bytes(block[:4], order): sign for order, sign in BYTE_ORDERS.items()}
    size = next((n for n in HEADER_BYTES if n in sizes), None)
    if size is None or len(block) < size:
        raise UnreadableInput(f"{what} cannot be read as NIfTI; export or copy it again")
    version = HEADER_BYTES[size]
    kind = MAGIC.get(block[344:347] if version == 1 else block[4:7])
    if kind is None:
        raise UnreadableInput(
            f"{what} is Analyze 7.5 or another relative of NIfTI, which does not say where left "
            "is; convert the original to .nii.gz"
        )
    single = Nifti1Header if version == 1 else Nifti2Header
    pair = Nifti1PairHeader if version == 1 else Nifti2PairHeader
    try:
        return kind, (single if kind is SINGLE else pair)(block[:size], sizes[size], check=False)
    except (HeaderDataError, ValueError) as error:
        raise UnreadableInput(f"the header of {what} is damaged; export it again") from error


def _dtype(header: Header, what: str) -> np.dtype[Any]:
    try:
        dtype: np.dtype[Any] = np.dtype(header.get_data_dtype())
    except (HeaderDataError, KeyError) as error:
        raise UnreadableInput(
            f"{what} has an unknown type of voxels (code {int(header['datatype'])}); export it as "
            "whole or decimal numbers"
        ) from error
    if dtype.fields is not None:
        raise UnreadableInput(f"{what} is a colour picture (RGB); export the greyscale series")
    if dtype.kind == "c":
        raise UnreadableInput(
            f"{what} holds complex numbers; export the magnitude, as whole or decimal numbers"
        )
    if dtype.kind not in "iuf" or int(header["bitpix"]) != 8 * dtype.itemsize:
        raise UnreadableInput(
            f"{what} says {int(header['bitpix'])} bits per voxel and a type of "
            f"{8 * dtype.itemsize}; export it again"
        )
    return dtype


def _shape(header: Header, what: str) -> Shape:
    n_axes = int(header["dim"][0])
    sizes = [int(n) for n in header["dim"][1 : max(n_axes, 0) + 1]]
    if not 3 <= n_axes <= 7 or min(sizes) < 1 or any(n != 1 for n in sizes[3:]):
        raise UnreadableInput(
            f"{what} has {n_axes} axes of {' x '.join(map(str, sizes))}; one 3-D volume is needed: "
            "split the file"
        )
    if prod(sizes) > MAX_VOXELS:
        raise UnreadableInput(
            f"{what} declares {' x '.join(map(str, sizes[:3]))} voxels, more than the "
            f"{MAX_VOXELS:,} that a scan of a pelvis may have; check the file, or crop it"
        )
    return sizes[0], sizes[1], sizes[2]


def _offset(header: Header, kind: str, what: str) -> int:
    told = float(header["vox_offset"])
    least = 0 if kind is PAIR else int(header.single_vox_offset)
    offset = least if told == 0 else told
    if not np.isfinite(offset) or offset < least or offset != int(offset):
        raise UnreadableInput(
            f"{what} says that its voxels start at byte {told:g}, at least {least} is possible; "
            "export it again"
        )
    return int(offset)


def _scaling(header: Header, what: str) -> tuple[float | None, float | None]:
    slope, inter = float(header["scl_slope"]), float(header["scl_inter"])
    if slope == 0 or isnan(slope):  # NIfTI: no scaling
        return None, None
    if isinf(slope) or not np.isfinite(inter):
        raise UnreadableInput(
            f"{what} says that values are scaled by {slope:g} and shifted by {inter:g}; both must "
            "be finite: export it again"
        )
    return (None, None) if (slope, inter) == (1, 0) else (slope, inter)


def _skip(stream: BinaryIO, n_bytes: int) -> None:
    while n_bytes > 0:
        found = len(stream.read(min(n_bytes, CHUNK_BYTES)))
        if not found:
            raise EOFError
        n_bytes -= found


def _fill(stream: BinaryIO, target: bytearray) -> int:
    view, n_read = memoryview(target), 0
    while n_read < len(target):
        found = cast("io.BufferedIOBase", stream).readinto(view[n_read : n_read + CHUNK_BYTES])
        if not found:
            break
        n_read += found
    return n_read


def _drain(stream: BinaryIO) -> int:
    """Read to the end, where the checksum is; count what is left over."""
    n_more = 0
    while found := len(stream.read(CHUNK_BYTES)):
        n_more += found
    return n_more


def _scaled(values: NDArray[Any], head: NiftiHead) -> NDArray[Any]:
    if head.slope is None or head.inter is None:
        return values
    scaled = np.empty(values.shape, dtype=np.float32, order="F")
    for k in range(values.shape[2]):  # slice by slice: the file may be large
        scaled[..., k] = values[..., k].astype(np.float64) * head.slope + head.inter
    return scaled
