"""Worker processes on this machine, each with one item at a time.

`concurrent.futures` gives up the whole pool when one worker dies and cannot stop an item
that hangs. Here every worker has a pipe of its own: one that dies or runs out of time costs
its own item only, and is replaced.
"""

import gc
import multiprocessing
import os
import signal
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from typing import Any, Literal

from mri_bme.batch.stop import Stop
from mri_bme.errors import WorkersUnavailable

READY = "ready"
COLLECT_NOTHING = "mri_bme.batch.uncollected"  # while modules are loaded
STARTS = 3  # a worker that dies this often before it is ready never will be
ATTEMPTS = 2  # a worker may be killed because of another program; twice is no accident
POLL_SECONDS = 0.2
LONGEST_TEMPORARY_FOLDER = 70  # bytes; a socket's name has 107, 33 of them multiprocessing's own
DYING_SECONDS = 5.0  # a pipe breaks before its process is gone
SINGLE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "NUMEXPR_NUM_THREADS": "1",
    "VECLIB_MAXIMUM_THREADS": "1",
    "ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS": "1",
}

SAFE_PATH = {"PYTHONSAFEPATH": "1"}
"""Let no file of the working folder, often that of an export, pass for a module of a library.

Interpreters that are started by a line of code look there first; workers are."""

MEMORY_GIVEN_BACK = {
    "MALLOC_MMAP_THRESHOLD_": str(4 << 20),
    "MALLOC_TRIM_THRESHOLD_": str(64 << 20),
}
"""Let glibc give the memory of arrays of 4 MB or more back as soon as they are freed.

By itself it keeps arrays of up to 32 MB for later, which at the end of a large subject is half
of what the process holds."""

TypeOfLoss = Literal["killed", "timeout"]

STOPPING = frozenset({signal.SIGINT, signal.SIGTERM})
"""A terminal sends the one, and a service or batch system the other, to every process of a run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """What became of an item whose worker never answered."""

    kind: TypeOfLoss
    seconds: float
    signal_number: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The outcome of the item at `index`: what `work` returned, or `Lost`."""

    index: int
    outcome: Any
    attempts: int


@dataclass(kw_only=True, eq=False)
class _Worker:
    """A running process and the item it holds; `is_ready` once its modules are loaded."""

    process: Any
    connection: Connection
    is_ready: bool = False
    index: int | None = None
    started: float = 0.0


@dataclass(kw_only=True, eq=False)
class _Queue:
    """Items not handed out yet, and how often each was tried."""

    waiting: deque[int]
    attempts: dict[int, int] = field(default_factory=dict)
    n_stillborn: int = 0

    def take(self) -> int:
        index = self.waiting.popleft()
        self.attempts[index] = self.attempts.get(index, 0) + 1
        return index


def run_in_processes(
    work: Callable[[Any], Any],
    items: Sequence[Any],
    *,
    jobs: int,
    timeout_s: float | None = None,
    stop: Stop | None = None,
    warm: Any = None,
) -> Iterator[Answer]:
    """Apply `work` to every item in `jobs` processes; answers come as they finish.

    Parameters
    ----------
    work : callable
        A function of a module, given one item; what it returns must be picklable.
    items : sequence
        Picklable descriptions of what to do.
    jobs : int
        Number of processes. Each holds its libraries to one thread.
    timeout_s : float, optional
        An item that takes longer is abandoned with its worker; loading modules does not
        count.
    stop : Stop, optional
        Once it asks to finish, nothing new starts; once it asks to abandon, workers are
        killed and nothing more is yielded.
    warm : object, optional
        Sent to each worker before its first item, so that the modules that it comes from
        are loaded.

    Yields
    ------
    Answer
        One per item that was started and not abandoned. An item whose worker dies is
        tried once more, last.

    Raises
    ------
    WorkersUnavailable
        If processes die before they can take an item.
    """
    stop = stop or Stop()
    queue = _Queue(waiting=deque(range(len(items))))
    workers: list[_Worker] = []
    try:
        while not stop.abandon:
            while queue.waiting and not stop.finish and len(workers) < jobs:
                workers.append(_start(work, warm))
            _hand_out(workers, queue, items, stop)
            busy = [worker for worker in workers if worker.index is not None]
            if not busy and (stop.finish or not queue.waiting):
                return
            awaited = [worker for worker in workers if worker in busy or not worker.is_ready]
            wait([w.connection for w in awaited], POLL_SECONDS)
            for worker in busy:
                yield from _collect(worker, workers, queue, timeout_s)
    finally:
        _end(workers)


