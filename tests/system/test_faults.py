"""A fault at any touch of a file loses nothing: a resumed run gives undisturbed bytes.

Python announces what it is about to do to files (PEP 578); here one of these announcements, the
k-th, is answered with a full disk, a broken one, the death of the process, or, where a file of the
input is about to be read, a cut or a change of it. The gate tries a few dozen places;
``MRI_BME_NIGHTLY=1`` tries every one, in several cohorts.
"""

import errno
import gc
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fake_cohort import make_units, table_bytes
from fake_run import RECIPE
from file_faults import FAULT, full, killed, struck_places

import mri_bme.batch.run
from mri_bme.batch.inputs import combined_sha256
from mri_bme.batch.pool import Answer
from mri_bme.batch.run import RunOptions, run_units
from mri_bme.batch.status import SubjectStatus, read_statuses
from mri_bme.errors import MriBmeError
from mri_bme.files import file_sha256
from mri_bme.settings import Settings

NIGHTLY = bool(os.environ.get("MRI_BME_NIGHTLY"))
COHORTS = {
    "two": {"01": "1 2", "02": "3"},
    "a failure": {"01": "1", "02": "raise", "03": "refuse", "04": "4"},
    "six": {f"{n:02d}": f"{n} {n / 2}" for n in range(1, 7)},
}
N_PLACES_IN_THE_GATE = 12
N_FEWER = 4  # touches that one run may make fewer than another


def broken(_path: Path) -> BaseException:
    return OSError(errno.EIO, "Input/output error")


def cut(path: Path) -> None:
    """Leave the first half of a file."""
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])


def changed(path: Path) -> None:
    """Put other content of the same size into a file."""
    path.write_bytes(path.read_bytes().translate(bytes.maketrans(b"123456", b"654321")))


