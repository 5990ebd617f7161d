"""Stored values of frames, whatever the transfer syntax, and the intensities they stand for."""

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from mri_bme.errors import UnreadableInput
from mri_bme.intake.dicom.datasets import read_dataset
from mri_bme.intake.dicom.decoding import (
    UnreadablePixels,
    check_declared_size,
    decode_frame,
    meaningful_bits,
)
from mri_bme.intake.dicom.elements import (
    EXPLICIT_BIG,
    GE_PRIVATE_BIG_PIXELS,
    NATIVE_SYNTAXES,
    RawHeader,
    parse_header,
    whole,
)
from mri_bme.intake.dicom.frames import Frame
from mri_bme.intake.dicom.header import PADDING, PADDING_LIMIT, WANTED_TAGS
from mri_bme.intake.dicom.octets import open_octets
from mri_bme.intake.dicom.rescale import INTERCEPT, SLOPE, frame_rescales, rescale_of

ROWS, COLUMNS = 0x00280010, 0x00280011


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
        stored, slope, intercept, padding = _read_classic(path)
        _fill(out[0], stored, slope, intercept, padding=padding)
        return
    numbers = [index or 0 for index in indices]
    with open_octets(path) as source:
        header = parse_header(source, WANTED_TAGS)
        if header is None or header.pixel_offset is None:
            raise UnreadablePixels("it holds no pixel data")
        rescales = frame_rescales(header, numbers)
        padding = padding_of(header)
        if header.syntax in NATIVE_SYNTAXES:
            planes = _native_planes(header, numbers)
        else:
            dataset = _dataset(path)
            planes = (decode_frame(dataset, index, path) for index in numbers)
        for row, stored, rescale in zip(out, planes, rescales, strict=True):
            _fill(row, stored, *rescale, padding=padding)


Padding = tuple[int, int] | None
"""Lowest and highest stored value of pixels that were never scanned."""


def padding_of(header: RawHeader) -> Padding:
    """Range of the padding values that a header declares (PS3.3 C.7.5.1.1.2)."""
    value = _signed(header, PADDING)
    if value is None:
        return None
    limit = _signed(header, PADDING_LIMIT)
    return min(value, value if limit is None else limit), max(
        value, value if limit is None else limit
    )


def _signed(header: RawHeader, tag: int) -> int | None:
    value = header.tags.get(tag, b"")[:2]
    if len(value) < 2:
        return None
    signed = (whole(header, 0x00280103) or 0) == 1
    return int.from_bytes(value, "little" if header.is_little else "big", signed=signed)


def _fill(
    out: NDArray[np.float32],
    stored: NDArray[Any],
    slope: float,
    intercept: float,
    *,
    padding: Padding = None,
) -> None:
    if stored.shape != out.shape:
        raise UnreadablePixels(f"a frame has {stored.shape} pixels, its series {out.shape}")
    if (slope, intercept) == (1.0, 0.0):
        out[...] = stored
    else:
        out[...] = stored.astype(np.float64) * slope + intercept
    if padding is not None:
        _empty(out, (stored >= padding[0]) & (stored <= padding[1]))


def _empty(out: NDArray[np.float32], padded: NDArray[np.bool_]) -> None:
    """Make padding look like air, the darkest that was scanned, so that no statistic sees it."""
    if padded.any():
        out[padded] = 0 if padded.all() else out[~padded].min()


def pixel_digest(frame: Frame) -> bytes:
    """Hash of the intensities, to recognise an image that was sent twice, however stored."""
    a = frame.acquisition
    try:
        check_declared_size(1, a.rows, a.columns)
        intensities = np.empty((1, a.rows, a.columns), dtype=np.float32)
        read_intensities(Path(frame.path), [frame.frame], intensities)
    except (UnreadableInput, OSError):
        return str((frame.path, frame.frame)).encode()
    return hashlib.blake2b(intensities.tobytes(), digest_size=16).digest()


