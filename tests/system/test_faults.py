"""A fault at any touch of a file loses nothing: a resumed run gives undisturbed bytes.

Python announces what it is about to do to files (PEP 578); here one of these announcements, the
k-th, is answered with a full disk, a broken one, or the death of the process. The gate tries a
few dozen places; ``MRI_BME_NIGHTLY=1`` tries every one, in several cohorts.
"""

import errno
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fake_cohort import make_units, table_bytes
from fake_run import RECIPE

import mri_bme.batch.run
from mri_bme.batch.pool import Answer
from mri_bme.batch.run import RunOptions, run_units
from mri_bme.errors import MriBmeError
from mri_bme.settings import Settings

NIGHTLY = bool(os.environ.get("MRI_BME_NIGHTLY"))
TOUCHES = frozenset(
    {"open", "os.rename", "os.mkdir", "os.remove", "os.rmdir", "os.chmod", "tempfile.mkstemp"}
)
COHORTS = {
    "two": {"01": "1 2", "02": "3"},
    "a failure": {"01": "1", "02": "raise", "03": "refuse", "04": "4"},
    "six": {f"{n:02d}": f"{n} {n / 2}" for n in range(1, 7)},
    "ten": {f"{n:02d}": f"{n}" for n in range(1, 11)},
}
N_PLACES_IN_THE_GATE = 12


def killed() -> BaseException:
    """Die at once: nothing that would clean up runs."""
    os._exit(137)


@dataclass
class Fault:
    """Counts touches of files below a folder, and strikes at the k-th."""

    below: str = ""
    strike_at: int = -1
    error: Callable[[], BaseException] = killed
    n_touches: int = 0
    is_on: bool = False

    def hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self.is_on or event not in TOUCHES or not self._is_below(arguments):
            return
        self.n_touches += 1
        if self.n_touches == self.strike_at:
            raise self.error()

    def _is_below(self, arguments: tuple[Any, ...]) -> bool:
        return bool(arguments) and str(arguments[0]).startswith(self.below)


FAULT = Fault()
sys.addaudithook(FAULT.hear)


@pytest.fixture(autouse=True)
def in_this_process(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Do subjects here rather than in workers, so that faults reach them."""

    def here(work: Callable[[Any], Any], items: Any, **_: Any) -> Iterator[Answer]:
        for index, item in enumerate(items):
            yield Answer(index=index, outcome=work(item), attempts=1)

    monkeypatch.setattr(mri_bme.batch.run, "run_in_processes", here)
    yield
    FAULT.is_on = False


def run(units: Any, out: Path, *, retry_failed: bool = False) -> None:
    options = RunOptions(jobs=1, retry_failed=retry_failed)
    run_units(units, out, settings=Settings(), recipe=RECIPE, options=options)


def run_until_struck(units: Any, out: Path, *, at: int, error: Callable[[], BaseException]) -> int:
    """Run with a fault at the `at`-th touch; give the number of touches."""
    FAULT.below, FAULT.strike_at, FAULT.error = str(out.parent), at, error
    FAULT.n_touches, FAULT.is_on = 0, True
    try:
        run(units, out)
    except MriBmeError:
        pass  # ended in words
    finally:
        FAULT.is_on = False
    return FAULT.n_touches


def run_until_killed(units: Any, out: Path, *, at: int) -> None:
    """Run in a process that dies at the `at`-th touch."""
    child = os.fork()
    if child == 0:
        run_until_struck(units, out, at=at, error=killed)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 137


def results(out: Path) -> dict[str, bytes]:
    """Tables and results of every subject, by name."""
    files = {p.relative_to(out).as_posix(): p.read_bytes() for p in out.rglob("*.txt")}
    return files | table_bytes(out)


def full() -> BaseException:
    return OSError(errno.ENOSPC, "No space left on device")


def broken() -> BaseException:
    return OSError(errno.EIO, "Input/output error")


def places(n_touches: int) -> list[int]:
    """Touches at which to strike: all of them at night, some by day."""
    step = 1 if NIGHTLY else max(1, n_touches // N_PLACES_IN_THE_GATE)
    return list(range(1, n_touches + 1, step))


@pytest.mark.filterwarnings("ignore:This process.*multi-threaded:DeprecationWarning")
@pytest.mark.parametrize("error", [full, broken, killed])
@pytest.mark.parametrize("cohort", COHORTS if NIGHTLY else ["two"])
def test_a_resumed_run_gives_the_bytes_of_an_undisturbed_one(
    tmp_path: Path,
    cohort: str,
    error: Callable[[], BaseException],
    record_property: Callable[[str, object], None],
) -> None:
    units = make_units(tmp_path / "in", COHORTS[cohort])
    n_touches = run_until_struck(units, tmp_path / "whole" / "out", at=-1, error=error)
    expected = results(tmp_path / "whole" / "out")
    struck = places(n_touches)
    assert len(struck) >= N_PLACES_IN_THE_GATE
    record_property("attempts", len(struck))
    for at in struck:
        out = tmp_path / f"at{at}" / "out"
        out.parent.mkdir()
        if error is killed:
            run_until_killed(units, out, at=at)
        else:
            run_until_struck(units, out, at=at, error=error)
        run(units, out, retry_failed=True)
        assert results(out) == expected, f"{cohort}, touch {at} of {n_touches}"
        left = [p.name for p in out.rglob(".*") if p.is_file() and not p.name.startswith(".lock")]
        assert not left, f"{left} left after touch {at}"


@pytest.mark.parametrize("at", [1, 2, 3])
def test_an_input_that_cannot_be_read_is_a_row_that_says_so(tmp_path: Path, at: int) -> None:
    units, out = make_units(tmp_path / "in", COHORTS["two"]), tmp_path / "out"
    FAULT.below, FAULT.strike_at, FAULT.error = str(tmp_path / "in"), at, broken
    FAULT.n_touches, FAULT.is_on = 0, True
    run(units, out)
    FAULT.is_on = False
    rows = table_bytes(out)["visits.csv"].decode().splitlines()[1:]
    assert len(rows) == 4
    assert any("false" in row and "could not be used" in row for row in rows) or all(
        row.endswith("true,") for row in rows
    )
    run(units, out, retry_failed=True)
    assert b"false" not in table_bytes(out)["visits.csv"]
