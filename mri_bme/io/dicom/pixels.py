"""Stored values of frames, whatever the transfer syntax, and the intensities they stand for."""

import hashlib
import math
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.pixels.decoders.base import get_decoder

from mri_bme.errors import UnreadableInput
from mri_bme.io.dicom.elements import (
    EXPLICIT_BIG,
    GE_PRIVATE_BIG_PIXELS,
    NATIVE_SYNTAXES,
    RawHeader,
    parse_header,
    whole,
)
from mri_bme.io.dicom.frames import Frame
from mri_bme.io.dicom.header import WANTED_TAGS, number_of
from mri_bme.io.dicom.multiframe import quietly, read_dataset
from mri_bme.io.dicom.octets import open_octets

RESCALE_SLOPE, RESCALE_INTERCEPT = 0x00281053, 0x00281052
PHILIPS_SCALE_INTERCEPT, PHILIPS_SCALE_SLOPE = 0x2005100D, 0x2005100E
PHILIPS_FRAME_GROUP = 0x2005140F
MAX_VOXELS = 1 << 29  # 2 GiB as float32, an order of magnitude above any MR series


class UnreadablePixels(UnreadableInput):
    """Pixel data that cannot be decoded."""


def check_declared_size(n_frames: int, rows: int, columns: int) -> None:
    """Refuse a volume whose declared size no scanner makes, before memory is taken."""
    if n_frames * rows * columns > MAX_VOXELS:
        raise UnreadablePixels(
            f"{n_frames} x {rows} x {columns} voxels are declared, at most {MAX_VOXELS} are read; "
            "check the header"
        )


def read_intensities(path: Path, indices: Sequence[int | None], out: NDArray[np.float32]) -> None:
    """Read frames of one file as stored value x slope + intercept into `out`.

    Parameters
    ----------
    path : Path
        A classic object (index None) or a multi-frame one (frame numbers from 0).
    indices : sequence of int or None
        Which frames.
    out : float32 array of shape (len(indices), rows, columns)
        Filled in place.

    Raises
    ------
    UnreadablePixels
        If the pixel data are absent, cut short, of another size, or in a codec that
        is not installed.
    """
    if indices[0] is None:
        stored, slope, intercept = _read_classic(path)
        _fill(out[0], stored, slope, intercept)
        return
    dataset = _dataset(path)
    for row, index in zip(out, indices, strict=True):
        stored = _stored_multiframe(path, dataset, index or 0)
        _fill(row, stored, *_frame_rescale(dataset, index or 0))


def _fill(out: NDArray[np.float32], stored: NDArray[Any], slope: float, intercept: float) -> None:
    if stored.shape != out.shape:
        raise UnreadablePixels(f"a frame has {stored.shape} pixels, its series {out.shape}")
    if (slope, intercept) == (1.0, 0.0):
        out[...] = stored
    else:
        out[...] = stored.astype(np.float64) * slope + intercept


def pixel_digest(frame: Frame) -> bytes:
    """Hash of the stored values, to recognise an image that was sent twice."""
    try:
        if frame.frame is None:
            stored, _, _ = _read_classic(frame.path)
        else:
            stored = _stored_multiframe(frame.path, _dataset(frame.path), frame.frame)
    except (UnreadableInput, OSError):
        return str((frame.path, frame.frame)).encode()
    return hashlib.blake2b(np.ascontiguousarray(stored).tobytes(), digest_size=16).digest()


def _read_classic(path: Path) -> tuple[NDArray[Any], float, float]:
    with open_octets(path) as source:
        header = parse_header(source, WANTED_TAGS)
        if header is None or header.pixel_offset is None:
            raise UnreadablePixels("it holds no pixel data")
        slope = number_of(header.tags.get(RESCALE_SLOPE, b""))
        intercept = number_of(header.tags.get(RESCALE_INTERCEPT, b""))
        native = header.syntax in NATIVE_SYNTAXES
        stored = _stored_native(header, 0) if native else None
    if stored is None:
        stored = _decode(_dataset(path), 0)
    return stored, slope or 1.0, intercept or 0.0


def _stored_native(header: RawHeader, index: int) -> NDArray[Any]:
    rows, columns = whole(header, 0x00280010) or 0, whole(header, 0x00280011) or 0
    allocated = whole(header, 0x00280100) or 16
    check_declared_size(1, rows, columns)
    if allocated not in (8, 16, 32):
        raise UnreadablePixels(f"{allocated} bits are allocated per pixel; 8, 16 or 32 are read")
    n = rows * columns * allocated // 8
    raw = header.data.read((header.pixel_offset or 0) + index * n, n)
    if len(raw) < n or n == 0:
        raise UnreadablePixels("it is cut short in its pixel data")
    big = header.syntax in (EXPLICIT_BIG, GE_PRIVATE_BIG_PIXELS)
    words = np.frombuffer(raw, dtype=f"{'>' if big else '<'}u{allocated // 8}")
    stored = whole(header, 0x00280101) or allocated
    high = whole(header, 0x00280102)
    signed = (whole(header, 0x00280103) or 0) == 1
    high = stored - 1 if high is None else high
    return meaningful_bits(words.reshape(rows, columns), stored, high, signed)


