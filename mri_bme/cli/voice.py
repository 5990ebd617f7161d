"""What a command says besides what it was asked for: remarks, on standard error."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from mri_bme.inert import for_terminal
from mri_bme.loudness import Loudness

_LOUDNESS = ContextVar("loudness", default=Loudness.NORMAL)


@contextmanager
def speaking(loudness: Loudness) -> Iterator[None]:
    """Say as much as this for as long as a command runs."""
    token = _LOUDNESS.set(loudness)
    try:
        yield
    finally:
        _LOUDNESS.reset(token)


def loudness() -> Loudness:
    """Tell how much the command that runs may say."""
    return _LOUDNESS.get()


def remark(text: str) -> None:
    """Say something that a user may want to know; nothing with ``--quiet``."""
    if loudness() is not Loudness.QUIET:
        sys.stderr.write(f"mri-bme: {for_terminal(text)}\n")


def detail(text: str) -> None:
    """Say something that only a user who asked for more wants to know."""
    if loudness() is Loudness.VERBOSE:
        sys.stderr.write(f"mri-bme: {for_terminal(text)}\n")
