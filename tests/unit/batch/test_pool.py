"""Worker processes: every item has one answer, whatever its worker does."""

import math
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

import mri_bme
from mri_bme.batch import pool
from mri_bme.batch.pool import SINGLE_THREAD, Lost, run_in_processes, set_in_environment
from mri_bme.batch.stop import Stop
from mri_bme.errors import WorkersUnavailable

ON_LINUX = hasattr(signal, "pthread_sigmask")


def test_every_item_has_one_answer_of_its_own() -> None:
    items = list(range(7))
    answers = list(run_in_processes(math.sqrt, items, jobs=2))
    assert sorted(answer.index for answer in answers) == items
    assert {a.index: a.outcome for a in answers} == {k: math.sqrt(k) for k in items}
    assert {answer.attempts for answer in answers} == {1}


def test_a_worker_collects_what_its_items_leave() -> None:
    """The server that it comes from loads modules without looking what to collect."""
    (answer,) = run_in_processes(eval, ["__import__('gc').isenabled()"], jobs=1)
    assert answer.outcome is True


def test_no_items_need_no_worker() -> None:
    assert list(run_in_processes(math.sqrt, [], jobs=2)) == []


def test_an_item_that_kills_its_worker_is_tried_twice_and_the_others_are_done() -> None:
    number = int(signal.SIGKILL)
    answers = list(run_in_processes(signal.raise_signal, [number, 0, 0], jobs=1))
    by_index = {answer.index: answer for answer in answers}
    lost = by_index[0].outcome
    assert isinstance(lost, Lost)
    assert (lost.kind, lost.signal_number, by_index[0].attempts) == ("killed", number, 2)
    assert [by_index[k].outcome for k in (1, 2)] == [None, None]


def test_a_worker_that_ends_without_a_signal_names_none() -> None:
    (answer,) = run_in_processes(os._exit, [3], jobs=1)
    assert answer.outcome.kind == "killed"
    assert answer.outcome.signal_number is None


def test_an_item_that_takes_too_long_costs_its_own_worker_only() -> None:
    answers = list(run_in_processes(time.sleep, [600.0, 0.0], jobs=2, timeout_s=1.0))
    by_index = {answer.index: answer.outcome for answer in answers}
    assert by_index[0].kind == "timeout"
    assert by_index[0].seconds >= 1.0
    assert by_index[1] is None


def test_once_asked_to_finish_nothing_new_starts() -> None:
    stop = Stop()
    answers = run_in_processes(math.sqrt, range(50), jobs=1, stop=stop)
    next(answers)
    stop.ask(signal.SIGINT)
    assert len(list(answers)) <= 1  # the one that had been handed out


def test_once_asked_to_abandon_nothing_more_is_yielded() -> None:
    stop = Stop()
    answers = run_in_processes(time.sleep, [0.0, 600.0], jobs=2, stop=stop)
    next(answers)
    stop.ask(signal.SIGTERM)
    stop.ask(signal.SIGTERM)
    assert list(answers) == []


@pytest.mark.skipif(not ON_LINUX, reason="no signal masks here")
def test_workers_that_never_start_end_the_run_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "_serve", os._exit)  # given a pipe, no number: ends at once
    with pytest.raises(WorkersUnavailable, match="run with fewer --jobs"):
        list(run_in_processes(math.sqrt, [1.0], jobs=1))


def test_libraries_are_held_to_one_thread_inside_and_as_before_outside(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    monkeypatch.delenv("MKL_NUM_THREADS", raising=False)
    with set_in_environment(SINGLE_THREAD):
        assert (os.environ["OMP_NUM_THREADS"], os.environ["MKL_NUM_THREADS"]) == ("1", "1")
    assert os.environ["OMP_NUM_THREADS"] == "7"
    assert "MKL_NUM_THREADS" not in os.environ


@pytest.mark.skipif(not ON_LINUX, reason="no signal masks here")
def test_workers_do_not_hear_ctrl_c_and_this_process_does_again() -> None:
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    with pool.deaf_to_interrupts():
        assert signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, ())
    assert signal.pthread_sigmask(signal.SIG_BLOCK, ()) == before


def test_a_temporary_folder_with_a_long_name_does_not_keep_workers_from_starting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deep = tmp_path / ("d" * 90)
    deep.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(deep))
    assert pool._context(math.sqrt).get_start_method() == "spawn"
    monkeypatch.setattr(tempfile, "tempdir", "/tmp")
    if ON_LINUX:
        assert pool._context(math.sqrt).get_start_method() == "forkserver"


def test_a_file_of_the_working_folder_does_not_pass_for_a_library(tmp_path: Path) -> None:
    export, program = tmp_path / "export", tmp_path / "program" / "start.py"
    export.mkdir()
    program.parent.mkdir()
    for library in ("numpy", "typer", "platform"):
        (export / f"{library}.py").write_text("open('was_run', 'w').close()\nraise SystemExit(9)\n")
    program.write_text(
        "from mri_bme.batch.pool import run_in_processes\n"
        "from mri_bme.cli.doctor import probe\n"
        "if __name__ == '__main__':\n"
        "    print([a.outcome for a in run_in_processes(probe, [21], jobs=1, warm=probe)])\n"
    )
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONSAFEPATH"}
    environment["PYTHONPATH"] = str(Path(str(mri_bme.__file__)).parents[1])
    done = subprocess.run(
        [sys.executable, str(program)],
        cwd=export,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "[42]\n", done.stderr
    assert not (export / "was_run").exists()
