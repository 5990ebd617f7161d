"""Find subjects unlike the others of their cohort: to be looked at, not to be left out."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mri_bme.report import words
from mri_bme.report.cohort import CohortPage, CohortRow

MOST_MODIFIED_Z = 3.5  # Iglewicz & Hoaglin, How to Detect and Handle Outliers, 1993
Z_OF_MAD = 0.6745  # of a normal distribution
FEWEST_SUBJECTS = 10  # with fewer, nobody knows what is usual

Value = Callable[[CohortRow], float | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlier:
    """A number of a subject that lies outside of what is usual in its cohort."""

    row: CohortRow
    quantity: str
    value: float
    usual: tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Quantity:
    """What is looked at; on a `is_root` scale large volumes scatter as small ones do."""

    name: str
    value: Value
    is_root: bool = False


def find_outliers(page: CohortPage) -> tuple[Outlier, ...]:
    """Find numbers whose modified z score lies beyond `MOST_MODIFIED_Z` in either direction.

    The score is ``0.6745 (x - median) / MAD`` [1]_; volumes are compared by their square root.
    A quantity that half of the subjects share has no spread, and fewer than
    `FEWEST_SUBJECTS` no usual value: neither has outliers.

    References
    ----------
    .. [1] Iglewicz & Hoaglin, How to Detect and Handle Outliers, ASQC Quality Press, 1993.
    """
    found = [one for quantity in _quantities(page) for one in _beyond(quantity, page.rows)]
    return tuple(sorted(found, key=lambda one: (one.row.subject_id, one.quantity)))


def _quantities(page: CohortPage) -> Iterator[_Quantity]:
    yield _Quantity(name="edema at baseline, mL", value=_baseline, is_root=True)
    yield _Quantity(name="change of edema, mL", value=_change, is_root=True)
    for key in dict.fromkeys(key for row in page.rows for key in row.checks):
        visit, check = key
        yield _Quantity(
            name=f"{words.visit_name(visit)}: {check.replace('_', ' ')}", value=_check(key)
        )


def _baseline(row: CohortRow) -> float | None:
    return row.baseline_ml


def _change(row: CohortRow) -> float | None:
    return row.change_ml


def _check(key: tuple[str, str]) -> Value:
    return lambda row: row.checks.get(key)


def _beyond(quantity: _Quantity, rows: Sequence[CohortRow]) -> Iterator[Outlier]:
    told: Mapping[str, float] = {
        row.subject_id: value for row in rows if (value := quantity.value(row)) is not None
    }
    scaled = {k: _root(v) if quantity.is_root else v for k, v in told.items()}
    fences = usual_range(list(scaled.values()))
    if fences is None:
        return
    low, high = (_square(v) for v in fences) if quantity.is_root else fences
    if min(told.values()) >= 0:
        low = max(low, 0.0)  # no volume and no ratio is below 0
    for row in rows:
        value = scaled.get(row.subject_id)
        if value is not None and not fences[0] <= value <= fences[1]:
            yield Outlier(
                row=row,
                quantity=quantity.name,
                value=told[row.subject_id],
                usual=(low, high),
            )


def usual_range(values: Sequence[float]) -> tuple[float, float] | None:
    """Range of modified z scores up to `MOST_MODIFIED_Z`; None where nothing is usual."""
    if len(values) < FEWEST_SUBJECTS:
        return None
    median = float(np.median(values))
    mad = float(np.median(np.abs(np.asarray(values) - median)))
    if mad == 0:
        return None
    reach = MOST_MODIFIED_Z * mad / Z_OF_MAD
    return median - reach, median + reach


def _root(value: float) -> float:
    return math.copysign(math.sqrt(abs(value)), value)


def _square(value: float) -> float:
    return math.copysign(value * value, value)
