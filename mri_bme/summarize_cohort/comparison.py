"""Two measurements of the same visits: two result folders, or a reader."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from mri_bme.summarize_cohort.agreement import (
    bland_altman,
    intraclass_correlation,
    smallest_detectable_change,
)
from mri_bme.summarize_cohort.cohort import WHOLE, Measurement
from mri_bme.summarize_cohort.statistic import Statistic

CHANGE_SDC_SOURCE = (
    "1.96 x SD of differences of change / sqrt(2), Bruynesteyn et al., Ann Rheum Dis 64:179, 2005"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementPair:
    """One visit (or change, where `visit` is ``change <visit>``) measured twice."""

    subject: str
    visit: str
    measure: str
    against: str
    first: float
    second: float


def summarize_agreement(
    first: Sequence[Measurement],
    second: Sequence[Measurement],
    *,
    against: str,
    baseline: str,
) -> tuple[tuple[Statistic, ...], tuple[AgreementPair, ...]]:
    """Compare two measurements of the same subjects and visits.

    Per measure and visit, and for changes since the baseline: bias and limits of agreement
    (first minus second), ICC(2,1) and the smallest detectable change. Visits are not
    pooled, since those of one subject are not independent.

    Returns
    -------
    statistics : tuple of Statistic
        `against` names the second measurement.
    pairs : tuple of AgreementPair
        What was compared.
    """
    mine, theirs = _by_key(first), _by_key(second)
    visits = dict.fromkeys(visit for _, visit, _ in mine)
    pairs: list[AgreementPair] = []
    for measure in dict.fromkeys(measure for *_, measure in mine):
        for visit in visits:
            pairs += _pairs(mine, theirs, measure, visit, against)
        for visit in visits:
            if visit != baseline:
                pairs += _change_pairs(mine, theirs, measure, (baseline, visit), against)
    return tuple(_statistics(pairs)), tuple(pairs)


Values = Mapping[tuple[str, str, str], float]


def _by_key(measurements: Sequence[Measurement]) -> dict[tuple[str, str, str], float]:
    return {(m.subject, m.visit, m.measure): m.value for m in measurements if m.region == WHOLE}


def _pairs(
    mine: Values, theirs: Values, measure: str, visit: str, against: str
) -> Iterator[AgreementPair]:
    for key in sorted(mine.keys() & theirs.keys()):
        if key[1:] == (visit, measure):
            yield AgreementPair(
                subject=key[0],
                visit=visit,
                measure=measure,
                against=against,
                first=mine[key],
                second=theirs[key],
            )


def _change_pairs(
    mine: Values, theirs: Values, measure: str, visits: tuple[str, str], against: str
) -> Iterator[AgreementPair]:
    baseline, followup = visits
    before = {p.subject: p for p in _pairs(mine, theirs, measure, baseline, against)}
    for after in _pairs(mine, theirs, measure, followup, against):
        if after.subject in before:
            start = before[after.subject]
            yield replace(
                after,
                visit=f"change {followup}",
                first=after.first - start.first,
                second=after.second - start.second,
            )


def _statistics(pairs: Sequence[AgreementPair]) -> Iterator[Statistic]:
    for measure, visit in dict.fromkeys((p.measure, p.visit) for p in pairs):
        chosen = [p for p in pairs if (p.measure, p.visit) == (measure, visit)]
        first, second = np.array([(p.first, p.second) for p in chosen], dtype=np.float64).T
        sdc = smallest_detectable_change(first, second)
        if visit.startswith("change "):
            sdc = _of_change(sdc)
        icc = intraclass_correlation(np.column_stack([first, second]))
        for found in (*bland_altman(first, second), icc, sdc):
            yield replace(
                found,
                measure=measure,
                followup=visit,
                region=WHOLE,
                group="all",
                against=chosen[0].against,
            )


def _of_change(sdc: Statistic) -> Statistic:
    """Halve the variance: each of two change scores carries the error of a change."""
    low, high, value = (
        None if number is None else number / float(np.sqrt(2))
        for number in (sdc.ci_low, sdc.ci_high, sdc.value)
    )
    return replace(sdc, value=value, ci_low=low, ci_high=high, source=CHANGE_SDC_SOURCE)
