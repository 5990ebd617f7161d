"""Statistics of an output folder: read its tables, join what the user brings, write them."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path
from typing import Any

from mri_bme.batch.resolve import SETTINGS_NAME, read_config
from mri_bme.batch.status import read_statuses
from mri_bme.errors import InvalidSettings, NothingUsable
from mri_bme.files import write_text
from mri_bme.intake.clinical import ClinicalTable, read_clinical, with_clinical
from mri_bme.record.cohort import read_cohort
from mri_bme.record.statistics import (
    write_agreement,
    write_cumulative,
    write_statistics,
    write_timelines,
)
from mri_bme.report.stats_page import StatsPage, write_stats_page
from mri_bme.settings import StatsSettings
from mri_bme.summarize_cohort import (
    EDEMA,
    SPARCC,
    AgreementPair,
    Cohort,
    Measurement,
    Statistic,
    summarize_agreement,
    summarize_cohort,
)
from mri_bme.version import __version__

FOLDER = "stats"
CONTROL_NAMES = ("control", "controls", "placebo", "sham")
READER_COLUMNS = {
    "sparcc": SPARCC,
    "sparcc_estimate": SPARCC,
    "edema_ml": EDEMA,
    "ml": EDEMA,
}
Agreement = tuple[tuple[Statistic, ...], tuple[AgreementPair, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class StatsRequest:
    """What is asked of the statistics, beyond the results themselves.

    Parameters
    ----------
    clinical : Path or None
        CSV with `subject`, `visit` and measures.
    arm, control, strata : str or None
        Column that names the arm, the arm that is the control, column of strata.
    against : tuple of Path
        Result folders or reader CSVs to measure agreement with.
    differences_ml : tuple of float
        Differences to plan a trial for.
    allow_different_settings : bool
        Take results together that were made with different settings.
    """

    clinical: Path | None = None
    arm: str | None = None
    control: str | None = None
    strata: str | None = None
    against: tuple[Path, ...] = ()
    differences_ml: tuple[float, ...] = ()
    allow_different_settings: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """Something to tell: in full to the user, without names in what is written."""

    spoken: str
    written: str


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
    _check_one_recipe(out, request.against, allowed=request.allow_different_settings)
    cohort, remarks = _with_clinical(read_cohort(out), request)
    statistics = summarize_cohort(cohort, differences_ml=request.differences_ml, settings=settings)
    agreement = [found for path in request.against for found in _agreement(cohort, path, remarks)]
    _write(out / FOLDER, cohort, statistics, agreement, settings=settings, remarks=remarks)
    return tuple(remark.spoken for remark in remarks)


def _check_request(out: Path, request: StatsRequest) -> None:
    if not out.is_dir():
        raise NothingUsable(f"there is no folder {out.name}; use mri-bme run first")
    if (request.arm or request.strata) and request.clinical is None:
        raise InvalidSettings("--arm and --strata name columns of --clinical; give that file too")
    if request.control and not request.arm:
        raise InvalidSettings("--control names a value of the column --arm; give that too")
    absent = [path.name for path in request.against if not path.exists()]
    if absent:
        raise InvalidSettings(f"there is no {', '.join(absent)} to compare with")
    if any(difference <= 0 for difference in request.differences_ml):
        raise InvalidSettings("--difference must be above 0 mL")


def _check_one_recipe(out: Path, against: Sequence[Path], *, allowed: bool) -> None:
    """Refuse results that different settings made."""
    if allowed:
        return
    recipes = {(s.settings_sha256, s.code_version) for s in read_statuses(out)}
    if len(recipes) > 1:
        raise InvalidSettings(
            f"the subjects of {out.name} were measured with {len(recipes)} different settings or "
            "versions; finish the run, or say --allow-different-settings"
        )
    mine = _recorded_settings(out)
    for other in against:
        theirs = _recorded_settings(other) if other.is_dir() else mine
        if mine != theirs:
            raise InvalidSettings(
                f"{other.name} was measured with other settings than {out.name}; "
                "say --allow-different-settings if that is what is compared"
            )


def _recorded_settings(out: Path) -> dict[str, Any]:
    """Read what a run recorded, without asking whether this version still knows every name."""
    path = out / SETTINGS_NAME
    return read_config(path) if path.is_file() else {}


def _with_clinical(cohort: Cohort, request: StatsRequest) -> tuple[Cohort, list[Remark]]:
    path, arm, strata = request.clinical, request.arm, request.strata
    if path is None:
        return cohort, []
    table = read_clinical(
        path,
        subjects={subject for subject, _ in cohort.known},
        visits={visit for _, visit in cohort.known},
        word_columns=[column for column in (arm, strata) if column],
    )
    arms = table.words_by_subject(arm) if arm else {}
    joined = replace(
        with_clinical(cohort, table),
        arms=arms,
        control=_control(arms.values(), request.control) if arm else None,
        strata=table.words_by_subject(strata) if strata else cohort.strata,
    )
    return joined, list(_remarks(table, path.name))


def _control(arms: Iterable[str], wanted: str | None) -> str | None:
    names = sorted(set(arms))
    if wanted is not None and wanted not in names:
        raise InvalidSettings(f"--control names no arm; the arms are {', '.join(names)}")
    if wanted is None and len(names) == 2:
        guesses = [name for name in names if name.lower() in CONTROL_NAMES]
        if len(guesses) != 1:
            raise InvalidSettings(f"say which arm is the control: --control {' or '.join(names)}")
        return guesses[0]
    return wanted


def _remarks(table: ClinicalTable, name: str) -> Iterator[Remark]:
    """Say what was left out; names from the user's file go to the user, not into outputs."""
    for what, left_out in (
        ("subjects without results", table.unknown_subjects),
        ("visits without results", table.unknown_visits),
        ("columns without numbers", table.ignored),
    ):
        if left_out:
            yield Remark(
                spoken=f"{name}: {what} left out: {', '.join(left_out)}{_hint(left_out)}",
                written=f"{what} left out of a table that was brought: {len(left_out)}",
            )


