"""Killed, interrupted, out of disk: a run that is started again leaves the same bytes."""

import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from unittest.mock import ANY

import pytest
from fake_cohort import make_units, table_bytes

import mri_bme
from mri_bme.batch.status import read_statuses

SCENES = Path(__file__).parents[1] / "scenes"
PACKAGE = Path(str(mri_bme.__file__)).parents[1]
N_SUBJECTS = 12
TEXTS = {f"{n:03d}": f"{n} nap nap" for n in range(N_SUBJECTS)}
ENVIRONMENT = os.environ | {"PYTHONPATH": f"{SCENES}{os.pathsep}{PACKAGE}"}
NIGHTLY = pytest.mark.skipif(
    not os.environ.get("MRI_BME_NIGHTLY"), reason="takes long: MRI_BME_NIGHTLY=1"
)
pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals and mounts of POSIX")


def start(source: Path, out: Path, *more: str) -> "subprocess.Popen[str]":
    command = [sys.executable, str(SCENES / "fake_run.py"), str(source), str(out), *more]
    return subprocess.Popen(command, env=ENVIRONMENT, stderr=subprocess.PIPE, text=True)


def finish(process: "subprocess.Popen[str]") -> tuple[int, str]:
    _, errors = process.communicate(timeout=120)
    return process.returncode, errors


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("in")
    make_units(folder, TEXTS)
    return folder


