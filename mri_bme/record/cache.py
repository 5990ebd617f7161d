"""Keep findings in one file and read them back exactly: the stage cache of a batch.

A record is a ZIP of ``tree.json`` (dataclasses by name, field by field) and one ``.npy``
per array. Only the project's own nouns can be stored, so reading runs no code of the file.
The archive carries a hash of what it holds: a record that was damaged or edited is not there.
"""

import hashlib
import io
import json
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mri_bme import findings, sacroiliac, study, volume
from mri_bme.errors import MriBmeError, UnreadableInput
from mri_bme.files import replacing

NOUN_MODULES: tuple[ModuleType, ...] = (volume, sacroiliac, study, findings)
FAST_COMPRESSION = 1  # arrays are read back once or never; size matters less than time
TREE = "tree.json"


@cache
def _nouns() -> dict[str, type[Any]]:
    return {
        name: value
        for module in NOUN_MODULES
        for name, value in vars(module).items()
        if isinstance(value, type) and (is_dataclass(value) or issubclass(value, Enum))
    }


def write_record(path: Path, noun: Any) -> None:
    """Write a dataclass of the project, or a plain value holding some, whole or not at all."""
    arrays: list[NDArray[Any]] = []
    tree = json.dumps(_encode(noun, arrays)).encode()
    digest = hashlib.sha256(tree)
    with (
        replacing(path) as temporary,
        zipfile.ZipFile(
            temporary, "w", zipfile.ZIP_DEFLATED, compresslevel=FAST_COMPRESSION
        ) as archive,
    ):
        archive.writestr(TREE, tree)
        for index, array in enumerate(arrays):
            stream = io.BytesIO()
            np.lib.format.write_array(stream, array, allow_pickle=False)
            digest.update(stream.getbuffer())
            archive.writestr(f"{index}.npy", stream.getbuffer())
        archive.comment = digest.hexdigest().encode()


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
        return _decode(json.loads(tree), arrays)
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
    """Content of a record, every byte of it as it was written."""
    tree = archive.read(TREE)
    digest = hashlib.sha256(tree)
    arrays = []
    for index in range(len(archive.namelist()) - 1):
        content = archive.read(f"{index}.npy")
        digest.update(content)
        arrays.append(np.lib.format.read_array(io.BytesIO(content), allow_pickle=False))
    if archive.comment != digest.hexdigest().encode():
        raise UnreadableInput("the record does not hold what was written into it")
    return tree, tuple(arrays)


def _encode(value: Any, arrays: list[NDArray[Any]]) -> Any:
    if isinstance(value, np.ndarray):
        arrays.append(value)
        return {"array": len(arrays) - 1}
    if isinstance(value, Enum):
        return {"enum": type(value).__name__, "value": value.value}
    if is_dataclass(value) and not isinstance(value, type):
        return _encode_dataclass(value, arrays)
    if isinstance(value, Mapping):
        return {"mapping": [[_encode(k, arrays), _encode(v, arrays)] for k, v in value.items()]}
    if isinstance(value, list | tuple):
        return {"tuple": [_encode(item, arrays) for item in value]}
    value = value.item() if isinstance(value, np.generic) else value
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise TypeError(f"a record cannot hold a {type(value).__name__}")


def _encode_dataclass(noun: Any, arrays: list[NDArray[Any]]) -> dict[str, Any]:
    name = type(noun).__name__
    if _nouns().get(name) is not type(noun):
        raise TypeError(f"a record cannot hold a {name}")
    held = {f.name: _encode(getattr(noun, f.name), arrays) for f in fields(noun) if f.init}
    return {"noun": name, "fields": held}


def _decode(tree: Any, arrays: Sequence[NDArray[Any]]) -> Any:
    if not isinstance(tree, dict):
        return tree
    if "array" in tree:
        return arrays[tree["array"]]
    if "enum" in tree:
        return _nouns()[tree["enum"]](tree["value"])
    if "noun" in tree:
        held = {name: _decode(value, arrays) for name, value in tree["fields"].items()}
        return _nouns()[tree["noun"]](**held)
    if "mapping" in tree:
        return {_decode(k, arrays): _decode(v, arrays) for k, v in tree["mapping"]}
    return tuple(_decode(item, arrays) for item in tree["tuple"])