def _hint(left_out: Sequence[str]) -> str:
    if not any(name.isdigit() and not name.startswith("0") for name in left_out):
        return ""
    return " (a spreadsheet may have dropped leading zeros)"


def _agreement(cohort: Cohort, path: Path, remarks: list[Remark]) -> Iterator[Agreement]:
    if path.is_dir():
        yield _compared(cohort, read_cohort(path), path.name)
        return
    readings = {
        name: replace(cohort, measurements=tuple(found), changes=())
        for name, found in sorted(_readings(cohort, path, remarks).items())
    }
    for name, reading in readings.items():
        yield _compared(cohort, reading, name)
    for (name, reading), (other, other_reading) in combinations(readings.items(), 2):
        yield _compared(reading, other_reading, f"{name} with {other}")


def _compared(first: Cohort, second: Cohort, name: str) -> Agreement:
    found = summarize_agreement(first, second, against=name)
    if not found[1]:
        raise InvalidSettings(
            f"{name} and the results have no subject, visit and measure in common"
        )
    return found


def _readings(cohort: Cohort, path: Path, remarks: list[Remark]) -> dict[str, list[Measurement]]:
    table = read_clinical(
        path,
        subjects={subject for subject, _ in cohort.known},
        visits={visit for _, visit in cohort.known},
        optional_word_columns=("reader",),
    )
    if not set(table.measures) & set(READER_COLUMNS):
        raise InvalidSettings(f"{path.name} needs a column sparcc or edema_ml")
    remarks += _remarks(table, path.name)
    readings: dict[str, list[Measurement]] = {}
    for row in table.rows:
        reader = row.words.get("reader")
        name = f"{path.stem} reader {reader}" if reader else path.stem
        readings.setdefault(name, []).extend(
            Measurement(
                subject=row.subject,
                visit=row.visit,
                day=None,
                measure=READER_COLUMNS[column],
                value=value,
            )
            for column, value in row.numbers.items()
            if column in READER_COLUMNS
        )
    return readings


def _write(
    folder: Path,
    cohort: Cohort,
    statistics: Sequence[Statistic],
    agreement: Sequence[Agreement],
    *,
    settings: StatsSettings,
    remarks: Sequence[Remark],
) -> None:
    pairs = [pair for _, found in agreement for pair in found]
    everything = [*statistics, *(s for found, _ in agreement for s in found)]
    write_statistics(folder / "stats.csv", everything)
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
    )
    write_stats_page(page, folder / "stats.html")
