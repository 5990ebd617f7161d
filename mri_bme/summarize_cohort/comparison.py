"""Two measurements of the same visits: two result folders, or a reader."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from mri_bme.summarize_cohort.agreement import (
    bland_altman,
    intraclass_correlation,
    smallest_detectable_change,
)
from mri_bme.summarize_cohort.cohort import MRI_MEASURES, WHOLE, Cohort, all_changes, pick
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
    first: Cohort, second: Cohort, *, against: str
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
    sides = (first, second)
    changes = (all_changes(first), all_changes(second))
    pairs: list[AgreementPair] = []
    for measure in MRI_MEASURES:
        for visit in (first.baseline, *first.followups):
            values = tuple(side.values(measure, visit) for side in sides)
            pairs += _pairs(values, measure, visit, against)
        for followup in first.followups:
            values = tuple(
                {c.subject: c.change for c in pick(found, measure=measure, followup=followup)}
                for found in changes
            )
            pairs += _pairs(values, measure, f"change {followup}", against)
    return tuple(_statistics(pairs)), tuple(pairs)


def _pairs(
    values: Sequence[Mapping[str, float]], measure: str, visit: str, against: str
) -> Iterator[AgreementPair]:
    mine, theirs = values
    for subject in sorted(mine.keys() & theirs.keys()):
        yield AgreementPair(
            subject=subject,
            visit=visit,
            measure=measure,
            against=against,
            first=mine[subject],
            second=theirs[subject],
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
