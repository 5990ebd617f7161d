"""A verification on many cores or machines: every case is kept, and none is done twice.

As a run keeps each subject, each case is a file written whole when it is done. A verification that
was stopped goes on where it was and gives the same tables; parts of it may be done by other
machines that see the same folder.
"""

import hashlib
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from time import process_time
from typing import Any

from pydantic import TypeAdapter, ValidationError

from mri_bme.batch.cluster import map_on_cluster
from mri_bme.batch.code_version import PACKAGE, code_version
from mri_bme.batch.inputs import combined_sha256
from mri_bme.batch.lock import locked
from mri_bme.batch.plan import Shard
from mri_bme.batch.pool import Answer, Lost, run_in_processes
from mri_bme.batch.repeats import PairOfScans, is_of_runs, measure_pair, stamp_of
from mri_bme.batch.resolve import settings_sha256
from mri_bme.batch.stop import Stop, listening
from mri_bme.errors import MriBmeError, NotEvaluable
from mri_bme.files import file_sha256, write_text
from mri_bme.settings import Settings
from mri_bme.verify import Case, Failure, Measurement, carry_out, measure_case
from mri_bme.verify.failures import Trial
from mri_bme.verify.repeats import Repeat

FOLDER = "cases"
MEASURING = ("departures", "design", "failures", "lesions", "measure", "regions")
"""Modules of `verify` that change what is measured; the others reduce and tell it."""

