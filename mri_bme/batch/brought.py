"""What the user brings to the statistics: a clinical table, and other measurements."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path

from mri_bme.errors import InvalidSettings
from mri_bme.intake.clinical import ClinicalTable, read_clinical, with_clinical
from mri_bme.intake.matching import hint, shown
from mri_bme.intake.readings import READER_COLUMNS, is_copy, read_readings
from mri_bme.nearest import did_you_mean
from mri_bme.record.cohort import read_cohort
from mri_bme.summarize_cohort import (
    WHOLE,
    AgreementPair,
    Cohort,
    Statistic,
    summarize_agreement,
)

CONTROL_NAMES = ("control", "controls", "placebo", "sham")
MOST_NAMED = 12  # a remark stays readable
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
    read_by : str or None
        Whose edema it is: `AUTO`, a reader's code, ``mean`` or ``consensus``; None takes the
        tables of the output as they are.
    claim : bool
        Write the CLAIM checklist too.
    """

    clinical: Path | None = None
    arm: str | None = None
    control: str | None = None
    strata: str | None = None
    against: tuple[Path, ...] = ()
    differences_ml: tuple[float, ...] = ()
    allow_different_settings: bool = False
    read_by: str | None = None
    claim: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """A remark: in full for the user, without names for what is written."""

    spoken: str
    written: str


def with_brought_table(cohort: Cohort, request: StatsRequest) -> tuple[Cohort, list[Remark]]:
    """Join the clinical table of a request: measures, arms and strata.

    Raises
    ------
    InvalidSettings
        If the table fits nothing in the results, or it is not clear which arm is the control.
    """
    path, arm, strata = request.clinical, request.arm, request.strata
    if path is None:
        return cohort, []
    table = read_clinical(
        path,
        subjects={subject for subject, _ in cohort.known},
        visits={visit for _, visit in cohort.known},
        word_columns=[column for column in (arm, strata) if column],
    )
    table, copied = _without_copies(cohort, table)
    arms = table.words_by_subject(arm) if arm else {}
    joined = replace(
        with_clinical(cohort, table),
        arms=arms,
        control=_control(arms.values(), request.control) if arm else None,
        strata=table.words_by_subject(strata) if strata else cohort.strata,
    )
    remarks = [*_remarks(table, path.name), *_copies(copied, path.name)]
    if arm:
        remarks += _about_arms(joined)
    return joined, remarks


def _without_copies(cohort: Cohort, table: ClinicalTable) -> tuple[ClinicalTable, tuple[str, ...]]:
    """Drop columns that repeat the program's own numbers."""
    own = {(m.subject, m.visit, m.measure): m.value
           for m in cohort.measurements if m.region == WHOLE}  # fmt: skip
    copied = tuple(
        column
        for column in table.measures
        if column in READER_COLUMNS and is_copy(table.rows, column, own)
    )
    rows = tuple(
        replace(row, numbers={c: v for c, v in row.numbers.items() if c not in copied})
        for row in table.rows
    )
    return replace(table, rows=rows), copied


def _copies(copied: Sequence[str], name: str) -> Iterator[Remark]:
    if copied:
        yield Remark(
            spoken=f"{name}: left out, since it repeats the program's own numbers: "
            f"{_listed(copied)}",
            written="left out of an added table, since they repeat the program's own "
            f"numbers: {len(copied)} columns",
        )


def _about_arms(cohort: Cohort) -> Iterator[Remark]:
    names = sorted(set(cohort.arms.values()))
    if len(names) == 1:
        said = f"there is one arm, {names[0]}: arms are not compared"
        yield Remark(spoken=said, written=said)
    without = [subject for subject in cohort.subjects if subject not in cohort.arms]
    if without:
        said = f"no arm, so left out of comparisons of arms: {_listed(without)}"
        yield Remark(spoken=said, written=said)


def _control(arms: Iterable[str], wanted: str | None) -> str | None:
    names = sorted(set(arms))
    if wanted is not None and wanted not in names:
        advice = did_you_mean(wanted, names, otherwise=f"the arms are {', '.join(names)}")
        raise InvalidSettings(f"--control names no arm; {advice}")
    if wanted is None and len(names) > 1:
        guesses = [name for name in names if name.lower() in CONTROL_NAMES]
        if len(guesses) != 1:
            raise InvalidSettings(f"say which arm is the control: --control {' or '.join(names)}")
        return guesses[0]
    return wanted


def _remarks(table: ClinicalTable, name: str) -> Iterator[Remark]:
    """Say what was left out; names from the user's file go to the user, not into outputs."""
    subjects, visits = table.unknown_subjects, table.unknown_visits
    of_subjects = hint(subjects, {row.subject for row in table.rows})
    of_visits = hint(visits, {row.visit for row in table.rows}, are_words=True)
    for what, left_out, guess in (
        ("subjects without results", subjects, of_subjects),
        ("visits without results", visits, of_visits),
        ("columns without numbers", table.ignored, ""),
    ):
        if left_out:
            yield Remark(
                spoken=f"{name}: {what} left out: {_listed(left_out)}{guess}",
                written=f"{what} left out of an added table: {len(left_out)}",
            )


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(map(shown, names[:MOST_NAMED])) + more


def compare_with(cohort: Cohort, path: Path) -> tuple[list[Agreement], list[Remark]]:
    """Compare the results with another results folder, or with the readers of a table.

    Two readers are compared over what both read. Readers who read nothing in common are not
    compared with each other, which is said.

    Raises
    ------
    InvalidSettings
        If there is nothing in common with the results.
    """
    if path.is_dir():
        other = read_cohort(path)
        found = summarize_agreement(cohort, other, against=path.name)
        _check_common(found, path.name, cohort, other)
        return [found], list(_if_identical(found, path.name))
    brought = read_readings(path, cohort)
    readings = {
        name: replace(cohort, measurements=measured, changes=())
        for name, measured in brought.measurements.items()
    }
    remarks = [*_remarks(brought.table, path.name), *_copies(brought.copied, path.name)]
    compared = []
    sides = [(cohort, reading, name, name) for name, reading in readings.items()]
    sides += [
        (reading, other_reading, f"{name} with {other}", f"{name} and {other}")
        for (name, reading), (other, other_reading) in combinations(readings.items(), 2)
    ]
    for first, second, name, said in sides:
        found = summarize_agreement(first, second, against=name)
        if found[1]:
            compared.append(found)
        else:
            told = f"not compared, because nothing was measured in both: {said}"
            remarks.append(Remark(spoken=told, written=told))
    if not compared:
        raise InvalidSettings(f"{path.name} and the results have no measured visit in common")
    return compared, remarks


def _check_common(found: Agreement, name: str, first: Cohort, second: Cohort) -> None:
    if found[1]:
        return
    ours, theirs = first.subjects, second.subjects
    if set(ours) & set(theirs):
        raise InvalidSettings(f"{name} and the results have no measured visit in common")
    raise InvalidSettings(
        f"{name} and the results have no subject in common: it has {_listed(theirs[:3])}, the "
        f"results {_listed(ours[:3])}{hint(theirs, ours)}"
    )


def _if_identical(found: Agreement, name: str) -> Iterator[Remark]:
    if all(pair.first == pair.second for pair in found[1]):
        yield Remark(
            spoken=f"{name} has the same numbers as the results: a copy, or the same run again",
            written="another results folder has the same numbers: a copy, or the same run again",
        )
