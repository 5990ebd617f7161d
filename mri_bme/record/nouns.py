"""Turn findings into plain values and back, exactly: dataclasses by name, field by field.

The stage cache and a subject's record are written with it. Only the project's own nouns
can be told, so reading runs no code of a file.
"""

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mri_bme import finding_kind, findings, sacroiliac, study, volume
from mri_bme.record import subject

NOUN_MODULES: tuple[ModuleType, ...] = (
    volume,
    sacroiliac,
    study,
    findings,
    finding_kind,
    subject,
)
Keep = Callable[[NDArray[Any]], Any]
"""Puts an array away and says how to find it again, in plain values."""
Fetch = Callable[[Any], NDArray[Any]]
"""Finds what `Keep` put away."""


@cache
def _nouns() -> dict[str, type[Any]]:
    return {
        name: value
        for module in NOUN_MODULES
        for name, value in vars(module).items()
        if isinstance(value, type) and (is_dataclass(value) or issubclass(value, Enum))
    }


def encode(value: Any, keep: Keep) -> Any:
    """Turn a noun, or plain values holding some, into what JSON can hold.

    Raises
    ------
    TypeError
        If it holds anything but plain values and the project's own nouns.
    """
    if isinstance(value, np.ndarray):
        return {"array": keep(value)}
    if isinstance(value, Enum):
        return {"enum": type(value).__name__, "value": value.value}
    if is_dataclass(value) and not isinstance(value, type):
        return _encode_dataclass(value, keep)
    if isinstance(value, Mapping):
        return {"mapping": [[encode(k, keep), encode(v, keep)] for k, v in value.items()]}
    if isinstance(value, list | tuple):
        return {"tuple": [encode(item, keep) for item in value]}
    value = value.item() if isinstance(value, np.generic) else value
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise TypeError(f"a record cannot hold a {type(value).__name__}")


def _encode_dataclass(noun: Any, keep: Keep) -> dict[str, Any]:
    name = type(noun).__name__
    if _nouns().get(name) is not type(noun):
        raise TypeError(f"a record cannot hold a {name}")
    held = {f.name: encode(getattr(noun, f.name), keep) for f in fields(noun) if f.init}
    return {"noun": name, "fields": held}


def decode(tree: Any, fetch: Fetch) -> Any:
    """Turn back what `encode` gave; lists come back as tuples.

    Raises
    ------
    KeyError, TypeError, ValueError
        If it is not what `encode` gives, or of nouns that have changed since.
    """
    if not isinstance(tree, dict):
        return tree
    if "array" in tree:
        return fetch(tree["array"])
    if "enum" in tree:
        return _nouns()[tree["enum"]](tree["value"])
    if "noun" in tree:
        held = {name: decode(value, fetch) for name, value in tree["fields"].items()}
        return _nouns()[tree["noun"]](**held)
    if "mapping" in tree:
        return {decode(k, fetch): decode(v, fetch) for k, v in tree["mapping"]}
    return tuple(decode(item, fetch) for item in tree["tuple"])
