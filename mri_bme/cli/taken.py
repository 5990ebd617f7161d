"""How `--help` names what an argument or option takes: a word in capitals, as in `OUT`."""

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args, get_type_hints

from typer.models import ArgumentInfo, OptionInfo, ParameterInfo

WORDS = {Path: "PATH", str: "TEXT", int: "NUMBER", float: "NUMBER"}


def name_what_is_taken(function: Callable[..., None]) -> None:
    """Give each parameter of a command that says nothing else a word for what it takes.

    The library's own words are those of its types, as in ``<list[str]>``, and differ from
    version to version. What has a few choices keeps them.
    """
    hints = get_type_hints(function, include_extras=True)
    made = {name: one.annotation for name, one in inspect.signature(function).parameters.items()}
    for name, hint in (made | hints).items():
        for info in getattr(hint, "__metadata__", ()):
            if isinstance(info, ParameterInfo) and info.metavar is None:
                info.metavar = _word(name, info, get_args(hint)[0])


def _word(name: str, info: ParameterInfo, taken: Any) -> str | None:
    if isinstance(info, ArgumentInfo):
        return name.upper()
    if isinstance(info, OptionInfo):
        kinds = {taken, *get_args(taken), *(a for one in get_args(taken) for a in get_args(one))}
        return next((word for kind, word in WORDS.items() if kind in kinds), None)
    return None