@pytest.fixture(autouse=True)
def in_this_process(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Do subjects here rather than in workers, so that faults reach them."""

    def here(work: Callable[[Any], Any], items: Any, **_: Any) -> Iterator[Answer]:
        for index, item in enumerate(items):
            yield Answer(index=index, outcome=work(item), attempts=1)

    monkeypatch.setattr(mri_bme.batch.run, "run_in_processes", here)
    gc.freeze()  # as workers do: collecting what the tests have loaded would take most of the time
    yield
    FAULT.is_on = False
    gc.unfreeze()


def run(units: Any, out: Path, *, retry_failed: bool = False) -> None:
    options = RunOptions(jobs=1, retry_failed=retry_failed)
    run_units(units, out, settings=Settings(), recipe=RECIPE, options=options)


Strike = Callable[[Path], BaseException | None]


def run_until_struck(units: Any, out: Path, *, at: int, strike: Strike, below: Path | None) -> int:
    """Run with a fault at the `at`-th touch, or the `at`-th reading of an input `below`."""
    FAULT.below, FAULT.reads_only = str(below or out.parent), below is not None
    FAULT.strike_at, FAULT.strike = at, strike
    FAULT.n_touches, FAULT.is_on = 0, True
    try:
        run(units, out)
    except MriBmeError:
        pass  # ended in words
    finally:
        FAULT.is_on = False
    return FAULT.n_touches


def struck_or_killed(units: Any, out: Path, *, at: int, strike: Strike) -> bool:
    """Run with a fault at the `at`-th touch; in a process of its own where it is death.

    Returns whether the fault came: one run touches files once or twice more than another.
    """
    if strike is not killed:
        return run_until_struck(units, out, at=at, strike=strike, below=None) >= at
    child = os.fork()
    if child == 0:
        run_until_struck(units, out, at=at, strike=strike, below=None)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    assert code in {0, 137}
    return code == 137


def results(out: Path) -> dict[str, bytes]:
    """Tables and results of every subject, by name."""
    files = {p.relative_to(out).as_posix(): p.read_bytes() for p in out.rglob("*.txt")}
    return files | table_bytes(out)


def places(n_touches: int) -> list[int]:
    """Touches at which to strike: all of them at night, some by day."""
    return struck_places(n_touches, 0 if NIGHTLY else N_PLACES_IN_THE_GATE)


def unfinished(out: Path) -> list[str]:
    return [p.name for p in out.rglob(".*") if p.is_file() and not p.name.startswith(".lock")]


FORKS = pytest.mark.filterwarnings("ignore:This process.*multi-threaded:DeprecationWarning")
Record = Callable[[str, object], None]


@FORKS
@pytest.mark.parametrize("strike", [full, broken, killed])
@pytest.mark.parametrize("cohort", COHORTS if NIGHTLY else ["two"])
def test_a_resumed_run_gives_the_bytes_of_an_undisturbed_one(
    tmp_path: Path, cohort: str, strike: Strike, record_property: Record
) -> None:
    units, whole = make_units(tmp_path / "in", COHORTS[cohort]), tmp_path / "whole" / "out"
    whole.parent.mkdir()
    n_touches = run_until_struck(units, whole, at=-1, strike=strike, below=None)
    expected = results(whole)
    struck = places(n_touches)
    assert len(struck) >= N_PLACES_IN_THE_GATE
    n_struck = 0
    for at in struck:
        out = tmp_path / f"at{at}" / "out"
        out.parent.mkdir()
        n_struck += struck_or_killed(units, out, at=at, strike=strike)
        run(units, out, retry_failed=True)
        assert results(out) == expected, f"{cohort}, touch {at} of {n_touches}"
        assert not unfinished(out), f"left after touch {at}"
    assert n_struck >= len(struck) - N_FEWER
    record_property("attempts", n_struck)


@FORKS
@pytest.mark.parametrize("strike", [full, broken, killed])
def test_a_run_that_is_struck_while_it_resumes_loses_nothing(
    tmp_path: Path, strike: Strike, record_property: Record
) -> None:
    """One subject is done, one has other content now, one is new: memories are read, replaced."""
    before = make_units(tmp_path / "before", {"01": "1 2", "02": "3"})
    now = make_units(tmp_path / "in", {"01": "1 2", "02": "3 4", "03": "5"})
    whole = tmp_path / "whole" / "out"
    run(before, whole)
    n_touches = run_until_struck(now, whole, at=-1, strike=strike, below=None)
    expected = results(whole)
    struck, n_struck = places(n_touches), 0
    for at in struck:
        out = tmp_path / f"at{at}" / "out"
        run(before, out)
        n_struck += struck_or_killed(now, out, at=at, strike=strike)
        run(now, out, retry_failed=True)
        assert results(out) == expected, f"touch {at} of {n_touches}"
        assert not unfinished(out), f"left after touch {at}"
    assert n_struck >= len(struck) - N_FEWER
    record_property("attempts", n_struck)


def is_of_what_is_there(status: SubjectStatus, source: Path) -> bool:
    """Whether numbers, and the hashes told beside them, are those of the file as it lies there."""
    content = (source / f"{status.subject}.txt").read_text()
    total = 2 * sum(float(word) for word in content.split())
    hashed = combined_sha256(iter([file_sha256(source / f"{status.subject}.txt")]))
    return {i.sha256 for i in status.inputs} == {hashed} and {
        row["edema_ml"] for row in status.rows["visits"]
    } == {total}


@pytest.mark.parametrize("strike", [broken, cut, changed])
@pytest.mark.parametrize("cohort", ["two", "six"] if NIGHTLY else ["two"])
def test_an_input_that_fails_or_changes_while_it_is_read_is_a_row_that_says_so(
    tmp_path: Path, cohort: str, strike: Strike, record_property: Record
) -> None:
    texts = COHORTS[cohort]
    units = make_units(tmp_path / "whole" / "in", texts)
    out = tmp_path / "whole" / "out"
    n_reads = run_until_struck(units, out, at=-1, strike=strike, below=tmp_path / "whole" / "in")
    assert n_reads >= 4 * len(texts)  # hashed and measured, at two visits each
    record_property("attempts", n_reads)
    for at in range(1, n_reads + 1):
        source, out = tmp_path / f"at{at}" / "in", tmp_path / f"at{at}" / "out"
        units = make_units(source, texts)
        run_until_struck(units, out, at=at, strike=strike, below=source)
        for status in read_statuses(out):
            is_told = status.status == "failed" and status.reason
            assert is_told or is_of_what_is_there(status, source), f"read {at}: {status.reason}"
        assert len(list(read_statuses(out))) == len(texts)
        run(units, out, retry_failed=True)
        assert all(is_of_what_is_there(status, source) for status in read_statuses(out))
        make_units(source, texts)  # as it was before the harm
        run(units, out, retry_failed=True)
        assert all(is_of_what_is_there(status, source) for status in read_statuses(out)), at
