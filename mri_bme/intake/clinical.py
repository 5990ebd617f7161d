"""A table that the user brings: clinical measures, arms, or a reader's scores."""

import csv
import io
import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from mri_bme.errors import InvalidSettings
from mri_bme.inert import FORMULA
from mri_bme.intake.dicom.key import read_key
from mri_bme.intake.dicom.pseudonyms import subject_pseudonym
from mri_bme.intake.matching import shown, why_no_match
from mri_bme.nearest import did_you_mean
from mri_bme.summarize_cohort import EDEMA, SPARCC, Cohort, Measurement

KEYS = ("subject", "visit")
MISSING = frozenset({"", "na", "n/a", "nan", ".", "-", "null", "none"})
DELIMITERS = ",;\t"
MOST_NAMED = 8  # a message stays readable
LIMITS: Mapping[str, tuple[float, float]] = {
    "edema_ml": (0, 1000),  # more than the marrow of a pelvis: not millilitres
    "ml": (0, 1000),
    "sparcc": (0, 72),
    "sparcc_estimate": (0, 72),
    "basdai": (0, 100),  # 0 to 10, or millimetres of a scale of 100
    "basfi": (0, 100),
    "basmi": (0, 10),
    "asdas": (0, 20),
    "crp": (0, 1000),
    "esr": (0, 200),
}
"""What a value can be, by the column's name in small letters; both ends are allowed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClinicalRow:
    """One subject at one visit; a missing value is absent. `row` is the line in the file."""

    row: int
    subject: str
    visit: str
    numbers: Mapping[str, float]
    words: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClinicalTable:
    """Numbers and words by subject and visit, and what did not fit the results.

    `ignored` names text columns that were not asked for; their content is not kept.
    """

    rows: tuple[ClinicalRow, ...]
    measures: tuple[str, ...]
    ignored: tuple[str, ...]
    unknown_subjects: tuple[str, ...]
    unknown_visits: tuple[str, ...]

    def words_by_subject(self, column: str) -> dict[str, str]:
        """Give every subject the word that it has in a text column.

        Raises
        ------
        InvalidSettings
            If the column does not exist, or a subject has two different words.
        """
        found: dict[str, str] = {}
        for row in self.rows:
            word = row.words.get(column)
            if word is not None and found.setdefault(row.subject, word) != word:
                raise InvalidSettings(
                    f"row {row.row}: another value of {column!r} than before for the same "
                    "subject; a subject belongs to one group"
                )
        if not found:
            raise InvalidSettings(f"the clinical table has no values in a column {column!r}")
        return found


Line = tuple[int, dict[str, str]]


def read_clinical(
    path: Path,
    *,
    subjects: Collection[str],
    visits: Collection[str],
    word_columns: Sequence[str] = (),
    optional_word_columns: Sequence[str] = (),
) -> ClinicalTable:
    """Read a CSV with `subject`, `visit` and any other columns.

    Parameters
    ----------
    path : Path
        Separated by commas, semicolons (then 3,5 is a number too) or tabs, in UTF-8.
    subjects, visits : collection of str
        What the results hold; rows about others are left out and listed.
    word_columns : sequence of str
        Columns to keep as text, as the one that names the arm.
    optional_word_columns : sequence of str
        The same for columns that need not be there.

    Raises
    ------
    InvalidSettings
        If the file cannot be read, `subject` or `visit` is missing, a subject and visit
        come twice, a column of numbers has text or impossible values in some rows, or no row
        is about a subject and visit of the results.
    """
    header, lines = _read_lines(path)
    word_columns = (*word_columns, *(c for c in optional_word_columns if c in header))
    _check_header(header, word_columns, path.name)
    _check_duplicates(header, lines, path.name)
    measures, ignored = _sort_columns(header, lines, word_columns, path.name)
    _check_limits(lines, measures, path.name)
    _check_words(lines, word_columns, path.name)
    subject_as = _names_of_subjects(lines, subjects)
    visit_as = {visit.removeprefix("ses-"): visit for visit in visits}
    lines = [
        (line, cells | {"subject": subject_as.get(cells["subject"], cells["subject"]),
                        "visit": visit_as.get(cells["visit"], cells["visit"])})
        for line, cells in lines
    ]  # fmt: skip
    rows = [_row(line, cells, measures, word_columns) for line, cells in lines]
    known = [row for row in rows if row.subject in subjects and row.visit in visits]
    if not known:
        raise InvalidSettings(
            f"{path.name} {why_no_match({(r.subject, r.visit) for r in rows}, subjects, visits)}"
        )
    return ClinicalTable(
        rows=tuple(known),
        measures=measures,
        ignored=ignored,
        unknown_subjects=tuple(sorted({r.subject for r in rows} - set(subjects))),
        unknown_visits=tuple(sorted({r.visit for r in rows} - set(visits))),
    )


def _read_lines(path: Path) -> tuple[list[str], list[Line]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise InvalidSettings(f"there is no file {path.name}; check the path") from error
    except OSError as error:
        raise InvalidSettings(f"{path.name} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise InvalidSettings(f"{path.name} is not UTF-8 text; save it as CSV UTF-8") from error
    first = text.split("\n", 1)[0]
    delimiter = max(DELIMITERS, key=first.count)
    reader = csv.reader(io.StringIO(text), delimiter=delimiter)
    header = [_column(name) for name in next(reader, [])]
    lines = []
    for cells in reader:
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) > len(header):
            raise InvalidSettings(
                f"row {reader.line_num} of {path.name} has {len(cells)} cells, the header "
                f"{len(header)}; quote cells that hold the separator"
            )
        padded = cells + [""] * (len(header) - len(cells))
        values = [c.strip().replace(",", ".") if delimiter == ";" else c.strip() for c in padded]
        lines.append((reader.line_num, _with_keys(dict(zip(header, values, strict=True)))))
    return header, lines


def _column(name: str) -> str:
    stripped = name.strip()
    return stripped.lower() if stripped.lower() in KEYS else stripped


def _with_keys(cells: dict[str, str]) -> dict[str, str]:
    return cells | {
        "subject": cells.get("subject", "").removeprefix("sub-"),
        "visit": cells.get("visit", "").removeprefix("ses-"),
    }


def _names_of_subjects(lines: Sequence[Line], subjects: Collection[str]) -> dict[str, str]:
    """Name the subject of every cell: its own name, or that of the PatientID's pseudonym."""
    named = {subject.removeprefix("sub-"): subject for subject in subjects}
    unknown = {cells["subject"] for _, cells in lines} - set(named)
    key = read_key() if unknown else None
    if key is not None:
        codes = {cell: subject_pseudonym(cell, key) for cell in unknown}
        named |= {cell: named[code] for cell, code in codes.items() if code in named}
    return named


