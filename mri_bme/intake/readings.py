"""What readers measured: a table with their edema volumes or SPARCC scores."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from mri_bme.errors import InvalidSettings
from mri_bme.intake.clinical import ClinicalRow, ClinicalTable, read_clinical
from mri_bme.summarize_cohort import EDEMA, MIN_N_INFERENCE, SPARCC, WHOLE, Cohort, Measurement

READER_COLUMNS = {"sparcc": SPARCC, "sparcc_estimate": SPARCC, "edema_ml": EDEMA, "ml": EDEMA}
READER = "reader"
Own = Mapping[tuple[str, str, str], float]
"""What the program measured, by subject, visit and measure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Readings:
    """Measurements of each reader, under a name that says whose they are.

    `copied` names the columns that repeat the program's own numbers and were left out, with
    the reading that they stood in.
    """

    table: ClinicalTable
    measurements: Mapping[str, tuple[Measurement, ...]]
    copied: tuple[str, ...]


def read_readings(path: Path, cohort: Cohort) -> Readings:
    """Read a CSV with `subject`, `visit`, `sparcc` or `edema_ml`, and optionally `reader`.

    A column that repeats what the program measured, number for number, is no reading: it is
    left out, so that the program is never compared with itself.

    Raises
    ------
    InvalidSettings
        If the table cannot be read or fits nothing in the results, if two columns could be
        the same measure, or if every column repeats the program's own numbers.
    """
    table = read_clinical(
        path,
        subjects={subject for subject, _ in cohort.known},
        visits={visit for _, visit in cohort.known},
        optional_word_columns=(READER,),
    )
    columns = [column for column in table.measures if column in READER_COLUMNS]
    if not columns:
        raise InvalidSettings(f"{path.name} needs a column sparcc or edema_ml")
    own = {(m.subject, m.visit, m.measure): m.value
           for m in cohort.measurements if m.region == WHOLE}  # fmt: skip
    measurements: dict[str, tuple[Measurement, ...]] = {}
    copied: list[str] = []
    for name, rows in _by_reader(table, path.stem).items():
        copies = [column for column in columns if is_copy(rows, column, own)]
        copied += [f"{column} of {name}" for column in copies]
        kept = [column for column in columns if column not in copies]
        _check_one_each(kept, rows, path.name)
        if kept:
            measurements[name] = tuple(_measured(rows, kept))
    if not any(measurements.values()):
        raise InvalidSettings(
            f"{path.name} holds nothing but the program's own numbers ({', '.join(copied)}); "
            "give the column that the reader filled in"
        )
    return Readings(table=table, measurements=measurements, copied=tuple(copied))


def _by_reader(table: ClinicalTable, stem: str) -> dict[str, list[ClinicalRow]]:
    found: dict[str, list[ClinicalRow]] = {}
    for row in table.rows:
        reader = row.words.get(READER)
        found.setdefault(f"{stem} reader {reader}" if reader else stem, []).append(row)
    return dict(sorted(found.items()))


def is_copy(rows: Iterable[ClinicalRow], column: str, own: Own) -> bool:
    """Tell whether a column repeats the program's numbers, to the digits that it has.

    So many equal numbers, not all of them 0, are no coincidence from `MIN_N_INFERENCE` rows
    on; with fewer nothing is computed.
    """
    measure = READER_COLUMNS[column]
    pairs = [
        (row.numbers[column], own[row.subject, row.visit, measure])
        for row in rows
        if column in row.numbers and (row.subject, row.visit, measure) in own
    ]
    if len(pairs) < MIN_N_INFERENCE or not any(theirs for theirs, _ in pairs):
        return False
    digits = max(_n_digits(theirs) for theirs, _ in pairs)
    rounding = 0.5000001 * 10**-digits if digits else 0.0  # whole numbers must be the same ones
    return all(abs(theirs - ours) <= rounding for theirs, ours in pairs)


def _n_digits(number: float) -> int:
    """Count the digits after the point that a number was written with."""
    return max(0, -int(Decimal(repr(number)).normalize().as_tuple().exponent))


def _check_one_each(columns: Sequence[str], rows: Sequence[ClinicalRow], name: str) -> None:
    filled = [column for column in columns if any(column in row.numbers for row in rows)]
    for measure in dict.fromkeys(READER_COLUMNS[column] for column in filled):
        same = [column for column in filled if READER_COLUMNS[column] == measure]
        if len(same) > 1:
            raise InvalidSettings(
                f"{name} has {' and '.join(same)}, which are one measure; keep the column that "
                "the reader filled in"
            )


def _measured(rows: Iterable[ClinicalRow], columns: Sequence[str]) -> Iterable[Measurement]:
    for row in rows:
        for column in columns:
            if column in row.numbers:
                yield Measurement(
                    subject=row.subject,
                    visit=row.visit,
                    day=None,
                    measure=READER_COLUMNS[column],
                    value=row.numbers[column],
                )
