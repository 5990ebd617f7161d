"""How large the measures are, how they change, and how arms differ."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from mri_bme.sacroiliac import REGIONS
from mri_bme.settings import StatsSettings
from mri_bme.summarize_cohort.change import (
    guyatt_effect_size,
    mean_change,
    median_change,
    paired_t_test,
    sd_change,
    standardized_response_mean,
    wilcoxon_test,
)
from mri_bme.summarize_cohort.cohort import (
    EDEMA,
    WHOLE,
    Cohort,
    MeasuredChange,
    baseline_values,
    change_values,
    pick,
)
from mri_bme.summarize_cohort.models import ancova, mixed_model
from mri_bme.summarize_cohort.statistic import Statistic, placed


def describe_levels(cohort: Cohort) -> Iterator[Statistic]:
    """Describe every measure at every visit: mean, SD, median."""
    for group, subjects in cohort.groups():
        for visit in (cohort.baseline, *cohort.followups):
            for measure in cohort.measures:
                values = np.array(list(cohort.values(measure, visit, subjects).values()))
                if not len(values):
                    continue
                about = Statistic(
                    statistic="mean",
                    n=len(values),
                    measure=measure,
                    region=WHOLE,
                    followup=visit,
                    group=group,
                    value=float(values.mean()),
                )
                sd = float(values.std(ddof=1)) if len(values) > 1 else None
                yield about
                yield replace(about, statistic="sd", value=sd)
                yield replace(about, statistic="median", value=float(np.median(values)))


def describe_changes(
    cohort: Cohort, changes: Sequence[MeasuredChange], settings: StatsSettings
) -> Iterator[Statistic]:
    """Describe and test the change of every measure, by group, follow-up and region."""
    for group, subjects in cohort.groups():
        for followup in cohort.followups:
            for measure in cohort.measures:
                for region in REGIONS if measure == EDEMA else (WHOLE,):
                    found = pick(
                        changes,
                        measure=measure,
                        followup=followup,
                        region=region,
                        subjects=subjects,
                    )
                    if found:
                        yield from placed(
                            _of_changes(found, settings, is_whole=region == WHOLE),
                            measure=measure,
                            region=region,
                            followup=followup,
                            group=group,
                        )


def _of_changes(
    found: Sequence[MeasuredChange], settings: StatsSettings, *, is_whole: bool
) -> Iterator[Statistic]:
    """Describe the changes; tests are for the whole only, parts would only multiply them."""
    changes = change_values(found)
    seed, n_draws = settings.seed, settings.n_bootstrap
    yield mean_change(changes, seed=seed, n_draws=n_draws)
    yield median_change(changes)
    yield sd_change(changes)
    yield standardized_response_mean(changes, seed=seed, n_draws=n_draws)
    if is_whole:
        yield paired_t_test(changes)
        yield wilcoxon_test(changes)
        baseline = baseline_values(found)
        yield ancova(baseline, baseline + changes)


def compare_arms(
    cohort: Cohort, changes: Sequence[MeasuredChange], settings: StatsSettings
) -> Iterator[Statistic]:
    """Compare the changes of two arms."""
    pair = cohort.arm_pair()
    if pair is None:
        return
    treated, control, name = pair
    for followup in cohort.followups:
        for measure in cohort.measures:
            found = [
                pick(changes, measure=measure, followup=followup, subjects=arm)
                for arm in (treated, control)
            ]
            if not all(found):
                continue
            both = [*found[0], *found[1]]
            baseline, change = baseline_values(both), change_values(both)
            in_treated = np.array([c.subject in treated for c in both])
            yield from placed(
                [
                    guyatt_effect_size(
                        change_values(found[0]),
                        change_values(found[1]),
                        seed=settings.seed,
                        n_draws=settings.n_bootstrap,
                    ),
                    ancova(baseline, baseline + change, in_treated),
                ],
                measure=measure,
                region=WHOLE,
                followup=followup,
                group=name,
            )


def model_visits(cohort: Cohort, changes: Sequence[MeasuredChange]) -> Iterator[Statistic]:
    """Model every measure over all visits at once.

    A follow-up enters as the baseline plus its change, so that edema is compared over the
    marrow that both visits cover, and what is not evaluable is missing.
    """
    pair = cohort.arm_pair()
    for measure in cohort.measures:
        table = _long_table(cohort, changes, measure)
        if table.empty:
            continue
        for statistic in mixed_model(table, baseline=cohort.baseline):
            yield replace(
                statistic, measure=measure, region=WHOLE, group="all" if pair is None else pair[2]
            )


def _long_table(cohort: Cohort, changes: Sequence[MeasuredChange], measure: str) -> pd.DataFrame:
    pair = cohort.arm_pair()
    start = cohort.values(measure, cohort.baseline)
    values = {(subject, cohort.baseline): value for subject, value in start.items()}
    for followup in cohort.followups:
        values |= {
            (c.subject, followup): start[c.subject] + c.change
            for c in pick(changes, measure=measure, followup=followup)
            if c.subject in start
        }
    rows = [
        {"subject": subject, "visit": visit, "value": value}
        | ({} if pair is None else {"treated": subject in pair[0]})
        for (subject, visit), value in values.items()
        if pair is None or subject in pair[0] | pair[1]
    ]
    return pd.DataFrame(rows, columns=["subject", "visit", "value", *(["treated"] if pair else [])])
