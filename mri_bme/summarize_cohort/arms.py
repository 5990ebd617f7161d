"""How arms differ, at each follow-up and over all together."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from mri_bme.settings import StatsSettings
from mri_bme.summarize_cohort.change import guyatt_effect_size
from mri_bme.summarize_cohort.cohort import (
    EDEMA,
    WHOLE,
    ArmPair,
    Cohort,
    MeasuredChange,
    baseline_values,
    change_values,
    pick,
)
from mri_bme.summarize_cohort.floor import cube_root_ancova, tobit_difference
from mri_bme.summarize_cohort.left_out import left_out
from mri_bme.summarize_cohort.models import SAME_FOLLOWUP, ancova, is_same, mmrm
from mri_bme.summarize_cohort.ranks import (
    hodges_lehmann_difference,
    rank_ancova,
    rank_sum_test,
)
from mri_bme.summarize_cohort.statistic import Statistic, placed, untested


def compare_arms(
    cohort: Cohort, changes: Sequence[MeasuredChange], settings: StatsSettings
) -> Iterator[Statistic]:
    """Compare the changes of every arm with those of the control."""
    for pair in cohort.arm_pairs():
        for followup in cohort.followups:
            for measure in cohort.measures:
                found = [
                    pick(changes, measure=measure, followup=followup, subjects=arm)
                    for arm in (pair.treated, pair.control)
                ]
                if not all(found):
                    continue
                differences = tuple(_differences(found[0], found[1], measure, settings))
                both = [*found[0], *found[1]]
                if is_same(baseline_values(both), change_values(both)):
                    differences = tuple(untested(differences, SAME_FOLLOWUP))
                yield from placed(
                    differences,
                    measure=measure,
                    region=WHOLE,
                    followup=followup,
                    group=pair.name,
                    left_out=left_out(
                        cohort,
                        {c.subject for arm in found for c in arm},
                        measure=measure,
                        followups=(followup,),
                        pair=pair,
                    ),
                )


def _differences(
    treated: Sequence[MeasuredChange],
    control: Sequence[MeasuredChange],
    measure: str,
    settings: StatsSettings,
) -> Iterator[Statistic]:
    """Compare as measured, by ranks, and what is a volume also by cube roots."""
    both = [*treated, *control]
    baseline = baseline_values(both)
    followup = baseline + change_values(both)
    in_treated = np.arange(len(both)) < len(treated)
    first, second = change_values(treated), change_values(control)
    yield guyatt_effect_size(first, second, seed=settings.seed, n_draws=settings.n_bootstrap)
    yield ancova(baseline, followup, in_treated)
    yield rank_sum_test(first, second)
    yield hodges_lehmann_difference(first, second)
    yield rank_ancova(baseline, followup, in_treated)
    if measure == EDEMA:
        yield cube_root_ancova(baseline, followup, in_treated)
        yield tobit_difference(baseline, followup, in_treated)


def model_visits(cohort: Cohort, changes: Sequence[MeasuredChange]) -> Iterator[Statistic]:
    """Model the change of every measure over all follow-ups at once.

    Edema is compared over the marrow that both visits cover, its baseline too, and what is
    not evaluable is missing.
    """
    for pair in cohort.arm_pairs() or (None,):
        for measure in cohort.measures:
            found = [
                c
                for c in changes
                if (c.measure, c.region) == (measure, WHOLE)
                and (pair is None or c.subject in pair.subjects)
            ]
            if found:
                yield from _modelled(cohort, found, measure, pair)


def _modelled(
    cohort: Cohort, found: Sequence[MeasuredChange], measure: str, pair: ArmPair | None
) -> Iterator[Statistic]:
    subjects = sorted({c.subject for c in found})
    row = {subject: k for k, subject in enumerate(subjects)}
    column = {followup: k for k, followup in enumerate(cohort.followups)}
    baseline = np.full((len(subjects), len(column)), np.nan)
    change = np.full_like(baseline, np.nan)
    for c in found:
        baseline[row[c.subject], column[c.followup]] = c.baseline
        change[row[c.subject], column[c.followup]] = c.change
    treated = None if pair is None else np.array([s in pair.treated for s in subjects])
    lost = left_out(cohort, subjects, measure=measure, followups=cohort.followups, pair=pair)
    for statistic in mmrm(baseline, change, treated, followups=cohort.followups):
        yield replace(
            statistic,
            measure=measure,
            region=WHOLE,
            group="all" if pair is None else pair.name,
            left_out=lost,
        )
