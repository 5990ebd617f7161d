"""What differs between systems, simulated on one: consoles, locks, workers, disks, names."""

import ast
import errno
import os
import subprocess
import sys
import threading
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mri_bme.batch import lock, pool
from mri_bme.batch.inputs import SubjectUnit, VisitUnit
from mri_bme.batch.lock import LOCK_NAME, holding, waiting_lock
from mri_bme.batch.plan import with_folders
from mri_bme.batch.pool import run_in_processes
from mri_bme.cli.doctor import probe
from mri_bme.errors import OutputRefused
from mri_bme.export.visit_files import visit_files, visit_stem
from mri_bme.files import read_toml, write_text
from mri_bme.intake.clinical import read_clinical
from mri_bme.intake.dicom.ids import read_ids
from mri_bme.intake.joint_lines import read_joint_lines
from mri_bme.intake.manifest import read_manifest
from mri_bme.study import Contrast

ROOT = Path(__file__).parents[2]
LONGEST_PATH = 260  # characters, on Windows unless it was told otherwise
LONGEST_ROOT = 60  # as in C:\Users\somebody\Documents\trial\results


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "cp437"])
@pytest.mark.parametrize("words", [["settings"], ["run", "--help"], ["inspect", "sample_data"]])
def test_a_console_without_some_letters_is_no_error(encoding: str, words: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mri_bme", *words],
        cwd=ROOT,
        env=os.environ | {"PYTHONIOENCODING": encoding},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert len(done.stdout) > 200


def test_workers_start_afresh_where_forking_is_not_safe(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert pool._context(probe).get_start_method() == "spawn"
    answers = run_in_processes(probe, [1, 2, 3], jobs=1)
    assert sorted(answer.outcome for answer in answers) == [2, 4, 6]


class BytesLocked:
    """`msvcrt` as far as locks go: one holder of a file, and nobody waits."""

    LK_NBLCK = 2

    def __init__(self) -> None:
        self.held: dict[int, int] = {}

    def locking(self, descriptor: int, mode: int, n_bytes: int) -> None:
        assert (mode, n_bytes) == (self.LK_NBLCK, 1)
        assert os.lseek(descriptor, 0, os.SEEK_CUR) == 0, "another byte than the first is locked"
        file = os.fstat(descriptor).st_ino
        holder = self.held.setdefault(file, descriptor)
        if holder != descriptor and _is_open(holder):
            raise OSError(errno.EACCES, "Permission denied")
        self.held[file] = descriptor


def _is_open(descriptor: int) -> bool:
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True


@pytest.fixture
def windows_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    msvcrt = types.ModuleType("msvcrt")
    bytes_locked = BytesLocked()
    msvcrt.LK_NBLCK, msvcrt.locking = bytes_locked.LK_NBLCK, bytes_locked.locking  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "msvcrt", msvcrt)
    monkeypatch.setattr(lock, "fcntl", None)
    monkeypatch.setattr(lock, "WAIT_S", 0.001)


@pytest.mark.usefixtures("windows_locks")
def test_locks_of_windows_keep_two_runs_apart(tmp_path: Path) -> None:
    with holding(tmp_path, LOCK_NAME), pytest.raises(OutputRefused, match="in use by"):
        holding(tmp_path, LOCK_NAME).__enter__()
    with holding(tmp_path, LOCK_NAME):
        pass


@pytest.mark.usefixtures("windows_locks")
def test_a_lock_of_windows_is_waited_for_as_long_as_it_takes(tmp_path: Path) -> None:
    order: list[str] = []
    entered = threading.Event()

    def second() -> None:
        entered.set()
        with waiting_lock(tmp_path, name="x"):
            order.append("second")

    with waiting_lock(tmp_path, name="x"):
        waiting = threading.Thread(target=second)
        waiting.start()
        entered.wait()
        waiting.join(timeout=0.05)
        order.append("first")
    waiting.join()
    assert order == ["first", "second"]


def test_a_system_that_syncs_only_what_may_be_written_to_is_served(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fcntl = pytest.importorskip("fcntl")
    synced = []

    def fsync(descriptor: int) -> None:
        if fcntl.fcntl(descriptor, fcntl.F_GETFL) & os.O_ACCMODE == os.O_RDONLY:
            raise OSError(errno.EBADF, "Bad file descriptor")
        synced.append(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    write_text(tmp_path / "a.csv", "1\n")
    assert synced
    assert (tmp_path / "a.csv").read_bytes() == b"1\n"  # and with Unix line ends everywhere


def test_names_fit_into_the_paths_of_windows() -> None:
    visits = (VisitUnit(label="baseline", day=None, volume=None),)
    (unit,) = with_folders([SubjectUnit(subject="S" * 32, folder="", visits=visits)])
    session = unit.visits[0].session
    names = visit_files(session, visit_stem(unit.folder, session, Contrast.DIXON_WATER))
    longest = max(len(f"{unit.folder}/{name}") for name in names.values())
    assert LONGEST_ROOT + longest < LONGEST_PATH


def test_names_that_differ_by_case_only_get_folders_of_their_own() -> None:
    units = with_folders(
        SubjectUnit(subject=name, folder="", visits=()) for name in ("a01", "A01", "a-01", "con")
    )
    assert len({unit.folder.lower() for unit in units}) == len(units)
    assert all(unit.folder.startswith("sub-") for unit in units)  # no device of Windows


WITHOUT_A_LINE_END = {  # a word; a file of the kernel; bytes in an archive
    *("batch/stages.py", "batch/memory.py", "record/cache.py"),
}
PACKAGE = Path(str(pool.__file__)).parents[1]


def translated(tree: ast.AST) -> Iterator[int]:
    """Lines that write text whose line ends are those of the system."""
    for call in ast.walk(tree):
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
            continue
        modes = [str(one.value) for one in call.args if isinstance(one, ast.Constant)]
        opens = call.func.attr in {"open", "fdopen"} and any(
            mode in {"w", "a", "x", "wt", "at", "xt", "w+", "a+"} for mode in modes
        )
        if (opens or call.func.attr == "write_text") and "newline" not in {
            keyword.arg for keyword in call.keywords
        }:
            yield call.lineno


def test_every_text_that_is_written_has_unix_line_ends() -> None:
    found = {
        f"{path.relative_to(PACKAGE).as_posix()}:{line}"
        for path in PACKAGE.rglob("*.py")
        if path.relative_to(PACKAGE).as_posix() not in WITHOUT_A_LINE_END
        for line in translated(ast.parse(path.read_text(encoding="utf-8")))
    }
    assert not found
    assert list(translated(ast.parse("path.open('w')\npath.open('wb')\npath.write_text('')"))) == [
        1,
        3,
    ]


def clinical(path: Path) -> Any:
    return read_clinical(path, subjects={"01"}, visits={"baseline", "week14"})


@pytest.mark.parametrize(
    ("read", "suffix", "text"),
    [
        (read_manifest, ".csv", "subject,visit,path,date\n01,baseline,a.nii,2024-03-04\n"),
        (clinical, ".csv", "subject,visit,basdai\n01,baseline,4.5\n01,week14,2\n"),
        (lambda path: read_ids(str(path)), ".csv", "patient_id,subject\n4711,S1\n"),
        (
            lambda path: str(read_joint_lines(path)),
            ".csv",
            "side,line,x,y,z\nleft,1,40,1,2\nleft,1,40,1,30\nright,1,-40,1,2\nright,1,-40,1,30\n",
        ),
        (read_toml, ".toml", "[segment]\n# of our own\nn_sd = 4\n"),
    ],
)
def test_a_table_that_was_saved_on_windows_is_read_as_any_other(
    read: Callable[[Path], Any], suffix: str, text: str, tmp_path: Path
) -> None:
    here, there = tmp_path / f"here{suffix}", tmp_path / f"there{suffix}"
    here.write_bytes(text.encode())
    there.write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    assert read(there) == read(here)
