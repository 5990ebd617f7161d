"""Data sets as pydicom reads them, for what is rarely needed of a file."""

import gzip
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import pydicom
from pydicom.dataset import Dataset

from mri_bme.intake.dicom.octets import GZIP_MAGIC, INFLATE_LIMIT_BYTES


@contextmanager
def quietly() -> Iterator[None]:
    """Silence pydicom's remarks on values that vendors write wrongly every day."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


SEQUENCE_DELIMITER = b"\xfe\xff\xdd\xe0\0\0\0\0"


def read_dataset(path: Path, *, with_pixels: bool) -> Dataset:
    """Read a data set with pydicom; anything may be wrong with it.

    pydicom drops compressed pixel data whose last delimiter is missing, so it is given
    one.
    """
    with path.open("rb") as stream:
        packed = stream.read(2) == GZIP_MAGIC
    source: Any = path
    if packed:
        with gzip.open(path) as stream:
            source = BytesIO(stream.read(INFLATE_LIMIT_BYTES))
    dataset = _read(source, with_pixels)
    if with_pixels and "PixelData" not in dataset:
        content = source.getvalue() if packed else path.read_bytes()
        dataset = _read(BytesIO(content + SEQUENCE_DELIMITER), with_pixels)
    return dataset


def _read(source: Any, with_pixels: bool) -> Dataset:
    with quietly():
        return pydicom.dcmread(source, force=True, stop_before_pixels=not with_pixels)