def _check_header(header: list[str], word_columns: Sequence[str], name: str) -> None:
    missing = [column for column in (*KEYS, *word_columns) if column not in header]
    if missing:
        others = [shown(column) for column in header if column not in KEYS and _is_plain(column)]
        advice = did_you_mean(
            missing[0],
            others,
            otherwise="it needs a header with subject, visit and the measures",
        )
        raise InvalidSettings(f"{name} lacks the column(s) {', '.join(missing)}; {advice}")
    strange = [shown(column) for column in header if not _is_plain(column)]
    if strange:
        raise InvalidSettings(
            f"{name} has columns named {', '.join(strange)}; a name begins with none of "
            f"{' '.join(FORMULA)} and holds no control characters, rename it"
        )
    twice = sorted({column for column in header if header.count(column) > 1})
    if twice:
        raise InvalidSettings(f"{name} has two columns named {', '.join(twice)}; rename one")


def _check_duplicates(header: list[str], lines: list[Line], name: str) -> None:
    seen: dict[tuple[str, ...], int] = {}
    keys = (*KEYS, "reader") if "reader" in header else KEYS
    for line, cells in lines:
        key = tuple(cells[column] for column in keys)
        if key in seen:
            raise InvalidSettings(
                f"rows {seen[key]} and {line} of {name} are about the same {' and '.join(keys)}; "
                "keep one of them"
            )
        seen[key] = line


