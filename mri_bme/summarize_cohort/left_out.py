"""Who is not in a statistic of the cohort, and why."""

from collections.abc import Collection, Mapping, Sequence

from mri_bme.summarize_cohort.cohort import EDEMA, ArmPair, Cohort
from mri_bme.summarize_cohort.statistic import LeftOut

NO_ARM = "no arm"


def left_out(
    cohort: Cohort,
    included: Collection[str],
    *,
    measure: str,
    followups: Sequence[str],
    pair: ArmPair | None = None,
) -> tuple[LeftOut, ...]:
    """Name the subjects of the results that a statistic of change leaves out.

    Parameters
    ----------
    cohort : Cohort
        All of the results.
    included : collection of str
        Subjects in the statistic.
    measure : str
        What changed.
    followups : sequence of str
        When; a subject with a change at any of them is included.
    pair : ArmPair or None
        The arms compared. Subjects of other arms are compared elsewhere and not named;
        those without an arm are.
    """
    measured = {v: cohort.values(measure, v) for v in (cohort.baseline, *followups)}
    found = []
    for subject in cohort.subjects:
        if subject in included:
            continue
        if pair is not None and subject not in pair.subjects:
            if subject not in cohort.arms:
                found.append(LeftOut(subject=subject, reason=NO_ARM))
            continue
        reasons = dict.fromkeys(
            _reason(cohort, measured, subject, measure=measure, followup=v) for v in followups
        )
        found.append(LeftOut(subject=subject, reason="; ".join(reasons)))
    return tuple(found)


def _reason(
    cohort: Cohort,
    measured: Mapping[str, Mapping[str, float]],
    subject: str,
    *,
    measure: str,
    followup: str,
) -> str:
    for visit in (cohort.baseline, followup):
        if cohort.known and (subject, visit) not in cohort.known:
            return f"no visit {visit}"
    if measure == EDEMA and (subject, followup) in cohort.reasons:
        reason = cohort.reasons[subject, followup]
        return f"{followup} not evaluable" + (f": {reason}" if reason else "")
    missing = [v for v in (cohort.baseline, followup) if subject not in measured[v]]
    return f"no value at {' and '.join(missing)}" if missing else f"no change at {followup}"
