"""How large the measures are, and how they change."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from mri_bme.sacroiliac import REGIONS
from mri_bme.settings import StatsSettings
from mri_bme.summarize_cohort.change import (
    mean_change,
    median_change,
    paired_t_test,
    sd_change,
    standardized_response_mean,
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
from mri_bme.summarize_cohort.left_out import left_out
from mri_bme.summarize_cohort.models import SAME_FOLLOWUP, ancova, is_same
from mri_bme.summarize_cohort.ranks import hodges_lehmann_change, wilcoxon_test
from mri_bme.summarize_cohort.responders import proportion
from mri_bme.summarize_cohort.statistic import Statistic, placed, untested
from mri_bme.volume import FloatArray


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
                if measure == EDEMA:
                    n_zero = int(np.count_nonzero(values == 0))
                    yield from placed(
                        [replace(proportion(n_zero, len(values)), statistic="proportion_zero")],
                        measure=measure,
                        region=WHOLE,
                        followup=visit,
                        group=group,
                    )


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
                        lost = None
                        if region == WHOLE and subjects is None:
                            lost = left_out(
                                cohort,
                                {c.subject for c in found},
                                measure=measure,
                                followups=(followup,),
                            )
                        yield from placed(
                            _of_changes(found, settings, is_whole=region == WHOLE),
                            measure=measure,
                            region=region,
                            followup=followup,
                            group=group,
                            left_out=lost,
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
        yield from _tests(baseline_values(found), changes)


def _tests(baseline: FloatArray, changes: FloatArray) -> Iterator[Statistic]:
    """Test the change; where every follow-up is the same, it is the baseline that varies."""
    found = (
        paired_t_test(changes),
        wilcoxon_test(changes),
        hodges_lehmann_change(changes),
        ancova(baseline, baseline + changes),
    )
    yield from untested(found, SAME_FOLLOWUP) if is_same(baseline, changes) else found