def _read_classic(path: Path) -> tuple[NDArray[Any], float, float, Padding]:
    with open_octets(path) as source:
        header = parse_header(source, WANTED_TAGS)
        if header is None or header.pixel_offset is None:
            raise UnreadablePixels("it holds no pixel data")
        slope, intercept = rescale_of(header.tags.get(SLOPE, b""), header.tags.get(INTERCEPT, b""))
        padding = padding_of(header)
        native = header.syntax in NATIVE_SYNTAXES
        stored = _stored_native(header, 0) if native else None
    if stored is None:
        stored = decode_frame(_dataset(path), 0, path)
    return stored, slope, intercept, padding


def _native_planes(header: RawHeader, numbers: Sequence[int]) -> Iterator[NDArray[Any]]:
    """Give frames one by one, read in one go where they lie close together."""
    first, n = min(numbers), max(numbers) - min(numbers) + 1
    if n > 2 * len(numbers):
        return (_stored_native(header, index) for index in numbers)
    check_declared_size(n, whole(header, ROWS) or 0, whole(header, COLUMNS) or 0)
    block = _stored_native(header, first, n).reshape(n, whole(header, ROWS) or 0, -1)
    return (block[index - first] for index in numbers)


def _stored_native(header: RawHeader, index: int, n_frames: int = 1) -> NDArray[Any]:
    """Read frames that follow each other, the rows of one below those of the other."""
    rows, columns = whole(header, ROWS) or 0, whole(header, COLUMNS) or 0
    allocated = whole(header, 0x00280100) or 16
    check_declared_size(1, rows, columns)
    if allocated not in (8, 12, 16, 32):
        raise UnreadablePixels(f"{allocated} bits are allocated per pixel; 8 to 32 are read")
    if allocated == 12 and (index or n_frames > 1) and rows * columns % 2:
        raise UnreadablePixels("its frames of 12-bit pixels do not begin on whole bytes")
    n = (rows * columns * allocated + 7) // 8
    n_bytes = n * n_frames
    raw = header.data.read((header.pixel_offset or 0) + index * n, n_bytes + n_bytes % 2)
    if len(raw) < n_bytes or n == 0:
        raise UnreadablePixels("it is cut short in its pixel data")
    words = _words(header, raw, allocated)[: rows * columns * n_frames]
    stored = whole(header, 0x00280101) or allocated
    high = whole(header, 0x00280102)
    signed = (whole(header, 0x00280103) or 0) == 1
    high = stored - 1 if high is None else high
    return meaningful_bits(words.reshape(rows * n_frames, columns), stored, high, signed)


def _words(header: RawHeader, raw: bytes, allocated: int) -> NDArray[Any]:
    """Allocated words in the order of the pixels."""
    is_big = header.syntax in (EXPLICIT_BIG, GE_PRIVATE_BIG_PIXELS)
    if allocated == 12:  # two pixels in three bytes (ACR-NEMA)
        low, middle, high = np.frombuffer(raw + bytes(-len(raw) % 3), np.uint8).reshape(-1, 3).T
        even = low | (middle & np.uint16(0x0F)) << 8
        return np.stack([even, middle >> 4 | high.astype(np.uint16) << 4], axis=1).ravel()
    if allocated == 8 and header.syntax == EXPLICIT_BIG and _is_in_words(header):
        return np.frombuffer(raw + bytes(len(raw) % 2), ">u2").astype("<u2").view(np.uint8)
    size = allocated // 8
    return np.frombuffer(raw[: len(raw) // size * size], f"{'>' if is_big else '<'}u{size}")


def _is_in_words(header: RawHeader) -> bool:
    """Tell whether pixels are declared as OW, of which big endian swaps pairs of bytes."""
    return header.data.read((header.pixel_offset or 0) - 8, 2) == b"OW"


def _dataset(path: Path) -> Dataset:
    try:
        return read_dataset(path, with_pixels=True)
    except MemoryError:
        raise
    except Exception as error:
        raise UnreadablePixels(f"its elements cannot be read ({type(error).__name__})") from error