def meaningful_bits(
    words: NDArray[Any], bits_stored: int, high_bit: int, signed: bool
) -> NDArray[Any]:
    """Cut the stored bits out of allocated words, and extend their sign.

    Bits beside them may hold overlays (retired, but found) and must not count.
    """
    allocated = words.dtype.itemsize * 8
    if not 1 <= bits_stored <= allocated or not bits_stored - 1 <= high_bit < allocated:
        bits_stored, high_bit = allocated, allocated - 1
    if bits_stored < allocated:
        words = (words >> (high_bit - bits_stored + 1)) & words.dtype.type((1 << bits_stored) - 1)
    if not signed:
        return words
    values = words.astype(np.int64)
    return np.where(values >> (bits_stored - 1) & 1, values - (1 << bits_stored), values)


def _dataset(path: Path) -> Dataset:
    try:
        return read_dataset(path, with_pixels=True)
    except MemoryError:
        raise
    except Exception as error:
        raise UnreadablePixels(f"its elements cannot be read ({type(error).__name__})") from error


def _stored_multiframe(path: Path, dataset: Dataset, index: int) -> NDArray[Any]:
    with open_octets(path) as source:
        header = parse_header(source, WANTED_TAGS)
        if header is not None and header.pixel_offset and header.syntax in NATIVE_SYNTAXES:
            return _stored_native(header, index)
    return _decode(dataset, index)


def _decode(dataset: Dataset, index: int) -> NDArray[Any]:
    """Decode one compressed frame with whichever codec is installed."""
    check_declared_size(1, int(dataset.get("Rows") or 0), int(dataset.get("Columns") or 0))
    try:
        with quietly():
            syntax = dataset.file_meta.TransferSyntaxUID
            array, _ = get_decoder(syntax).as_array(dataset, index=index, raw=True)
    except MemoryError:
        raise
    except Exception as error:
        raise UnreadablePixels(
            f"its compressed pixel data cannot be decoded ({type(error).__name__}); decompress it"
        ) from error
    bits = int(dataset.get("BitsStored") or 16)
    unsigned = array.view(array.dtype.str.replace("i", "u"))
    signed = int(dataset.get("PixelRepresentation") or 0) == 1
    return meaningful_bits(np.asarray(unsigned), bits, bits - 1, signed)


def _frame_rescale(dataset: Dataset, index: int) -> tuple[float, float]:
    with quietly():
        per_frame = dataset.get("PerFrameFunctionalGroupsSequence") or []
        shared = dataset.get("SharedFunctionalGroupsSequence") or []
        places = [*per_frame[index : index + 1], *shared[:1]]
        for place in places:
            items = place.get("PixelValueTransformationSequence")
            if items:
                item = items[0]
                slope = item.get("RescaleSlope")
                intercept = item.get("RescaleIntercept")
                return float(slope or 1), float(intercept or 0)
        return float(dataset.get("RescaleSlope") or 1), float(dataset.get("RescaleIntercept") or 0)


def philips_scale(path: Path, index: int | None) -> dict[str, float]:
    """Private scale slope and intercept of one frame, and its public rescale."""
    try:
        dataset = read_dataset(path, with_pixels=False)
        with quietly():
            place = _philips_place(dataset, index)
            slope, intercept = _frame_rescale(dataset, index or 0)
            found = {
                "PhilipsRescaleSlope": slope,
                "PhilipsRescaleIntercept": intercept,
                "PhilipsScaleSlope": _first_number(place.get(PHILIPS_SCALE_SLOPE)),
                "PhilipsScaleIntercept": _first_number(place.get(PHILIPS_SCALE_INTERCEPT)),
            }
    except MemoryError:
        raise
    except Exception:
        return {}
    return {key: value for key, value in found.items() if value is not None}


def _philips_place(dataset: Dataset, index: int | None) -> Dataset:
    """Find the data set that holds the private scale: the frame's private group, or the object."""
    frames = dataset.get("PerFrameFunctionalGroupsSequence") or []
    if index is None or not frames:
        return dataset
    group = frames[index].get(PHILIPS_FRAME_GROUP)
    return group.value[0] if group is not None and group.value else dataset


def _first_number(element: Any) -> float | None:
    if element is None:
        return None
    value = element.value
    if isinstance(value, bytes):  # private VR unknown in implicit files
        value = struct.unpack("<f", value[:4])[0] if len(value) >= 4 else None
    number = value[0] if isinstance(value, (list, tuple)) else value
    return float(number) if number is not None and math.isfinite(float(number)) else None
