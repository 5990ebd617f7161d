"""Who responded, what goes with the edema, and what the next trial needs."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from mri_bme.summarize_cohort.association import correlations
from mri_bme.summarize_cohort.cohort import (
    EDEMA,
    MRI_MEASURES,
    WHOLE,
    ArmPair,
    Cohort,
    MeasuredChange,
    change_values,
    pick,
)
from mri_bme.summarize_cohort.left_out import left_out
from mri_bme.summarize_cohort.planning import subjects_before_after, subjects_per_arm
from mri_bme.summarize_cohort.responders import proportion, proportion_difference
from mri_bme.summarize_cohort.statistic import LeftOut, Statistic, is_constant, placed, too_few

NO_EDEMA = "none"
VERDICTS = ("resolved", "decreased", "unchanged", "increased", "new", NO_EDEMA)
RESPONSES = ("resolved", "decreased")
PLANNING_SOURCE = "two-sided t test at 5 %, power 80 %, noncentral t, Cohen 1988"


def count_responders(cohort: Cohort, changes: Sequence[MeasuredChange]) -> Iterator[Statistic]:
    """Count subjects by verdict, with the share of responders per arm.

    Subjects without edema at both visits are a group of their own: they had nothing to
    respond with, and the share of responders is of the others.
    """
    for followup in cohort.followups:
        for group, subjects in cohort.groups():
            found = pick(changes, measure=EDEMA, followup=followup, subjects=subjects)
            shares = [_share(found, (verdict,), verdict) for verdict in VERDICTS]
            shares.append(_share(_with_edema(found), RESPONSES, "responder"))
            yield from placed(
                shares, measure="verdict", region=WHOLE, followup=followup, group=group
            )
        for pair in cohort.arm_pairs():
            arms = [
                _with_edema(pick(changes, measure=EDEMA, followup=followup, subjects=arm))
                for arm in (pair.treated, pair.control)
            ]
            yield from placed(
                [proportion_difference(_responses(arms[0]), _responses(arms[1]))],
                measure="responder",
                region=WHOLE,
                followup=followup,
                group=pair.name,
                left_out=_who_had_none(cohort, changes, followup, pair),
            )


def _with_edema(found: Sequence[MeasuredChange]) -> list[MeasuredChange]:
    return [change for change in found if change.verdict != NO_EDEMA]


def _who_had_none(
    cohort: Cohort, changes: Sequence[MeasuredChange], followup: str, pair: ArmPair
) -> tuple[LeftOut, ...]:
    evaluable = pick(changes, measure=EDEMA, followup=followup, subjects=pair.subjects)
    measured = {c.subject for c in evaluable}
    none = measured - {c.subject for c in _with_edema(evaluable)}
    others = left_out(cohort, measured, measure=EDEMA, followups=(followup,), pair=pair)
    healthy = [LeftOut(subject=s, reason="no edema at either visit") for s in none]
    return tuple(sorted((*healthy, *others), key=lambda lost: lost.subject))


def _share(found: Sequence[MeasuredChange], verdicts: Sequence[str], name: str) -> Statistic:
    n_events = sum(change.verdict in verdicts for change in found)
    return replace(proportion(n_events, len(found)), statistic=f"share_{name}")


def _responses(found: Sequence[MeasuredChange]) -> tuple[int, int]:
    return sum(change.verdict in RESPONSES for change in found), len(found)


def correlate_measures(cohort: Cohort, changes: Sequence[MeasuredChange]) -> Iterator[Statistic]:
    """Correlate every MRI measure with every clinical one: at each visit, and in change."""
    for mri in MRI_MEASURES:
        for clinical in cohort.clinical_measures:
            for visit in (cohort.baseline, *cohort.followups):
                yield from _correlated(
                    cohort.values(mri, visit),
                    cohort.values(clinical, visit),
                    Statistic(statistic="", n=0, measure=mri, against=clinical, followup=visit),
                )
            for followup in cohort.followups:
                first, second = (
                    {c.subject: c.change for c in pick(changes, measure=m, followup=followup)}
                    for m in (mri, clinical)
                )
                about = Statistic(
                    statistic="change", n=0, measure=mri, against=clinical, followup=followup
                )
                yield from _correlated(first, second, about)


def _correlated(
    first: dict[str, float], second: dict[str, float], about: Statistic
) -> Iterator[Statistic]:
    common = sorted(first.keys() & second.keys())
    if not common:
        return
    pair = [np.array([side[s] for s in common]) for side in (first, second)]
    suffix = "_of_changes" if about.statistic else ""
    for found in correlations(pair[0], pair[1]):
        yield replace(
            found,
            statistic=found.statistic + suffix,
            measure=about.measure,
            against=about.against,
            followup=about.followup,
            region=WHOLE,
            group="all",
        )


def plan_trials(
    cohort: Cohort, changes: Sequence[MeasuredChange], differences_ml: Sequence[float]
) -> Iterator[Statistic]:
    """Say how many subjects the next trial needs, from the spread of change seen."""
    for followup in cohort.followups:
        values = change_values(pick(changes, measure=EDEMA, followup=followup))
        if too_few(len(values)) or is_constant(values):
            continue
        sd = float(values.std(ddof=1))
        for difference_ml in differences_ml or [float(abs(values.mean()))]:
            if difference_ml <= 0:
                continue
            for name, plan in (
                ("subjects_per_arm", subjects_per_arm),
                ("subjects_before_after", subjects_before_after),
            ):
                yield Statistic(
                    statistic=name,
                    n=len(values),
                    value=float(plan(difference_ml, sd)),
                    measure=EDEMA,
                    region=WHOLE,
                    followup=followup,
                    group="all",
                    note=f"for a difference of {difference_ml:.2f} mL, SD of change {sd:.2f} mL"
                    + ("" if len(values) >= 12 else f" (itself uncertain, n = {len(values)})"),
                    source=PLANNING_SOURCE,
                )