@pytest.fixture(scope="module")
def undisturbed(source: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    out = tmp_path_factory.mktemp("undisturbed")
    assert finish(start(source, out))[0] == 0
    return table_bytes(out)


def n_done(out: Path) -> int:
    return len(list(out.glob("sub-*/status.json")))


def wait_until_done(out: Path, n: int, process: "subprocess.Popen[str]") -> None:
    while n_done(out) < n and process.poll() is None:
        time.sleep(0.01)


def descendants(pid: int) -> list[int]:
    """Every process below one, whichever of its threads started it."""
    lists = [path.read_text() for path in Path(f"/proc/{pid}/task").glob("*/children")]
    children = map(int, " ".join(lists).split())
    return [d for child in children for d in (child, *descendants(child))]


def half_written(out: Path) -> list[str]:
    kept = {".lock", ".lock-tables", ".stages", ".stage", ".bidsignore"}
    return [p.name for p in out.rglob(".*") if p.name not in kept]


def test_a_killed_run_takes_its_workers_along_and_resumes_to_the_same_bytes(
    source: Path, undisturbed: dict[str, bytes], tmp_path: Path
) -> None:
    process = start(source, tmp_path)
    wait_until_done(tmp_path, 3, process)
    workers = descendants(process.pid)
    assert len(workers) >= 2
    process.kill()
    finish(process)
    wait_until_gone(workers)
    done_before = {s.subject: s.run_id for s in read_statuses(tmp_path)}
    assert 3 <= len(done_before) < N_SUBJECTS
    assert finish(start(source, tmp_path))[0] == 0
    assert table_bytes(tmp_path) == undisturbed
    after = {s.subject: s.run_id for s in read_statuses(tmp_path)}
    assert done_before.items() <= after.items()  # nothing that was done is done twice
    assert not half_written(tmp_path)


def wait_until_gone(pids: list[int]) -> None:
    deadline = time.monotonic() + 30
    while any(map(is_running, pids)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(map(is_running, pids))


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_killed_workers_cost_nothing(
    source: Path, undisturbed: dict[str, bytes], tmp_path: Path
) -> None:
    process, chance = start(source, tmp_path), random.Random(0)
    for n in (2, 5, 8):
        wait_until_done(tmp_path, n, process)
        workers = descendants(process.pid)[2:]  # after the resource tracker and the fork server
        if workers:
            os.kill(chance.choice(workers), signal.SIGKILL)
    assert finish(process)[0] == 0
    assert table_bytes(tmp_path) == undisturbed


@pytest.mark.parametrize(
    ("number", "words"),
    [(signal.SIGINT, "press Ctrl-C again to abandon"), (signal.SIGTERM, "send SIGTERM again")],
)
def test_a_run_that_is_asked_to_stop_finishes_what_runs_and_says_how_to_go_on(
    number: int, words: str, source: Path, undisturbed: dict[str, bytes], tmp_path: Path
) -> None:
    """Terminals, services and batch systems ask every process of a run."""
    process = start(source, tmp_path)
    wait_until_done(tmp_path, 2, process)
    begun = {folder.name for folder in tmp_path.glob("sub-*")}
    for pid in [*descendants(process.pid), process.pid]:
        os.kill(pid, number)
    code, errors = finish(process)
    assert code == 4
    assert words in errors
    done = list(read_statuses(tmp_path))
    assert 2 <= len(done) < N_SUBJECTS
    assert all(status.status == "ok" for status in done)
    assert begun <= {f"sub-{status.subject}" for status in done}
    assert (tmp_path / "visits.csv").read_text().count("baseline") == len(done)
    assert finish(start(source, tmp_path))[0] == 0
    assert table_bytes(tmp_path) == undisturbed


def test_a_run_that_is_asked_twice_loses_only_what_ran(
    source: Path, undisturbed: dict[str, bytes], tmp_path: Path
) -> None:
    process = start(source, tmp_path)
    wait_until_done(tmp_path, 2, process)
    workers = descendants(process.pid)
    ask_twice(process)
    code, errors = finish(process)
    assert code == 4
    assert errors.splitlines()[-1] == "mri-bme: abandoning what is running"
    wait_until_gone(workers)
    done = list(read_statuses(tmp_path))
    assert 2 <= len(done) < N_SUBJECTS
    assert all(status.status == "ok" for status in done)
    assert (tmp_path / "visits.csv").read_text().count("baseline") == len(done)
    assert finish(start(source, tmp_path))[0] == 0
    assert table_bytes(tmp_path) == undisturbed
    assert not half_written(tmp_path)


def ask_twice(process: "subprocess.Popen[str]") -> None:
    process.send_signal(signal.SIGTERM)
    time.sleep(0.05)  # two signals at once are heard as one
    process.send_signal(signal.SIGTERM)


def stop_one_at_work(out: Path, pids: list[int]) -> int:
    """Stop a process that works on a subject, which it is then stuck in; give its id."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
            held = [p for p in Path(f"/proc/{pid}/fd").iterdir() if is_lock_of_subject(p, out)]
            if held:
                return pid
            os.kill(pid, signal.SIGCONT)
    pytest.skip("no worker was caught at work: the machine is too busy")


def is_lock_of_subject(descriptor: Path, out: Path) -> bool:
    try:
        opened = descriptor.readlink()
    except OSError:
        return False
    return opened.name == ".lock" and opened.parent.parent == out


def test_a_worker_that_stands_still_costs_its_subject_only(
    source: Path, undisturbed: dict[str, bytes], tmp_path: Path
) -> None:
    process = start(source, tmp_path, "", "2", "5")
    wait_until_done(tmp_path, 2, process)
    stop_one_at_work(tmp_path, descendants(process.pid)[2:])
    assert finish(process)[0] == 4
    failed = [s for s in read_statuses(tmp_path) if s.status != "ok"]
    assert [(s.kind, s.reason) for s in failed] == [("timeout", "took longer than 5 s")]
    assert len(list(read_statuses(tmp_path))) == N_SUBJECTS
    assert finish(start(source, tmp_path, "", "2", "0"))[0] == 0
    assert table_bytes(tmp_path) == undisturbed


@contextmanager
def small_disk(folder: Path, limit: str = "size=3m") -> Iterator[None]:
    folder.mkdir()
    options = ["-t", "tmpfs", "-o", limit, "tmpfs", str(folder)]
    if subprocess.run(["mount", *options], capture_output=True, check=False).returncode:
        pytest.skip("mounting a small disk needs root")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_a_full_disk_costs_only_what_does_not_fit(tmp_path: Path) -> None:
    source, disk = tmp_path / "in", tmp_path / "disk"
    make_units(source, {"01": "1", "02": "2 write", "03": "3"})
    with small_disk(disk):
        one_at_a_time = ("", "1")  # beside the one that fills the disk, another may fail for it
        code, errors = finish(start(source, disk / "out", *one_at_a_time))
        assert (code, "No space left on device" in errors) == (4, True)
        found = {s.subject: (s.status, s.kind, s.stage) for s in read_statuses(disk / "out")}
        assert found["01"][0] == found["03"][0] == "ok"
        assert found["02"] == ("failed", "disk", "read baseline")
        assert not half_written(disk / "out")


def test_a_disk_without_any_room_ends_in_one_clear_line(tmp_path: Path) -> None:
    source, disk = tmp_path / "in", tmp_path / "disk"
    make_units(source, {"01": "1", "02": "2"})
    with small_disk(disk):
        filler = disk / "filler"
        subprocess.run(["dd", "if=/dev/zero", f"of={filler}"], capture_output=True, check=False)
        code, errors = finish(start(source, disk / "out"))
        assert code == 1
        assert "refused: " in errors
        assert "Traceback" not in errors
        filler.unlink()
        assert finish(start(source, disk / "out"))[0] == 0


@pytest.mark.parametrize("n_inodes", [6, *(pytest.param(n, marks=NIGHTLY) for n in (1, 14))])
def test_a_disk_without_inodes_ends_in_one_clear_line_and_resumes(
    tmp_path: Path, n_inodes: int
) -> None:
    source, disk = tmp_path / "in", tmp_path / "disk"
    make_units(source, {"01": "1", "02": "2"})
    with small_disk(disk, f"nr_inodes={n_inodes}"):
        code, errors = finish(start(source, disk / "out", "", "1"))
        assert code in {1, 4}
        assert "No space left on device" in errors
        assert "Traceback" not in errors
        subprocess.run(["mount", "-o", "remount,nr_inodes=200", str(disk)], check=True)
        assert finish(start(source, disk / "out", "", "1", "0"))[0] == 0
        assert len(list(read_statuses(disk / "out"))) == 2
        assert not half_written(disk / "out")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def dask_program(name: str, *arguments: str, log: Path) -> Iterator["subprocess.Popen[bytes]"]:
    command = [sys.executable, "-m", f"distributed.cli.{name}", *arguments]
    with log.open("wb") as stream:
        process = subprocess.Popen(command, env=ENVIRONMENT, stdout=stream, stderr=stream)
    try:
        yield process
    finally:
        for pid in [*descendants(process.pid), process.pid] if process.poll() is None else []:
            os.kill(pid, signal.SIGKILL)
        process.wait()


@contextmanager
def two_dask_workers(
    folder: Path,
) -> Iterator[tuple[str, "tuple[subprocess.Popen[bytes], subprocess.Popen[bytes]]"]]:
    port = free_port()
    address = f"tcp://127.0.0.1:{port}"
    at = ("--host", "127.0.0.1", "--no-dashboard")
    worker = (address, *at, "--nthreads", "1", "--local-directory", str(folder / "dask"))
    with (
        dask_program("dask_scheduler", *at, "--port", str(port), log=folder / "scheduler.log"),
        dask_program("dask_worker", *worker, log=folder / "one.log") as one,
        dask_program("dask_worker", *worker, log=folder / "two.log") as two,
    ):
        yield address, (one, two)


@NIGHTLY
def test_dask_workers_leave_the_same_bytes_even_when_one_is_killed(
    source: Path, undisturbed: dict[str, bytes], tmp_path: Path
) -> None:
    pytest.importorskip("distributed")
    out = tmp_path / "out"
    with two_dask_workers(tmp_path) as (address, (_, doomed)):
        process = start(source, out, address)
        wait_until_done(out, 3, process)
        for pid in [*descendants(doomed.pid), doomed.pid]:
            os.kill(pid, signal.SIGKILL)
        assert finish(process) == (0, ANY)
    assert table_bytes(out) == undisturbed


@NIGHTLY
def test_a_run_on_a_cluster_that_is_asked_twice_loses_only_what_ran(
    source: Path, undisturbed: dict[str, bytes], tmp_path: Path
) -> None:
    """The workers belong to the cluster, and end what they are at."""
    pytest.importorskip("distributed")
    out = tmp_path / "out"
    with two_dask_workers(tmp_path) as (address, (one, two)):
        process = start(source, out, address)
        wait_until_done(out, 2, process)
        ask_twice(process)
        code, errors = finish(process)
        assert code == 4
        assert errors.splitlines()[-1] == "mri-bme: abandoning what is running"
        assert one.poll() is None
        assert two.poll() is None
        done = list(read_statuses(out))
        assert 2 <= len(done) < N_SUBJECTS
        assert all(status.status == "ok" for status in done)
        assert finish(start(source, out))[0] == 0  # and waits for what a worker still holds
    assert table_bytes(out) == undisturbed
    assert not half_written(out)


@NIGHTLY
def test_a_dask_worker_that_stands_still_costs_its_subject_only(
    source: Path, undisturbed: dict[str, bytes], tmp_path: Path
) -> None:
    pytest.importorskip("distributed")
    out = tmp_path / "out"
    with two_dask_workers(tmp_path) as (address, (one, two)):
        process = start(source, out, address, "2", "5")
        wait_until_done(out, 2, process)
        stopped = stop_one_at_work(out, descendants(one.pid) + descendants(two.pid))
        while not any(s.kind == "timeout" for s in read_statuses(out)) and process.poll() is None:
            time.sleep(0.1)  # another may wait behind the stopped one
        with suppress(ProcessLookupError):  # its nanny may have given it up already
            os.kill(stopped, signal.SIGKILL)  # as the machine would be restarted
        assert finish(process)[0] == 4
    failed = [s for s in read_statuses(out) if s.status != "ok"]
    assert [(s.kind, s.reason) for s in failed] == [("timeout", "took longer than 5 s")]
    assert finish(start(source, out, "", "2", "0"))[0] == 0
    assert table_bytes(out) == undisturbed
