"""Look at many files: in this process and, for large exports, in others beside it.

A helper is a plain child that imports what walks headers and nothing else, so it
answers within a tenth of a second, and a caller needs no ``if __name__ == "__main__"``.
This process works too: it takes files from the front, helpers take them from the back.
"""

import os
import pickle
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from threading import Lock, Thread
from typing import IO, TYPE_CHECKING, Any

from mri_bme.intake.dicom.header import FileFound, find_frames

if TYPE_CHECKING:  # a helper does without, and starts sooner
    from mri_bme.intake.dicom.paths import FilePaths

Progress = Callable[[int, int], None]
FILES_PER_TASK = 256
FILES_PER_PROCESS = 1500  # fewer are looked at before a helper has started
MAX_PROCESSES = 8  # more wait for the disk
_HELPER = (
    "import sys; sys.path[:] = sys.argv[1:]; "
    "from mri_bme.intake.dicom.scan import answer_requests; answer_requests()"
)


def look_at_files(
    paths: "FilePaths",
    add: Callable[[int, list[FileFound]], None],
    *,
    n_processes: int | None = None,
    progress: Progress | None = None,
) -> None:
    """Say what each file holds.

    Parameters
    ----------
    paths : FilePaths
        Regular files.
    add : callable
        Takes the number of a file and what it and those behind it hold, one call at a
        time, in any order.
    n_processes : int, optional
        This one included; by default one per core, if there are files enough.
    progress : callable, optional
        Called with the number of files done and the number of files.
    """
    work = _Work(paths, add)
    with _helpers((n_processes or _n_worthwhile(len(paths))) - 1, work) as threads:
        while work.todo or any(thread.is_alive() for thread in threads):
            with suppress(IndexError):  # a helper was quicker
                first = work.todo.popleft()
                work.done(first, look_at_some(work.files(first)))
            if not work.todo:
                for thread in threads:
                    thread.join()
            if progress is not None:
                progress(work.n_done, len(paths))


class _Work:
    """Files to look at, some at a time, and where to put what they hold."""

    def __init__(self, paths: "FilePaths", add: Callable[[int, list[FileFound]], None]) -> None:
        self._paths, self._add, self._lock = paths, add, Lock()
        self.todo, self.n_done = deque(range(0, len(paths), FILES_PER_TASK)), 0

    def files(self, first: int) -> list[str]:
        end = min(first + FILES_PER_TASK, len(self._paths))
        return [self._paths.text(number) for number in range(first, end)]

    def done(self, first: int, found: list[FileFound]) -> None:
        with self._lock:
            self._add(first, found)
            self.n_done += len(found)


def look_at_some(paths: Sequence[str]) -> list[FileFound]:
    """Say what each file holds, whatever is wrong with it."""
    return [_look_at_one(path) for path in paths]


def _look_at_one(path: str) -> FileFound:
    try:
        return find_frames(path)
    except OSError as error:
        return FileFound(kind="unreadable", damage=f"it cannot be opened ({error.strerror})")
    except MemoryError:
        raise
    except Exception as error:
        return FileFound(kind="damaged", damage=f"it cannot be read ({type(error).__name__})")


def _n_worthwhile(n_files: int) -> int:
    n_cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return max(1, min(n_cores or 1, MAX_PROCESSES, n_files // FILES_PER_PROCESS))


@contextmanager
def _helpers(n: int, work: _Work) -> Iterator[list[Thread]]:
    """Start helpers, and a thread beside each that hands it tasks from the back."""
    processes: list[subprocess.Popen[bytes]] = []
    with suppress(OSError):  # none can be started: this process does it all
        processes.extend(_start_helper() for _ in range(n))
    threads = [Thread(target=_hand_out, args=(process, work), daemon=True) for process in processes]
    for thread in threads:
        thread.start()
    try:
        yield threads
    finally:
        for process in processes:
            process.kill()
            process.communicate()


def _start_helper() -> "subprocess.Popen[bytes]":
    return subprocess.Popen(  # noqa: S603  (our own interpreter and text)
        [sys.executable, "-c", _HELPER, *sys.path],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )


def _hand_out(process: "subprocess.Popen[bytes]", work: _Work) -> None:
    """Keep one helper busy; what it does not answer goes back to do."""
    assert process.stdin is not None  # noqa: S101  (both are pipes)
    assert process.stdout is not None  # noqa: S101
    asked: deque[int] = deque()
    try:
        while True:
            while work.todo and len(asked) < 2:  # one to work on, one to go on with
                asked.append(work.todo.pop())
                _send(process.stdin, work.files(asked[-1]))
            if not asked:
                return
            found = pickle.load(process.stdout)  # noqa: S301  (our own process)
            work.done(asked[0], found)
            asked.popleft()
    except Exception:  # whatever a broken helper says: its files are looked at here
        work.todo.extend(asked)


def _send(stream: IO[bytes], thing: Any) -> None:
    pickle.dump(thing, stream, protocol=pickle.HIGHEST_PROTOCOL)
    stream.flush()


def answer_requests() -> None:
    """Be a helper: lists of paths come on stdin, what the files hold goes to stdout."""
    requests, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # nothing that a library prints may get among the answers
    with suppress(EOFError, KeyboardInterrupt, BrokenPipeError):
        while True:
            paths = pickle.load(requests)  # noqa: S301  (our own parent)
            _send(answers, look_at_some(paths))
