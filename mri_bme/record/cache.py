"""Keep findings in one file and read them back exactly: the stage cache of a batch.

A record is a ZIP of ``tree.json`` (dataclasses by name, field by field) and one ``.npy``
per array. Only the project's own nouns can be stored, so reading runs no code of the file.
The archive carries a hash of what it holds: a record that was damaged or edited is not there.
"""

import hashlib
import json
import zipfile
import zlib
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from mri_bme.errors import MriBmeError, UnreadableInput
from mri_bme.files import replacing
from mri_bme.record.nouns import decode, encode

FAST_COMPRESSION = 1  # arrays are read back once or never; size matters less than time
TREE = "tree.json"


def write_record(path: Path, noun: Any) -> None:
    """Write a dataclass of the project, or a plain value holding some, whole or not at all."""
    arrays: list[NDArray[Any]] = []

    def keep(array: NDArray[Any]) -> int:
        arrays.append(array)
        return len(arrays) - 1

    tree = json.dumps(encode(noun, keep)).encode()
    digest = hashlib.sha256(tree)
    with (
        replacing(path) as temporary,
        zipfile.ZipFile(
            temporary, "w", zipfile.ZIP_DEFLATED, compresslevel=FAST_COMPRESSION
        ) as archive,
    ):
        archive.writestr(TREE, tree)
        for index, array in enumerate(arrays):
            with archive.open(f"{index}.npy", "w") as member:
                stream = _Hashing(member, digest)
                np.lib.format.write_array(stream, array, allow_pickle=False)  # some MB at a time
        archive.comment = digest.hexdigest().encode()


class _Hashing:
    """A stream that hashes what is read from it or written to it."""

    def __init__(self, stream: IO[bytes], digest: "hashlib._Hash") -> None:
        self._stream, self._digest = stream, digest

    def write(self, content: bytes) -> int:
        self._digest.update(content)
        return self._stream.write(content)

    def read(self, size: int = -1) -> bytes:
        content = self._stream.read(size)
        self._digest.update(content)
        return content


def read_record(path: Path) -> Any:
    """Read what `write_record` wrote.

    Raises
    ------
    UnreadableInput
        If the file is damaged, was edited, or was written by another version.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            tree, arrays = _verified(archive)
        return decode(json.loads(tree), arrays.__getitem__)
    except (
        OSError,
        EOFError,
        KeyError,
        IndexError,
        NotImplementedError,
        TypeError,
        ValueError,
        zipfile.BadZipFile,
        zlib.error,
        MriBmeError,
    ) as error:
        raise UnreadableInput(
            f"the record {path.name} is damaged or of another version; delete it"
        ) from error


def _verified(archive: zipfile.ZipFile) -> tuple[bytes, tuple[NDArray[Any], ...]]:
    """Content of a record, exactly as it was written."""
    tree = archive.read(TREE)
    digest = hashlib.sha256(tree)
    arrays = []
    for index in range(len(archive.namelist()) - 1):
        with archive.open(f"{index}.npy") as member:
            stream = _Hashing(member, digest)
            arrays.append(np.lib.format.read_array(stream, allow_pickle=False))
            if stream.read():  # to the end, where the checksum of the archive is compared
                raise UnreadableInput("the record holds more than was written into it")
    if archive.comment != digest.hexdigest().encode():
        raise UnreadableInput("the record does not hold what was written into it")
    return tree, tuple(arrays)