def _hand_out(workers: list[_Worker], queue: _Queue, items: Sequence[Any], stop: Stop) -> None:
    for worker in list(workers):
        if not worker.is_ready:
            _await_ready(worker, workers, queue)
        if worker.is_ready and worker.index is None and queue.waiting and not stop.finish:
            index = queue.waiting[0]
            try:
                worker.connection.send(items[index])
            except OSError:  # it died while idle: no item is lost
                _bury(worker, workers)
                continue
            worker.index, worker.started = queue.take(), time.monotonic()


def _await_ready(worker: _Worker, workers: list[_Worker], queue: _Queue) -> None:
    try:
        worker.is_ready = worker.connection.poll() and worker.connection.recv() == READY
    except (EOFError, OSError):
        _bury(worker, workers)
        queue.n_stillborn += 1
        if queue.n_stillborn >= STARTS:
            raise WorkersUnavailable(
                f"{STARTS} worker processes ended before they could start; run with fewer --jobs "
                "or more memory, and check the installation with `mri-bme doctor`"
            ) from None


def _collect(
    worker: _Worker, workers: list[_Worker], queue: _Queue, timeout_s: float | None
) -> Iterator[Answer]:
    index = worker.index
    if index is None:
        return
    seconds = time.monotonic() - worker.started
    try:
        if worker.connection.poll():
            outcome = worker.connection.recv()
            worker.index = None
            yield Answer(index=index, outcome=outcome, attempts=queue.attempts[index])
            return
    except (EOFError, OSError):
        pass  # the pipe broke: the worker is dead or dying
    else:
        if worker.process.is_alive():
            if timeout_s is not None and seconds > timeout_s:
                _bury(worker, workers)
                lost = Lost(kind="timeout", seconds=seconds)
                yield Answer(index=index, outcome=lost, attempts=queue.attempts[index])
            return
    number = _bury(worker, workers, grace_s=DYING_SECONDS)
    if queue.attempts[index] < ATTEMPTS:
        queue.waiting.append(index)
        return
    lost = Lost(kind="killed", seconds=seconds, signal_number=number)
    yield Answer(index=index, outcome=lost, attempts=queue.attempts[index])


def _start(work: Callable[[Any], Any], warm: Any) -> _Worker:
    context = _context(work, warm)
    here, there = context.Pipe()
    process = context.Process(target=_serve, args=(there, work, warm), daemon=True)
    with set_in_environment(SINGLE_THREAD | MEMORY_GIVEN_BACK | SAFE_PATH), deaf_to_interrupts():
        process.start()
    there.close()
    return _Worker(process=process, connection=here)


def _context(*loaded_first: Any) -> Any:
    """Choose how processes start: from a small server that has loaded the modules, on Linux.

    Forking this process instead would copy the locks of its threads. The server listens at a
    name in the temporary folder, which must be short.
    """
    is_long = len(os.fsencode(tempfile.gettempdir())) > LONGEST_TEMPORARY_FOLDER
    if not sys.platform.startswith("linux") or is_long:
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    modules = [getattr(thing, "__module__", None) for thing in loaded_first]
    context.set_forkserver_preload([COLLECT_NOTHING, *(m for m in modules if m is not None)])
    return context


def _bury(worker: _Worker, workers: list[_Worker], *, grace_s: float = 0.0) -> int | None:
    """Kill, reap and forget a worker; say which signal ended it within `grace_s`, if any."""
    worker.process.join(timeout=grace_s)
    code = worker.process.exitcode
    worker.process.kill()
    worker.process.join()
    worker.connection.close()
    workers.remove(worker)
    return -code if code is not None and code < 0 else None


def _end(workers: list[_Worker]) -> None:
    for worker in list(workers):
        _bury(worker, workers)


@contextmanager
def set_in_environment(variables: Mapping[str, str]) -> Iterator[None]:
    """Let processes started inside find these variables in their environment."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextmanager
def deaf_to_interrupts() -> Iterator[None]:
    """Keep Ctrl-C and SIGTERM from processes started inside, even while they load modules."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    from multiprocessing import resource_tracker  # noqa: PLC0415  POSIX only

    resource_tracker.ensure_running()  # starting it inside would let the signals in again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _serve(connection: Connection, work: Callable[[Any], Any], warm: Any) -> None:
    for number in STOPPING:
        signal.signal(number, signal.SIG_IGN)  # what becomes of its work, the run decides
    _die_with_parent()
    del warm  # unpickling it has loaded the modules, which was its purpose
    gc.freeze()  # modules stay loaded, so collection after each item can skip them
    gc.enable()
    connection.send(READY)
    while True:
        try:
            item = connection.recv()
        except (EOFError, OSError):
            return
        connection.send(work(item))


def _die_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def watch() -> None:
        wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