Item = Case | Trial | PairOfScans
Found = tuple[Measurement, ...] | Failure
Show = Callable[[int, int, str], None]
Announce = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What is on disk of one item: what was found, by which code, in how many CPU seconds."""

    key: str
    seconds: float
    rows: tuple[Measurement, ...] = ()
    failure: Failure | None = None
    repeat: Repeat | None = None
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemJob:
    """One item, and what its worker needs to know."""

    item: Item
    out: Path
    key: str
    settings: Settings
    true_bones: bool


@dataclass(frozen=True, kw_only=True)
class Done:
    """What all items gave, in the order of the design; `left` are items that are not done.

    `lost` says of items that gave nothing why: they count as not done, too.
    """

    rows: tuple[Measurement, ...]
    failures: tuple[Failure, ...]
    repeats: tuple[Repeat, ...] = ()
    left: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    seconds: float = 0.0


_KEPT = TypeAdapter(Kept)


def show_nothing(done: int, total: int, name: str) -> None:
    """Report no progress."""
    del done, total, name


def say_nothing(words: str) -> None:
    """Keep a remark to oneself."""
    del words


def do_items(
    items: Sequence[Item],
    out: Path,
    *,
    settings: Settings,
    true_bones: bool = False,
    jobs: int = 1,
    scheduler: str | None = None,
    shard: Shard | None = None,
    show: Show = show_nothing,
    announce: Announce = say_nothing,
) -> Done:
    """Do what is due of a design, keep it, and give everything that is kept.

    Parameters
    ----------
    items : sequence of Case, Trial or PairOfScans
        The design, and scans of one's own. Names are those of files, and differ.
    out : Path
        Folder of the verification; cases lie in its folder ``cases``.
    settings : Settings
    true_bones : bool
        Only with the phantoms' own bones.
    jobs : int
        Processes on this machine.
    scheduler : str or None
        Address of a Dask scheduler whose workers see the same folder.
    shard : Shard or None
        Do this part of the items alone.
    show, announce : callable
        Told after each item how many of how many are done, and what becomes of a Ctrl-C.
    """
    with locked(out, shard=None if shard is None else shard.name):
        wanted = [
            ItemJob(
                item=item,
                out=out.resolve(),
                key=key_of(item, settings, true_bones=true_bones),
                settings=settings,
                true_bones=true_bones,
            )
            for item in items
        ]
        due = [job for job in wanted if not is_done(job)]
        if shard is not None:
            mine = {job.item.name for job in wanted[shard.number - 1 :: shard.total]}
            due = [job for job in due if job.item.name in mine]
        with listening(Stop(), announce) as stop:
            _do(due, stop, jobs=jobs, scheduler=scheduler, show=show)
        return _gathered(wanted)


def _do(
    due: Sequence[ItemJob], stop: Stop, *, jobs: int, scheduler: str | None, show: Show
) -> None:
    if due:
        with closing(_answers(due, stop, jobs=jobs, scheduler=scheduler)) as answers:
            for done, answer in enumerate(answers, start=1):
                job = due[answer.index]
                if isinstance(answer.outcome, Lost):
                    keep(job, Kept(key=job.key, seconds=0.0, error=_lost_words(answer.outcome)))
                show(done, len(due), job.item.name)


def _answers(
    due: Sequence[ItemJob], stop: Stop, *, jobs: int, scheduler: str | None
) -> Generator[Answer, None, None]:
    if scheduler is not None:
        yield from map_on_cluster(do_item, due, address=scheduler, stop=stop)
    elif jobs > 1:
        yield from run_in_processes(do_item, due, jobs=jobs, stop=stop)
    else:
        yield from _here(due, stop)


def _here(due: Sequence[ItemJob], stop: Stop) -> Iterator[Answer]:
    for index, job in enumerate(due):
        if stop.finish or stop.abandon:
            return
        yield Answer(index=index, outcome=do_item(job), attempts=1)


def do_item(job: ItemJob) -> str:
    """Do one item and keep what it gave; give its name."""
    started = process_time()
    found: dict[str, Any] = {}
    try:
        match job.item:
            case Trial():
                found["failure"] = carry_out(job.item, settings=job.settings)
            case PairOfScans():
                found["repeat"] = measure_pair(job.item, settings=job.settings)
            case Case():
                found["rows"] = measure_case(
                    job.item, settings=job.settings, true_bones=job.true_bones
                )
    except MriBmeError as reason:
        found["error"] = str(reason)
    keep(job, Kept(key=job.key, seconds=process_time() - started, **found))
    return job.item.name


def keep(job: ItemJob, kept: Kept) -> None:
    """Write what an item gave, whole or not at all."""
    write_text(_path(job), _KEPT.dump_json(kept).decode() + "\n")


def read_kept(job: ItemJob) -> Kept | None:
    """Read what an item gave; None where there is nothing, or it is of other code or settings."""
    try:
        kept = _KEPT.validate_json(_path(job).read_bytes())
    except (OSError, ValidationError):
        return None
    return kept if kept.key == job.key else None


def is_done(job: ItemJob) -> bool:
    """Tell whether an item has given something; one that was lost is tried again."""
    if isinstance(job.item, PairOfScans) and is_of_runs(job.item):
        return False  # reading is quick, and the folder may have changed
    kept = read_kept(job)
    return kept is not None and not kept.error


def _path(job: ItemJob) -> Path:
    return job.out / FOLDER / f"{job.item.name}.json"


def _gathered(wanted: Sequence[ItemJob]) -> Done:
    found = [(job.item.name, read_kept(job)) for job in wanted]
    kept = [one for _, one in found if one is not None and not one.error]
    return Done(
        rows=tuple(row for one in kept for row in one.rows),
        failures=tuple(one.failure for one in kept if one.failure is not None),
        repeats=tuple(one.repeat for one in kept if one.repeat is not None),
        left=tuple(name for name, one in found if one is None or one.error),
        lost=tuple(f"{name}: {one.error}" for name, one in found if one is not None and one.error),
        seconds=sum(one.seconds for one in kept),
    )


def key_of(item: Item, settings: Settings, *, true_bones: bool) -> str:
    """Hash what decides an item's result: itself, the settings and the code."""
    scans = stamp_of(item) if isinstance(item, PairOfScans) else ""
    told = (repr(item), scans, settings_sha256(settings), str(true_bones), _code())
    return hashlib.sha256("\n".join(told).encode()).hexdigest()


@cache
def _code() -> str:
    paths = [
        *sorted((PACKAGE / "phantom").rglob("*.py")),
        *(PACKAGE / "verify" / f"{name}.py" for name in MEASURING),
    ]
    told = (f"{path.relative_to(PACKAGE).as_posix()} {file_sha256(path)}" for path in paths)
    return f"{code_version()}+{combined_sha256(told)}"


def _lost_words(lost: Lost) -> str:
    number = "" if lost.signal_number is None else f" by signal {lost.signal_number}"
    return f"its worker was ended{number} after {lost.seconds:.0f} s"


def check_any(done: Done) -> None:
    """Refuse to tell anything of nothing.

    Raises
    ------
    NotEvaluable
        If no case was measured.
    """
    if not done.rows:
        why: Any = done.lost[0] if done.lost else "none was done"
        raise NotEvaluable(f"no case was measured ({why}); run the same command again")
