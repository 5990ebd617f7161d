"""One line of a statistics table, and what too few subjects do to it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from mri_bme.volume import FloatArray

MIN_N_INFERENCE = 6  # fewest pairs with which a two-sided signed-rank test can reach p < 0.05
CONFIDENCE = 0.95
ROUNDING = 1e-9  # relative: what differs by less differs by arithmetic


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A subject of the results that a statistic leaves out, and why."""

    subject: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistic:
    """A number of the cohort, with its interval, its number of subjects and its source.

    A value that cannot be had is None, and `note` says why. `against` is the other side
    of a comparison: a clinical measure, a reader, another folder. `left_out` names the
    subjects that a test or model of the cohort leaves out; None where nobody is looked for.
    """

    statistic: str
    n: int
    value: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    p_value: float | None = None
    measure: str = ""
    against: str = ""
    region: str = ""
    followup: str = ""
    group: str = ""
    left_out: tuple[LeftOut, ...] | None = None
    note: str = ""
    source: str = ""


def too_few(n: int, least: int = MIN_N_INFERENCE) -> str:
    """Say that `n` subjects support no statistic; empty when they do."""
    if n >= least:
        return ""
    return f"n = {n}: too few for a statistic (at least {least})"


def is_constant(values: FloatArray) -> bool:
    """Tell whether values differ by no more than arithmetic leaves."""
    if not len(values):
        return True
    return bool(np.ptp(values) <= ROUNDING * np.abs(values).max())


def supported(statistics: Iterable[Statistic]) -> Iterator[Statistic]:
    """Withhold every number that rests on fewer than `MIN_N_INFERENCE` subjects."""
    for found in statistics:
        note = too_few(found.n)
        if note and found.value is not None:
            said = f"{found.note}; {note}" if found.note and found.note != note else note
            yield replace(found, value=None, ci_low=None, ci_high=None, p_value=None, note=said)
        else:
            yield found


def untested(statistics: Iterable[Statistic], note: str) -> Iterator[Statistic]:
    """Withhold tests and their p values for one reason; what describes stays."""
    for found in statistics:
        if found.p_value is None:
            yield found
        else:
            yield replace(found, value=None, ci_low=None, ci_high=None, p_value=None, note=note)


def placed(
    statistics: Iterable[Statistic],
    *,
    measure: str,
    region: str,
    followup: str,
    group: str,
    left_out: tuple[LeftOut, ...] | None = None,
) -> Iterator[Statistic]:
    """Say what statistics are about, and whom they leave out."""
    for statistic in statistics:
        yield replace(
            statistic,
            measure=measure,
            region=region,
            followup=followup,
            group=group,
            left_out=left_out,
        )
