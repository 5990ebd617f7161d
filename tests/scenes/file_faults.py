"""Faults at a touch of a file: a full disk, or the death of the process.

Python announces what it is about to do to files (PEP 578). What is written, and brought to the
disk, is announced by `counting_writes`.
"""

import errno
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

TOUCHES = frozenset(
    {"open", "os.rename", "os.mkdir", "os.remove", "os.rmdir", "os.chmod", "tempfile.mkstemp"}
)


def killed(_path: Path) -> BaseException:
    """Die at once: nothing that would clean up runs."""
    os._exit(137)


def full(_path: Path) -> BaseException:
    return OSError(errno.ENOSPC, "No space left on device")


@dataclass
class Fault:
    """Counts touches of files below a folder, and strikes at the k-th.

    A strike raises what `strike` returns, or, where that is None, has done its harm.
    `reads_only` counts nothing but files that are opened to be read, `writes_only` what takes room;
    one that `stays` strikes at every later touch too, until it is switched off.
    """

    below: str = ""
    strike_at: int = -1
    strike: Callable[[Path], BaseException | None] = killed
    reads_only: bool = False
    writes_only: bool = False
    stays: bool = False
    n_touches: int = 0
    is_on: bool = False

    def hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self.is_on and event in TOUCHES and self._counts(event, arguments):
            self.touched(Path(str(arguments[0])))

    def touched(self, path: Path) -> None:
        """Count a touch, and strike where it is the one, or after it."""
        self.n_touches += 1
        later = self.stays and 0 < self.strike_at < self.n_touches
        if self.n_touches == self.strike_at or later:
            self.is_on = False
            error = self.strike(path)
            self.is_on = True
            if error is not None:
                raise error

    def _counts(self, event: str, arguments: tuple[Any, ...]) -> bool:
        if not arguments or not str(arguments[0]).startswith(self.below):
            return False
        reads = event == "open" and arguments[2] & os.O_ACCMODE == os.O_RDONLY
        if self.writes_only:
            return not reads and event not in ("os.remove", "os.rmdir")
        return reads or not self.reads_only


FAULT = Fault()
sys.addaudithook(FAULT.hear)


def struck_places(n_touches: int, most: int = 0) -> list[int]:
    """Touches at which to strike: all of them, or so many evenly spread."""
    step = max(1, n_touches // most) if most else 1
    return list(range(1, n_touches + 1, step))


@contextmanager
def counting_writes() -> Iterator[None]:
    """Count bytes that are written, and brought to the disk, as touches.

    Half of what is written is there when a fault strikes.
    """
    write, sync = os.write, os.fsync

    def half_written(descriptor: int, content: Any) -> int:
        if FAULT.is_on:
            before = FAULT.n_touches
            is_struck = FAULT.strike_at == before + 1
            if is_struck:
                write(descriptor, bytes(content)[: len(content) // 2])
            FAULT.touched(Path("written"))
        return write(descriptor, content)

    def synced(descriptor: int) -> None:
        if FAULT.is_on:
            FAULT.touched(Path("synced"))
        sync(descriptor)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "write", half_written)
        patch.setattr(os, "fsync", synced)
        yield