def _is_plain(text: str) -> bool:
    """Tell whether neither a spreadsheet nor a terminal would act on a text."""
    return not text.startswith(tuple(FORMULA)) and (text.isprintable() or not text)


def _check_words(lines: list[Line], word_columns: Sequence[str], name: str) -> None:
    for line, cells in lines:
        for column in word_columns:
            if cells[column].lower() not in MISSING and not _is_plain(cells[column]):
                raise InvalidSettings(
                    f"row {line}, column {shown(column)} of {name} holds {shown(cells[column])}; "
                    f"a word begins with none of {' '.join(FORMULA)} and holds no control "
                    "characters"
                )


def _check_limits(lines: list[Line], measures: Sequence[str], name: str) -> None:
    wrong = []
    for line, cells in lines:
        for measure in measures:
            low, high = LIMITS.get(measure.lower(), (-math.inf, math.inf))
            number = _number(cells[measure])
            if number is not None and (number < low or number > high):
                wrong.append(f"{measure} {shown(cells[measure])} in row {line} ({low} to {high})")
    if wrong:
        more = f" and {len(wrong) - MOST_NAMED} more" if len(wrong) > MOST_NAMED else ""
        raise InvalidSettings(
            f"{name} holds values that cannot be: {', '.join(wrong[:MOST_NAMED])}{more}; "
            "correct the cells or leave them empty"
        )


def _sort_columns(
    header: list[str], lines: list[Line], word_columns: Sequence[str], name: str
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    measures, ignored, wrong = [], [], []
    for column in header:
        if column in KEYS or column in word_columns or not column:
            continue
        text_rows = [line for line, cells in lines if _number(cells[column]) is None]
        filled = [line for line, cells in lines if cells[column].lower() not in MISSING]
        if not text_rows:
            measures.append(column)
        elif set(text_rows) == set(filled):
            ignored.append(column)
        else:
            wrong.append(f"{column} in row(s) {_named(text_rows)}")
    if wrong:
        raise InvalidSettings(
            f"{name} has text or an infinite number where numbers belong: {'; '.join(wrong)}; "
            "correct the cells or leave them empty"
        )
    return tuple(measures), tuple(ignored)


def _named(rows: list[int]) -> str:
    more = f" and {len(rows) - MOST_NAMED} more" if len(rows) > MOST_NAMED else ""
    return ", ".join(str(row) for row in rows[:MOST_NAMED]) + more


def _number(cell: str) -> float | None:
    """Read a number; NaN where the cell is empty, None where it holds something else."""
    if cell.lower() in MISSING:
        return math.nan
    try:
        number = float(cell)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _row(
    line: int, cells: dict[str, str], measures: Sequence[str], word_columns: Sequence[str]
) -> ClinicalRow:
    return ClinicalRow(
        row=line,
        subject=cells["subject"],
        visit=cells["visit"],
        numbers=dict(_numbers(cells, measures)),
        words={c: cells[c] for c in word_columns if cells[c].lower() not in MISSING},
    )


def _numbers(cells: dict[str, str], measures: Sequence[str]) -> Iterator[tuple[str, float]]:
    for measure in measures:
        number = _number(cells[measure])
        if number is not None and not math.isnan(number):
            yield measure, number


def with_clinical(cohort: Cohort, clinical: ClinicalTable) -> Cohort:
    """Add the numbers of a clinical table; a measure named like one of ours is set apart."""
    days = {(m.subject, m.visit): m.day for m in cohort.measurements}
    added = tuple(
        Measurement(
            subject=row.subject,
            visit=row.visit,
            day=days.get((row.subject, row.visit)),
            measure=f"{measure} (clinical)" if measure in (EDEMA, SPARCC) else measure,
            value=value,
        )
        for row in clinical.rows
        for measure, value in row.numbers.items()
    )
    return replace(cohort, measurements=(*cohort.measurements, *added))
