"""Follow calls through a package while it works; runs inside the process that is followed.

Needs nothing but the standard library, so that it can watch any checkout of the package.
What a reader would walk is kept: every call from one place to one function counts the first
time only, however often a loop repeats it, and what is read without going there is left out:
properties, methods of the language (``__init__`` and so on) and what importing runs.
"""

import ast
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

MAX_LOOKS = 60  # at the arguments of one call; by then a value has come or will not
MAX_DEPTH = 5
MAX_ITEMS = 40
PROPERTIES = {"property", "cached_property"}
INLINE = {"<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>"}

Carries = Callable[[Any], bool]


def carries_text(token: str) -> Carries:
    """Recognise a number by its text, in a text, or in what holds the number."""

    def carries(value: Any) -> bool:
        if isinstance(value, str):
            return token in value
        return isinstance(value, float) and value == float(token)

    return carries


def carries_noun(name: str) -> Carries:
    """Recognise a dataclass by its name, and the arrays that its masks hold."""
    arrays: list[Any] = []

    def carries(value: Any) -> bool:
        if type(value).__name__ == name:
            arrays.extend(_arrays(value, MAX_DEPTH))
            return True
        return type(value).__name__ == "ndarray" and any(value is array for array in arrays)

    return carries


def _arrays(value: Any, depth: int) -> Iterator[Any]:
    if type(value).__name__ == "ndarray":
        yield value
    elif depth and hasattr(value, "__dataclass_fields__"):
        for name in value.__dataclass_fields__:
            yield from _arrays(getattr(value, name, None), depth - 1)


def everything(value: Any) -> bool:
    """Follow every call, whatever it is given."""
    del value
    return True


class Follower:
    """Writes one line ``time, calling module, called module, called function`` per new call."""

    def __init__(self, package: Path, log: Path, carries: Carries) -> None:
        self._root = f"{package}{os.sep}"
        self._log = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self._carries = carries
        self._counted: dict[CodeType, bool] = {}
        self._looks: dict[tuple[CodeType | None, int, CodeType], int] = {}
        self._on_way: set[tuple[CodeType | None, int, CodeType]] = set()
        self._properties = set(_property_lines(package))
        self._is_busy = False

    def __call__(self, frame: FrameType, event: str, argument: Any) -> None:
        """Look at one event of `sys.setprofile`."""
        del argument
        if event != "call" or self._is_busy or not self._counts(frame.f_code):
            return
        self._is_busy = True  # looking at arguments may call the package's own code
        try:
            self._look(frame)
        finally:
            self._is_busy = False

    def _look(self, frame: FrameType) -> None:
        caller = self._caller(frame)
        if caller is IMPORTING:
            return
        code = caller.f_code if isinstance(caller, FrameType) else None
        line = caller.f_lineno if isinstance(caller, FrameType) else 0
        call = (code, line, frame.f_code)
        looks = self._looks.get(call, 0)
        if call in self._on_way or looks >= MAX_LOOKS:
            return
        self._looks[call] = looks + 1
        if self._carries is everything or _holds(frame.f_locals, self._carries, MAX_DEPTH):
            self._on_way.add(call)
            start = "" if code is None else self._module(code)
            words = (f"{time.monotonic_ns()}", start, self._module(frame.f_code))
            os.write(self._log, ("\t".join((*words, frame.f_code.co_name)) + "\n").encode())

    def _caller(self, frame: FrameType) -> "FrameType | object | None":
        """Nearest function of the package that called; IMPORTING below an import."""
        found: FrameType | None = None
        step = frame.f_back
        while step is not None:
            code = step.f_code
            if code.co_name == "<module>" and self._is_inside(code):
                if not code.co_filename.endswith("__main__.py"):
                    return IMPORTING
            elif found is None and self._counts(code):
                found = step
            step = step.f_back
        return found

    def _is_inside(self, code: CodeType) -> bool:
        return code.co_filename.startswith(self._root)

    def _counts(self, code: CodeType) -> bool:
        known = self._counted.get(code)
        if known is None:
            name = code.co_name
            known = self._counted[code] = (
                self._is_inside(code)
                and not (name.startswith("__") and name.endswith("__"))
                and name != "<module>"
                and name not in INLINE
                and (code.co_filename, code.co_firstlineno) not in self._properties
            )
        return known

    def _module(self, code: CodeType) -> str:
        name = code.co_filename.removeprefix(self._root).removesuffix(".py")
        return name.replace(os.sep, ".").removesuffix(".__init__")


IMPORTING = object()


def _holds(value: Any, carries: Carries, depth: int) -> bool:
    if carries(value):
        return True
    if depth == 0:
        return False
    if isinstance(value, dict):
        items = list(value.values())
    elif isinstance(value, tuple | list):
        items = list(value)
    elif hasattr(value, "__dataclass_fields__"):
        items = [getattr(value, name, None) for name in value.__dataclass_fields__]
    elif hasattr(type(value), "model_fields"):
        items = list(vars(value).values())
    else:
        return False
    return any(_holds(item, carries, depth - 1) for item in items[:MAX_ITEMS])


def _property_lines(package: Path) -> Iterator[tuple[str, int]]:
    for path in package.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and any(
                getattr(mark, "id", getattr(mark, "attr", "")) in PROPERTIES
                for mark in node.decorator_list
            ):
                yield str(path), min(mark.lineno for mark in node.decorator_list)


def follow(package: Path, log: Path, what: str) -> None:
    """Follow this process from here on: ``everything``, ``text:5.8125`` or ``noun:NAME``."""
    kind, _, name = what.partition(":")
    ways = {"text": carries_text, "noun": carries_noun}
    carries = ways[kind](name) if kind in ways else everything
    sys.setprofile(Follower(package, log, carries))
