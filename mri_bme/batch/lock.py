"""Keep two runs off one output folder; the system frees the lock of a run that dies."""

import json
import os
import platform
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from mri_bme.errors import OutputRefused

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

LOCK_NAME = ".lock"
WAIT_S = 0.1


@contextmanager
def locked(folder: Path, *, shard: str | None = None) -> Iterator[None]:
    """Hold `folder` for this run; shards share it, each with a lock of its own.

    Raises
    ------
    OutputRefused
        If another run holds it (the message names its machine, process and start), or the
        folder cannot be written to.
    """
    with ExitStack() as held:
        if shard is None:
            held.enter_context(holding(folder, LOCK_NAME))
        else:
            held.enter_context(holding(folder, LOCK_NAME, shared=True))
            held.enter_context(holding(folder, f"{LOCK_NAME}-{shard}"))
        yield


@contextmanager
def holding(folder: Path, name: str, *, shared: bool = False) -> Iterator[None]:
    """Hold a folder under the name of a lock, as long as the block runs.

    Raises
    ------
    OutputRefused
        If somebody else holds it, or the folder cannot be written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        stream = _open(folder / name)
    except OSError as error:
        raise _refused(error) from error
    with stream:
        if not _try_lock(stream, wait=False, shared=shared):
            raise OutputRefused(
                f"the output folder is in use by {_holder(stream)}; wait for it to end, or "
                "choose another output"
            )
        try:
            _sign(stream)
        except OSError as error:
            raise _refused(error) from error
        yield


def _open(path: Path) -> IO[bytes]:
    return path.open("a+b", buffering=0)


def _refused(error: OSError) -> OutputRefused:
    return OutputRefused(
        f"cannot write to the output folder: {error.strerror}; choose a writable one with enough "
        "free space"
    )


@contextmanager
def waiting_lock(folder: Path, *, name: str) -> Iterator[None]:
    """Hold `folder` for a short while, after whoever holds it now.

    Raises
    ------
    OutputRefused
        If the folder cannot be written to.
    """
    try:
        stream = _open(folder / name)
    except OSError as error:
        raise _refused(error) from error
    with stream:
        _try_lock(stream, wait=True)
        yield


def _try_lock(stream: IO[bytes], *, wait: bool, shared: bool = False) -> bool:
    if fcntl is None:
        return shared or _try_lock_windows(stream, wait=wait)
    kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
    try:
        fcntl.flock(stream, kind | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        return False
    return True


def _try_lock_windows(stream: IO[bytes], *, wait: bool) -> bool:
    import msvcrt  # noqa: PLC0415  only there

    while True:  # LK_LOCK by itself gives up after ten seconds
        stream.seek(0)
        try:
            msvcrt.locking(stream.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
        except OSError:
            if not wait:
                return False
            time.sleep(WAIT_S)
        else:
            return True


def _sign(stream: IO[bytes]) -> None:
    started = datetime.now(UTC).isoformat(timespec="seconds")
    stream.truncate(0)
    holder = {"machine": platform.node(), "process": os.getpid(), "started": started}
    stream.write(json.dumps(holder).encode())


def _holder(stream: IO[bytes]) -> str:
    try:
        stream.seek(0)
        other = json.load(stream)
        return f"process {other['process']} on {other['machine']}, started {other['started']}"
    except (OSError, ValueError, KeyError):
        return "another run"
