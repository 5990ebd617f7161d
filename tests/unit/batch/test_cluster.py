"""Subjects on a cluster: a scheduler of its own kind stands in, and does the work here."""

import threading
from contextlib import AbstractContextManager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from fake_cohort import analyze, make_units, rows_of_failed

from mri_bme.batch import cluster
from mri_bme.batch.cluster import do_subject_on_cluster, for_cluster, run_on_cluster
from mri_bme.batch.code_version import code_version
from mri_bme.batch.pool import Lost
from mri_bme.batch.stages import MARKER_NAME
from mri_bme.batch.status import read_status
from mri_bme.batch.stop import Stop
from mri_bme.batch.work import Job
from mri_bme.errors import InvalidSettings, WorkersUnavailable
from mri_bme.files import write_text
from mri_bme.settings import Settings


def jobs_of(folder: Path, texts: dict[str, str], **changes: Any) -> list[Job]:
    made = {
        "out": folder / "out",
        "settings": Settings(),
        "settings_sha256": "s",
        "code_version": "1",
        "run_id": "first",
        "analyze": analyze,
        "rows_of_failed": rows_of_failed,
    }
    return [Job(unit=unit, **(made | changes)) for unit in make_units(folder / "in", texts)]


class HereAndNow(AbstractContextManager["HereAndNow"]):
    """A Dask client whose only worker is this process; `lost` names items that it loses."""

    def __init__(self, *, versions: tuple[str, ...], lost: tuple[str, ...] = ()) -> None:
        self.versions, self.lost = versions, lost
        self.cancelled: list[Any] = []

    def __exit__(self, *error: object) -> None:
        return None

    def wait_for_workers(self, n: int, timeout: float) -> None:
        if not self.versions:
            raise TimeoutError

    def run(self, function: Any) -> dict[str, str]:
        return dict(enumerate(self.versions))

    def nthreads(self) -> dict[str, int]:
        return {"here": 1}

    def submit(self, function: Any, job: Job, *, key: str, pure: bool) -> Any:
        is_lost = job.unit.subject in self.lost
        result = None if is_lost else function(job)
        return SimpleNamespace(
            key=key,
            status="lost" if is_lost else "finished",
            result=lambda: result,
            release=lambda: None,
        )

    def cancel(self, futures: list[Any]) -> None:
        self.cancelled += futures


def use(monkeypatch: pytest.MonkeyPatch, **about: Any) -> HereAndNow:
    client = HereAndNow(**({"versions": (code_version(),)} | about))
    dask = SimpleNamespace(
        Client=lambda address, timeout: client,
        TimeoutError=TimeoutError,
        wait=lambda futures, timeout, return_when: SimpleNamespace(done=futures[:1]),
    )
    monkeypatch.setattr(cluster, "_distributed", lambda: dask)
    return client


def test_every_subject_is_done_and_answered(tmp_path: Path, monkeypatch) -> None:
    use(monkeypatch)
    jobs = jobs_of(tmp_path, {f"{n}": f"{n}" for n in range(3)})
    answers = {a.index: a.outcome for a in run_on_cluster(jobs, address="tcp://x")}
    assert [answers[k].subject for k in range(3)] == [job.unit.subject for job in jobs]
    assert {outcome.status for outcome in answers.values()} == {"ok"}


def test_a_subject_that_the_cluster_lost_is_said_to_be(tmp_path: Path, monkeypatch) -> None:
    use(monkeypatch, lost=("b",))
    jobs = jobs_of(tmp_path, {"a": "1", "b": "2"})
    answers = {a.index: a.outcome for a in run_on_cluster(jobs, address="tcp://x")}
    assert answers[0].status == "ok"
    assert isinstance(answers[1], Lost)


def test_a_scheduler_that_ends_is_said_in_words_and_what_was_done_is_kept(
    tmp_path: Path, monkeypatch
) -> None:
    client = use(monkeypatch)
    jobs = jobs_of(tmp_path, {f"{n}": f"{n}" for n in range(4)})
    answers = run_on_cluster(jobs, address="tcp://x")
    next(answers)

    def broken() -> dict[str, int]:
        raise ConnectionResetError

    monkeypatch.setattr(client, "nthreads", broken)
    with pytest.raises(WorkersUnavailable, match=r"tcp://x no longer answers.*are kept"):
        list(answers)
    assert read_status(jobs[0].out, jobs[0].unit.folder).status == "ok"


def test_once_asked_to_finish_no_more_are_handed_out(tmp_path: Path, monkeypatch) -> None:
    client = use(monkeypatch)
    jobs = jobs_of(tmp_path, {f"{n}": f"{n}" for n in range(4)})
    stop = Stop()
    answers = run_on_cluster(jobs, address="tcp://x", stop=stop)
    next(answers)
    stop.finish = True
    assert len(list(answers)) == 1  # beside the one that ran, one waited on the only thread
    assert client.cancelled == []


@pytest.mark.parametrize(
    ("versions", "words"),
    [
        ((), "has no workers; start some with `dask worker`"),
        (("0.0.9+old",), r"workers run mri_bme 0\.0\.9\+old, this is"),
        ((code_version(), "0.0.9"), "install the same version everywhere"),
    ],
)
def test_workers_that_would_measure_otherwise_are_refused(
    tmp_path: Path, monkeypatch, versions: tuple[str, ...], words: str
) -> None:
    use(monkeypatch, versions=versions)
    with pytest.raises(InvalidSettings, match=words):
        list(run_on_cluster(jobs_of(tmp_path, {"1": "1"}), address="tcp://x"))
    assert not (tmp_path / "out").exists()


def test_a_subject_that_this_run_has_finished_is_not_done_twice(tmp_path: Path) -> None:
    (job,) = jobs_of(tmp_path, {"1": "1"})
    assert do_subject_on_cluster(job).status == "ok"
    (again,) = jobs_of(tmp_path, {"1": "raise"})  # would fail if it were looked at
    assert do_subject_on_cluster(again).status == "ok"
    (other,) = jobs_of(tmp_path, {"1": "raise"}, run_id="second")
    assert do_subject_on_cluster(other).status == "failed"


def test_a_subject_within_its_time_leaves_no_clock_running(tmp_path: Path) -> None:
    (job,) = jobs_of(tmp_path, {"1": "1"}, timeout_s=600.0)
    assert do_subject_on_cluster(job).status == "ok"
    clocks = [t for t in threading.enumerate() if isinstance(t, threading.Timer)]
    assert all(clock.finished.is_set() for clock in clocks)


def test_a_subject_beyond_its_time_is_recorded_before_its_worker_ends(
    tmp_path: Path, monkeypatch
) -> None:
    ended = []
    monkeypatch.setattr(cluster.os, "_exit", ended.append)
    (job,) = jobs_of(tmp_path, {"1": "1"}, timeout_s=3.0)
    write_text(job.folder / MARKER_NAME, "edema baseline")
    cluster._expire(job)
    status = read_status(job.out, job.unit.folder)
    assert status is not None
    assert (status.kind, status.stage) == ("timeout", "edema baseline")
    assert status.reason == "took longer than 3 s"
    assert ended == [1]


def test_jobs_name_places_that_hold_on_every_machine(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    jobs = jobs_of(tmp_path, {"1": "1"}, out=Path("out"))
    assert [job.out for job in for_cluster(jobs)] == [tmp_path.resolve() / "out"]
