"""Statistics of an output folder: read its tables, join what the user brings, write them."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from mri_bme.batch.brought import (
    Agreement,
    Remark,
    StatsRequest,
    compare_with,
    with_brought_table,
)
from mri_bme.batch.claim import CLAIM_FILES, write_claim
from mri_bme.batch.made_with import read_made_with
from mri_bme.batch.own_files import record_own, remove_own
from mri_bme.batch.pages import refresh_index
from mri_bme.batch.plan import subject_folder
from mri_bme.batch.read_by import as_read_by, check_read_by
from mri_bme.batch.read_pages import write_read_tables
from mri_bme.batch.resolve import SETTINGS_NAME, read_config
from mri_bme.batch.status import SubjectStatus, in_brief, read_statuses
from mri_bme.errors import InvalidSettings, NothingUsable, OutputRefused
from mri_bme.files import write_text
from mri_bme.record.cohort import read_cohort, read_scanners
from mri_bme.record.made_with import made_with_in_words
from mri_bme.record.statistics import (
    write_agreement,
    write_cumulative,
    write_left_out,
    write_statistics,
    write_timelines,
)
from mri_bme.report.stats_page import StatsPage, write_stats_page
from mri_bme.settings import StatsSettings
from mri_bme.summarize_cohort import Cohort, Statistic, summarize_cohort
from mri_bme.version import __version__

FOLDER = "stats"
READ_FOLDER = "read"  # tables that statistics of a reader were made from
FILES = ("stats.csv", "left_out.csv", "timelines.csv", "cumulative.csv", "agreement.csv",
         "stats.json", "stats.html", *CLAIM_FILES)  # fmt: skip
"""What the folder can hold; whatever of it an earlier call left is removed first."""


def write_cohort_statistics(
    out: Path, request: StatsRequest, *, settings: StatsSettings
) -> tuple[str, ...]:
    """Compute the statistics of an output folder into its folder ``stats``.

    Returns
    -------
    tuple of str
        What the user should know, as subjects of a table that have no results.

    Raises
    ------
    NothingUsable
        If there are no results.
    InvalidSettings
        If a table or an option does not fit the results, or settings differ.
    """
    _check_request(out, request)
    _remove_earlier(out / FOLDER)
    statuses = [in_brief(status) for status in read_statuses(out)]
    _check_one_recipe(out, statuses, request.against, allowed=request.allow_different_settings)
    measured = read_measured(out, statuses, read_by=request.read_by)
    cohort, remarks = with_brought_table(measured, request)
    statistics = summarize_cohort(cohort, differences_ml=request.differences_ml, settings=settings)
    agreement = []
    for path in request.against:
        found, said = compare_with(cohort, path)
        agreement += found
        remarks += said
    made_with = read_made_with(out)
    if made_with is not None and request.read_by is not None:
        made_with = replace(made_with, read_by=(request.read_by,))
    with _all_or_none(out / FOLDER):
        _write(
            out / FOLDER,
            cohort,
            statistics,
            agreement,
            settings=settings,
            remarks=remarks,
            made_with="" if made_with is None else made_with_in_words(made_with),
        )
        if request.claim:
            grouped = replace(cohort, strata=measured.strata)
            write_claim(out, out / FOLDER, grouped, statistics, made_with)
    refresh_index(out, statuses)
    return tuple(remark.spoken for remark in remarks)


@contextmanager
def _all_or_none(folder: Path) -> Iterator[None]:
    """Record what the block writes as our own, and take it away where it was not finished."""
    try:
        yield
    except BaseException:
        with suppress(OutputRefused, OSError):  # what stopped it is told instead
            record_own(folder, FILES)
            remove_own(folder, FILES)
        raise
    record_own(folder, FILES)


def _check_request(out: Path, request: StatsRequest) -> None:
    if not out.is_dir():
        raise NothingUsable(f"there is no folder {out.name}; use mri-bme run first")
    if (request.arm or request.strata) and request.clinical is None:
        raise InvalidSettings("--arm and --strata name columns of --clinical; give that file too")
    if request.control and not request.arm:
        raise InvalidSettings("--control names a value of the column --arm; give that too")
    if any(path.is_dir() and path.samefile(out) for path in request.against):
        raise InvalidSettings("--against names the results themselves; give others")
    absent = [path.name for path in request.against if not path.exists()]
    if absent:
        raise InvalidSettings(f"there is no {', '.join(absent)} to compare with")
    if any(difference <= 0 for difference in request.differences_ml):
        raise InvalidSettings("--difference must be above 0 mL")


def _remove_earlier(folder: Path) -> None:
    """Leave no table of another comparison beside those of this one, nor after a refusal.

    A table that somebody changed is set aside (`batch.own_files`).
    """
    if folder.is_symlink():
        raise OutputRefused(f"{folder.name} is a link; statistics are written into a real folder")
    try:
        remove_own(folder, FILES)
    except OSError as error:
        raise OutputRefused(
            f"cannot replace the earlier {folder.name}: {error.strerror}; close its files"
        ) from error


def read_measured(
    out: Path, statuses: Sequence[SubjectStatus], *, read_by: str | None = None
) -> Cohort:
    """Read the results, with the scanner of each subject as its stratum."""
    if read_by is None:
        cohort = read_cohort(out)
    else:
        check_read_by(out, read_by)
        tables = out / FOLDER / READ_FOLDER
        write_read_tables(tables, list(as_read_by(out, read_statuses(out), read_by)))
        cohort = read_cohort(tables)
    folders = {subject: subject_folder(subject) for subject in cohort.subjects}
    folders |= {s.subject: s.folder for s in statuses if s.subject in folders}
    return replace(cohort, strata=read_scanners(out, folders))


def _check_one_recipe(
    out: Path, statuses: Sequence[SubjectStatus], against: Sequence[Path], *, allowed: bool
) -> None:
    """Refuse results that different settings made."""
    if allowed:
        return
    recipes = {(s.settings_sha256, s.code_version) for s in statuses}
    if len(recipes) > 1:
        raise InvalidSettings(
            f"the subjects of {out.name} were measured with {len(recipes)} different settings or "
            "versions; finish the run, or add --allow-different-settings"
        )
    mine = _recorded_settings(out)
    for other in against:
        theirs = _recorded_settings(other) if other.is_dir() else mine
        if mine != theirs:
            raise InvalidSettings(
                f"{other.name} was measured with other settings than {out.name}; "
                "add --allow-different-settings if that is the comparison you want"
            )


def _recorded_settings(out: Path) -> dict[str, Any]:
    """Read what a run recorded, without asking whether this version still knows every name."""
    path = out / SETTINGS_NAME
    return read_config(path) if path.is_file() else {}


def _write(
    folder: Path,
    cohort: Cohort,
    statistics: Sequence[Statistic],
    agreement: Sequence[Agreement],
    *,
    settings: StatsSettings,
    remarks: Sequence[Remark],
    made_with: str,
) -> None:
    pairs = [pair for _, found in agreement for pair in found]
    everything = [*statistics, *(s for found, _ in agreement for s in found)]
    write_statistics(folder / "stats.csv", everything)
    write_left_out(folder / "left_out.csv", everything)
    write_timelines(folder / "timelines.csv", cohort)
    write_cumulative(folder / "cumulative.csv", cohort)
    if pairs:
        write_agreement(folder / "agreement.csv", pairs)
    notes = tuple(remark.written for remark in remarks)
    record = {"version": __version__, **settings.model_dump(mode="json"), "notes": notes}
    write_text(folder / "stats.json", json.dumps(record, indent=1) + "\n")
    page = StatsPage(
        cohort=cohort,
        statistics=tuple(everything),
        pairs=tuple(pairs),
        settings=settings,
        notes=notes,
        made_with=made_with,
    )
    write_stats_page(page, folder / "stats.html")
