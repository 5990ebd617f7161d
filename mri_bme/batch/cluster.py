"""The same items on the workers of a Dask cluster, wherever they run."""

import logging
import os
import threading
import time
from asyncio import CancelledError
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from mri_bme.batch.code_version import code_version
from mri_bme.batch.pool import POLL_SECONDS, Answer, Lost
from mri_bme.batch.stages import MARKER_NAME, stage_of_marker
from mri_bme.batch.status import read_status, write_status
from mri_bme.batch.stop import Stop
from mri_bme.batch.work import Job, Summary, do_subject, failed_status, summary_of
from mri_bme.errors import InvalidSettings, WorkersUnavailable
from mri_bme.extras import needing

DASK_LOGS = ("distributed", "distributed.client", "distributed.utils")
CONNECT_SECONDS = 30
FIRST_WORKER_SECONDS = 120
ENDING_SECONDS = 10.0  # that a worker has to end itself once a subject took too long
ITEMS_PER_THREAD = 2  # one that runs and one that waits beside it, so that no thread idles

_one_at_a_time = threading.Lock()


def run_on_cluster(
    items: Sequence[Job], *, address: str, stop: Stop | None = None
) -> Iterator[Answer]:
    """Do subjects on the workers that a Dask scheduler knows; answers come as they finish.

    Workers must see the same files under the same paths and have the same code. A worker
    that dies costs nothing but time: the scheduler hands its subject to another one.

    Raises
    ------
    InvalidSettings
        If the scheduler cannot be reached, has no workers, or they have other code.
    WorkersUnavailable
        If the scheduler ends before the subjects do.
    """
    with _connected(address) as (client, distributed):
        yield from _windowed(client, distributed, items, stop or Stop())


@contextmanager
def _connected(address: str) -> Iterator[tuple[Any, Any]]:
    """Connect with a scheduler whose workers have this code; say in words what fails."""
    distributed = _distributed()
    try:
        client = distributed.Client(address, timeout=CONNECT_SECONDS)
    except (OSError, TimeoutError, ValueError) as error:
        raise InvalidSettings(
            f"no Dask scheduler answers at {address}; start one with `dask scheduler`"
        ) from error
    with client:
        _check_workers(client, distributed)
        try:
            yield client, distributed
        except (OSError, CancelledError) as error:  # what clients of a dead scheduler raise
            raise WorkersUnavailable(
                f"the Dask scheduler at {address} no longer answers; start it again, with its "
                "workers, and run the same command: finished subjects and cases are kept"
            ) from error


def map_on_cluster(
    work: Callable[[Any], Any], items: Sequence[Any], *, address: str, stop: Stop
) -> Iterator[Answer]:
    """Apply a function of a module to items on the workers that a Dask scheduler knows.

    As `run_on_cluster`, for items that keep their own result and take minutes.
    """
    with _connected(address) as (client, distributed):
        waiting = deque(range(len(items)))
        futures: dict[str, tuple[int, Any]] = {}
        while not stop.abandon and (futures or (waiting and not stop.finish)):
            size = max(1, sum(client.nthreads().values())) * ITEMS_PER_THREAD
            while waiting and not stop.finish and len(futures) < size:
                future = client.submit(_one_at_a_time_there, work, items[waiting[0]], pure=False)
                futures[future.key] = (waiting.popleft(), future)
            for key in _done(futures, distributed):
                index, future = futures.pop(key)
                yield Answer(index=index, outcome=_outcome(future), attempts=1)
                future.release()
        client.cancel([future for _, future in futures.values()])


def _one_at_a_time_there(work: Callable[[Any], Any], item: Any) -> Any:
    """Do one item in a Dask worker, whose threads take turns."""
    with _one_at_a_time:
        return work(item)


def do_subject_on_cluster(job: Job) -> Summary:
    """Do one subject in a Dask worker, one at a time per process, within its time.

    A subject that this run has finished already (its worker died before it could say so)
    is not done twice.
    """
    with _one_at_a_time:
        status = read_status(job.out, job.unit.folder)
        if status is not None and status.run_id == job.run_id:
            return summary_of(status)
        if job.timeout_s is None:
            return do_subject(job)
        timer = threading.Timer(job.timeout_s, _expire, [job])
        timer.daemon = True
        timer.start()
        try:
            return do_subject(job)
        finally:
            timer.cancel()


def _expire(job: Job) -> None:
    reason = f"took longer than {job.timeout_s:g} s"
    stage = stage_of_marker(job.folder)
    write_status(job.out, failed_status(job, kind="timeout", reason=reason, stage=stage))
    os._exit(1)  # the nanny starts a fresh worker; the scheduler asks it, and it finds the status


