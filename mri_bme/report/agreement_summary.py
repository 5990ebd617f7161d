"""What a study manager looks at first: how far readers are, what waits, how far they agree."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mri_bme.agreement.readers import BETWEEN, PROGRAM, WITHIN
from mri_bme.findings import CONSENSUS
from mri_bme.record.agreement import ReadRow
from mri_bme.record.numbers import DASH
from mri_bme.report.stats_tables import interval, number
from mri_bme.summarize_cohort import Statistic

MOST_PAIRS = 3  # of readers side by side; more are told below, one by one
NO_BREAK = "\N{NO-BREAK SPACE}"
FIRST_WAITING = 5  # cases that are told before the rest is folded
GLANCES = (
    ("ICC(2,1) and kappa, with 95 % intervals", ("icc_2_1", "kappa")),
    ("Smallest detectable change between two readings, with 95 % intervals", ("sdc",)),
)
MEASURES = {
    "edema_ml": "Edema",
    "sparcc": "SPARCC",
    "berlin": "Berlin",
    "impression": "Impression",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownTable:
    """A table of text; the first row is its heading."""

    caption: str
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a reader is: cases dealt, taken up and signed.

    `reads_as` is the code that their readings are kept by where it is another: the consensus of
    an adjudicator.
    """

    reader: str
    n_cases: int
    n_open: int
    n_signed: int
    reads_as: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderLine:
    """One reader in one line; `share` is that of the cases which are signed, 0 to 100."""

    name: str
    share: int | None
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What has become of the subjects that somebody read."""

    read: int
    agree: int
    adjudicated: int
    waiting: int
    alone: int


def reader_heads(progress: Sequence[Progress]) -> tuple[str, ...]:
    """Heading of the lines of readers."""
    more = ("Signed", "Begun", "Left") if progress else ("Cases",)
    return ("Reader", *more, "Again", "Median s", "Amended")


def reader_lines(rows: Sequence[ReadRow], progress: Sequence[Progress]) -> list[ReaderLine]:
    """Tell of each reader how far they are, how long a case takes, what they changed later."""
    far = {one.reads_as or one.reader: one for one in progress}
    names = dict.fromkeys((*far, *(row.reader for row in rows)))
    return [_reader_line(name, rows, far.get(name), told=bool(progress)) for name in names]


def _reader_line(
    name: str, rows: Sequence[ReadRow], far: Progress | None, *, told: bool
) -> ReaderLine:
    cases = {row.case: row for row in rows if row.reader == name}.values()
    n_again = sum(row.repeat > 1 for row in cases)
    seconds = f"{np.median([row.seconds for row in cases]):.0f}" if cases else DASH
    if not told:
        counted: tuple[str, ...] = (f"{len(cases) - n_again}",)
    elif far is None:
        counted = (f"{len(cases)}", DASH, DASH)
    else:
        left = far.n_cases - far.n_signed
        counted = (f"{far.n_signed} of {far.n_cases}", f"{far.n_open}", f"{left}")
    amended = sum(row.n_amendments for row in cases)
    return ReaderLine(
        name=name if far is None or far.reader == name else f"{far.reader} ({name})",
        share=round(100 * far.n_signed / far.n_cases) if far and far.n_cases else None,
        cells=(*counted, f"{n_again}", seconds, f"{amended}"),
    )


def counts_of(rows: Sequence[ReadRow], to_adjudicate: Iterable[str]) -> Counts:
    """Count subjects on whom readers agree, who were adjudicated, wait, or have one reader."""
    readers: dict[str, set[str]] = {}
    for row in rows:
        readers.setdefault(row.subject, set()).add(row.reader)
    adjudicated = {subject for subject, who in readers.items() if CONSENSUS in who}
    waiting = set(to_adjudicate) - adjudicated
    several = {s for s, who in readers.items() if len(who - {CONSENSUS}) > 1}
    return Counts(
        read=len(readers),
        agree=len(several - adjudicated - waiting),
        adjudicated=len(adjudicated),
        waiting=len(waiting),
        alone=len(set(readers) - several - adjudicated - waiting),
    )


def at_a_glance(statistics: Sequence[Statistic]) -> list[ShownTable]:
    """Set ICC, kappa and detectable change of everybody side by side, a row for each question."""
    whole = [s for s in statistics if not s.region and s.group in (BETWEEN, WITHIN, PROGRAM)]
    who = _columns(whole)
    tables = []
    for caption, names in GLANCES:
        told = [s for s in whole if s.statistic in names and s.value is not None]
        columns = [one for one in who if any(s.against == one for s in told)]
        rows = _rows_of(told, columns)
        if columns:
            heads = ("Of", *(_head(one, told) for one in columns))
            tables.append(ShownTable(caption=caption, rows=(heads, *rows)))
    return tables


def _columns(whole: Sequence[Statistic]) -> list[str]:
    """Whom agreement is told of: all, every two (where they are few), each again, the program."""
    of_group = {
        group: list(dict.fromkeys(s.against for s in whole if s.group == group))
        for group in (BETWEEN, WITHIN, PROGRAM)
    }
    between = of_group[BETWEEN]
    every = [one for one in between if one.startswith("all ")]
    pairs = [one for one in between if one not in every]
    program = [one for one in of_group[PROGRAM] if not one.startswith(f"{CONSENSUS} ")]
    return [*every, *(pairs if len(pairs) <= MOST_PAIRS else ()), *of_group[WITHIN], *program]


def _head(against: str, told: Sequence[Statistic]) -> str:
    """Whom a column is about, and of how many subjects."""
    counts = [s.n for s in told if s.against == against and s.statistic != "kappa"]
    if not counts:
        return against
    least, most = min(counts), max(counts)
    counted = f"n = {most}" if least == most else f"n = {least} to {most}"
    return f"{against}, {_unbroken(counted)}"


def _rows_of(told: Sequence[Statistic], columns: Sequence[str]) -> list[tuple[str, ...]]:
    rows: dict[tuple[str, str], dict[str, Statistic]] = {}
    for one in told:
        rows.setdefault((one.measure, one.followup), {})[one.against] = one
    return [
        (_question(*key, found), *(_cell(found.get(one)) for one in columns))
        for key, found in rows.items()
    ]


def _question(measure: str, followup: str, found: Mapping[str, Statistic]) -> str:
    if measure == "quadrants":
        return "Quadrants, kappa"
    has_unit = measure.endswith("_ml") and any(s.statistic == "sdc" for s in found.values())
    return f"{MEASURES.get(measure, measure)}{', mL' if has_unit else ''}, {followup}"


def _cell(found: Statistic | None) -> str:
    """Write a value and its interval."""
    if found is None or found.value is None:
        return DASH
    has_interval = found.ci_low is not None and found.ci_high is not None
    return number(found) + (f" ({_unbroken(interval(found))})" if has_interval else "")


def _unbroken(text: str) -> str:
    """Keep words on one line."""
    return text.replace(" ", NO_BREAK)


def waiting_cases(
    to_adjudicate: Mapping[str, tuple[str, ...]], adjudicated: Iterable[str]
) -> list[tuple[str, str]]:
    """List the subjects that nobody has adjudicated yet, with what readers differ in."""
    done = set(adjudicated)
    return [(s, "; ".join(why)) for s, why in to_adjudicate.items() if s not in done]
