"""Turn the results of many subjects into the statistics of a trial."""

from collections.abc import Sequence

from mri_bme.settings import StatsSettings
from mri_bme.summarize_cohort.agreement import bland_altman, smallest_detectable_change
from mri_bme.summarize_cohort.arms import compare_arms, model_visits
from mri_bme.summarize_cohort.cohort import (
    EDEMA,
    MRI_MEASURES,
    SPARCC,
    WHOLE,
    Cohort,
    MeasuredChange,
    Measurement,
    all_changes,
)
from mri_bme.summarize_cohort.comparison import AgreementPair, summarize_agreement
from mri_bme.summarize_cohort.description import describe_changes, describe_levels
from mri_bme.summarize_cohort.outcomes import correlate_measures, count_responders, plan_trials
from mri_bme.summarize_cohort.responders import cumulative_probability
from mri_bme.summarize_cohort.statistic import (
    MIN_N_INFERENCE,
    LeftOut,
    Statistic,
    supported,
)

__all__ = [
    "EDEMA",
    "MIN_N_INFERENCE",
    "MRI_MEASURES",
    "SPARCC",
    "WHOLE",
    "AgreementPair",
    "Cohort",
    "LeftOut",
    "MeasuredChange",
    "Measurement",
    "Statistic",
    "all_changes",
    "bland_altman",
    "cumulative_probability",
    "smallest_detectable_change",
    "summarize_agreement",
    "summarize_cohort",
]


def summarize_cohort(
    cohort: Cohort, *, differences_ml: Sequence[float] = (), settings: StatsSettings | None = None
) -> tuple[Statistic, ...]:
    """Compute every statistic that the cohort supports.

    Parameters
    ----------
    cohort : Cohort
        Measures, changes, arms and strata.
    differences_ml : sequence of float
        Differences in mL to plan a trial for; without any, the mean change that was seen.
    settings : StatsSettings
        Seed and number of bootstrap resamples.

    Returns
    -------
    tuple of Statistic
        What too few subjects do not support is there without a value, and says why. No
        p value is adjusted for multiplicity.
    """
    settings = settings or StatsSettings()
    changes = all_changes(cohort)
    found = (
        *describe_levels(cohort),
        *describe_changes(cohort, changes, settings),
        *compare_arms(cohort, changes, settings),
        *model_visits(cohort, changes),
        *count_responders(cohort, changes),
        *correlate_measures(cohort, changes),
        *plan_trials(cohort, changes, differences_ml),
    )
    return tuple(supported(found))