@dataclass(kw_only=True, eq=False)
class _Window:
    """Futures in flight, by key, and the next item to hand out."""

    client: Any
    items: Sequence[Job]
    futures: dict[str, tuple[int, Any]]
    next_index: int = 0
    watches: dict[str, "_Watch"] = field(default_factory=dict)

    def fill(self, size: int) -> None:
        while self.next_index < len(self.items) and len(self.futures) < size:
            job = self.items[self.next_index]
            key = f"mri-bme-{job.run_id}-{self.next_index}"
            self.watches[key] = _Watch(job=job, before=_marker(job))
            future = self.client.submit(do_subject_on_cluster, job, key=key, pure=False)
            self.futures[key] = (self.next_index, future)
            self.next_index += 1

    def take_overdue(self) -> Iterator[Answer]:
        """Give up subjects whose worker neither ends in time nor ends itself."""
        for key in [key for key in self.futures if self.watches[key].is_overdue()]:
            index, future = self.futures.pop(key)
            self.client.cancel([future])
            lost = Lost(kind="timeout", seconds=self.watches[key].seconds)
            yield Answer(index=index, outcome=lost, attempts=1)


@dataclass(kw_only=True, eq=False)
class _Watch:
    """When a worker was first seen at work on a subject, by the marker that it leaves.

    A worker ends itself when a subject takes too long; one that was stopped, or whose machine
    hangs, cannot.
    """

    job: Job
    before: tuple[int, str]
    started: float | None = None

    @property
    def seconds(self) -> float:
        """How long it has been at work."""
        return 0.0 if self.started is None else time.monotonic() - self.started

    def is_overdue(self) -> bool:
        """Whether its time, and a while to end itself, have passed."""
        if self.job.timeout_s is None:
            return False
        if self.started is None and _marker(self.job) != self.before:
            self.started = time.monotonic()
        return self.seconds > self.job.timeout_s + ENDING_SECONDS


def _marker(job: Job) -> tuple[int, str]:
    path = job.folder / MARKER_NAME
    try:
        return path.stat().st_mtime_ns, path.read_text()
    except OSError:
        return 0, ""


def _windowed(client: Any, distributed: Any, items: Sequence[Job], stop: Stop) -> Iterator[Answer]:
    window = _Window(client=client, items=items, futures={})
    while not stop.abandon:
        if not stop.finish:
            window.fill(max(1, sum(client.nthreads().values())) * ITEMS_PER_THREAD)
        if not window.futures:
            return
        for key in _finished(window, distributed):
            index, future = window.futures.pop(key)
            yield Answer(index=index, outcome=_outcome(future), attempts=1)
            future.release()
        yield from window.take_overdue()
    client.cancel([future for _, future in window.futures.values()])


def _finished(window: _Window, distributed: Any) -> list[str]:
    return _done(window.futures, distributed)


def _done(futures: Mapping[str, tuple[int, Any]], distributed: Any) -> list[str]:
    awaited = [future for _, future in futures.values()]
    try:
        done = distributed.wait(awaited, timeout=POLL_SECONDS * 5, return_when="FIRST_COMPLETED")
    except TimeoutError:
        return []
    return [future.key for future in done.done]


def _outcome(future: Any) -> Any:
    if future.status == "finished":
        return future.result()
    return Lost(kind="killed", seconds=0.0)


def check_cluster() -> None:
    """Raise `InvalidSettings` where no Dask scheduler can be asked."""
    _distributed()


def _distributed() -> Any:
    with needing("cluster"):
        import distributed  # noqa: PLC0415  an extra, loaded when asked for
    for name in DASK_LOGS:
        logging.getLogger(name).setLevel(logging.CRITICAL)  # what matters is said by us, in words
    return distributed


def _check_workers(client: Any, distributed: Any) -> None:
    try:
        client.wait_for_workers(1, timeout=FIRST_WORKER_SECONDS)
    except (TimeoutError, distributed.TimeoutError) as error:
        raise InvalidSettings(
            "the Dask scheduler has no workers; start some with `dask worker`"
        ) from error
    try:
        versions = set(client.run(code_version).values())
    except Exception as error:  # whatever a worker without the package answers
        raise InvalidSettings(
            "the Dask workers cannot load mri_bme; install it in their environment"
        ) from error
    if versions != {code_version()}:
        raise InvalidSettings(
            f"the Dask workers run mri_bme {', '.join(sorted(versions))}, this is "
            f"{code_version()}; install the same version everywhere"
        )


def for_cluster(jobs: Sequence[Job]) -> tuple[Job, ...]:
    """Give jobs paths that hold on every machine."""
    return tuple(replace(job, out=job.out.resolve()) for job in jobs)
