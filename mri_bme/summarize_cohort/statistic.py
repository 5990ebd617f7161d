"""One line of a statistics table, and what too few subjects do to it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

MIN_N_INFERENCE = 6  # fewest pairs with which a two-sided signed-rank test can reach p < 0.05
CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistic:
    """A number of the cohort, with its interval, its number of subjects and its source.

    A value that cannot be had is None, and `note` says why. `against` is the other side
    of a comparison: a clinical measure, a reader, another folder.
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
    note: str = ""
    source: str = ""


def too_few(n: int, least: int = MIN_N_INFERENCE) -> str:
    """Say that `n` subjects support no interval or p value; empty when they do."""
    if n >= least:
        return ""
    return f"n = {n}: too few for an interval or a p value (at least {least})"


def placed(
    statistics: Iterable[Statistic], *, measure: str, region: str, followup: str, group: str
) -> Iterator[Statistic]:
    """Say what statistics are about."""
    for statistic in statistics:
        yield replace(statistic, measure=measure, region=region, followup=followup, group=group)
