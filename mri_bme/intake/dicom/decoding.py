"""Decode one compressed frame with whichever codec is installed, and cut out its stored bits."""

import os
import struct
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import gdcm
import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.encaps import get_frame
from pydicom.pixels.decoders.base import get_decoder

from mri_bme.errors import UnreadableInput
from mri_bme.intake.dicom.datasets import quietly

JPEG = "1.2.840.10008.1.2.4."
GDCM_SYNTAXES = frozenset({JPEG + "51", JPEG + "57", JPEG + "70"})
"""What GDCM knows better; on damaged RLE it runs for minutes."""
J2K_START, JP2_START = b"\xff\x4f\xff\x51", b"\0\0\0\x0cjP  "
JPEG_SIZE_MARKERS = frozenset({0xF7, *range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})  # T.81, T.87
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


def meaningful_bits(
    words: NDArray[Any], bits_stored: int, high_bit: int, signed: bool
) -> NDArray[Any]:
    """Cut the stored bits out of allocated words, and extend their sign.

    Bits beside them may hold overlays (retired, but found) and must not count.
    """
    allocated = words.dtype.itemsize * 8
    if not 1 <= bits_stored <= allocated or not bits_stored - 1 <= high_bit < allocated:
        bits_stored, high_bit = allocated, allocated - 1
    if high_bit >= bits_stored:
        words = words >> (high_bit - bits_stored + 1)
    if bits_stored < allocated:
        words = words & words.dtype.type((1 << bits_stored) - 1)
    if not signed:
        return words
    values = words.astype(np.int64)
    return np.where(values >> (bits_stored - 1) & 1, values - (1 << bits_stored), values)


def decode_frame(dataset: Dataset, index: int, path: Path) -> NDArray[Any]:
    """Decode one compressed frame.

    pydicom's plugins come first; GDCM reading the file itself knows more (12-bit JPEG).

    Raises
    ------
    UnreadablePixels
        If no codec can decode it.
    """
    rows, columns = int(dataset.get("Rows") or 0), int(dataset.get("Columns") or 0)
    check_declared_size(1, rows, columns)
    _check_compressed_size(dataset, index, (rows, columns))
    try:
        with quietly(), silent_codecs():
            syntax = dataset.file_meta.TransferSyntaxUID
            array, _ = get_decoder(syntax).as_array(dataset, index=index, raw=True)
    except MemoryError:
        raise
    except Exception as error:
        with silent_codecs():
            decoded = _decode_with_gdcm(dataset, index, path)
        if decoded is None:
            raise UnreadablePixels(
                f"its pixel data ({_syntax_name(dataset)}) cannot be decoded "
                f"({type(error).__name__}); decompress it"
            ) from error
        array = decoded
    bits = int(dataset.get("BitsStored") or 16)
    unsigned = array.view(array.dtype.str.replace("i", "u"))
    signed = int(dataset.get("PixelRepresentation") or 0) == 1
    return meaningful_bits(np.asarray(unsigned), bits, bits - 1, signed)


def _check_compressed_size(dataset: Dataset, index: int, declared: tuple[int, int]) -> None:
    """Refuse a compressed image of another size than its header's, before it is unpacked."""
    n_frames = max(int(dataset.get("NumberOfFrames") or 1), 1)
    try:
        frame = get_frame(dataset.PixelData, index, number_of_frames=n_frames)
    except MemoryError:
        raise
    except Exception:
        return  # the decoder says what is wrong
    found = compressed_size(frame)
    if found is not None and found != declared:
        raise UnreadablePixels(
            f"its compressed image has {found[0]} x {found[1]} pixels, its header says "
            f"{declared[0]} x {declared[1]}"
        )


def compressed_size(frame: bytes) -> tuple[int, int] | None:
    """Rows and columns in the head of a JPEG 2000, JPEG-LS or JPEG stream; None for others."""
    start = frame.find(J2K_START)
    if start >= 0 and (start == 0 or frame.startswith(JP2_START)) and len(frame) >= start + 24:
        right, bottom, left, top = struct.unpack_from(">IIII", frame, start + 8)
        return bottom - top, right - left
    position = 2 if frame.startswith(b"\xff\xd8") else len(frame)
    while position + 9 <= len(frame) and frame[position] == 0xFF:
        if frame[position + 1] in JPEG_SIZE_MARKERS:
            rows, columns = struct.unpack_from(">HH", frame, position + 5)
            return rows, columns
        position += 2 + int.from_bytes(frame[position + 2 : position + 4], "big")
    return None


def _syntax_name(dataset: Dataset) -> str:
    found = str(dataset.file_meta.get("TransferSyntaxUID", ""))
    is_standard = found.startswith("1.2.840.10008.") and found.replace(".", "").isdigit()
    return f"transfer syntax {found}" if is_standard else "an unknown transfer syntax"


def _decode_with_gdcm(dataset: Dataset, index: int, path: Path) -> NDArray[Any] | None:
    if str(dataset.file_meta.get("TransferSyntaxUID", "")) not in GDCM_SYNTAXES:
        return None
    reader = gdcm.ImageReader()
    reader.SetFileName(str(path))
    try:
        if not reader.Read():
            return None
        buffer = reader.GetImage().GetBuffer().encode("utf-8", "surrogateescape")
    except (RuntimeError, TypeError, ValueError, AttributeError, UnicodeError):
        return None
    rows, columns = int(dataset.Rows), int(dataset.Columns)
    kind = np.dtype(f"<u{int(dataset.get('BitsAllocated') or 16) // 8}")
    n = rows * columns
    if len(buffer) < (index + 1) * n * kind.itemsize:
        return None
    return np.frombuffer(buffer, dtype=kind, count=n, offset=index * n * kind.itemsize).reshape(
        rows, columns
    )


@contextmanager
def silent_codecs() -> Iterator[None]:
    """Keep C libraries from writing to stderr; their errors come back as results."""
    sys.stderr.flush()
    try:
        kept = os.dup(2)
    except OSError:
        yield
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(nowhere)
        os.close(kept)
