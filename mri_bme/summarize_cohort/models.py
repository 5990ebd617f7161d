"""Models adjusted for the baseline and for repeated visits."""

import warnings
from dataclasses import replace

import numpy as np
import pandas as pd
from scipy import stats
from statsmodels.regression.linear_model import OLS
from statsmodels.regression.mixed_linear_model import MixedLM
from statsmodels.tools.sm_exceptions import ConvergenceWarning

from mri_bme.summarize_cohort.statistic import CONFIDENCE, Statistic, too_few
from mri_bme.volume import FloatArray

ANCOVA_SOURCE = "change ~ baseline + arm, Vickers & Altman, BMJ 323:1123-1124, 2001"
ADJUSTED_SOURCE = "change ~ baseline, at the mean baseline"
MIXED_SOURCE = (
    "visits as categories, random intercept per subject, REML; degrees of freedom "
    "between-within, Schluchter & Elashoff, J Stat Comput Simul 37:69-87, 1990"
)


def ancova(
    baseline: FloatArray, followup: FloatArray, treated: FloatArray | None = None
) -> Statistic:
    """Change adjusted for the baseline, or the difference between two arms so adjusted.

    Parameters
    ----------
    baseline, followup : array of shape (n,)
        One value per subject.
    treated : bool array or None
        Which subjects are in the treated arm; None when there is one arm.
    """
    baseline, followup = np.asarray(baseline, np.float64), np.asarray(followup, np.float64)
    name = "adjusted_change" if treated is None else "ancova_difference"
    source = ADJUSTED_SOURCE if treated is None else ANCOVA_SOURCE
    n = len(baseline)
    note = too_few(n if treated is None else _smaller_arm(treated)) or _flat(baseline)
    if note:
        return Statistic(statistic=name, n=n, note=note, source=source)
    columns = [np.ones(n), baseline - baseline.mean()]
    if treated is not None:
        columns.insert(0, np.asarray(treated, np.float64))
    fitted = OLS(followup - baseline, np.column_stack(columns)).fit()
    low, high = fitted.conf_int(alpha=1 - CONFIDENCE)[0]
    return Statistic(
        statistic=name,
        n=n,
        value=float(fitted.params[0]),
        ci_low=float(low),
        ci_high=float(high),
        p_value=float(fitted.pvalues[0]),
        source=source,
    )


def _smaller_arm(treated: FloatArray) -> int:
    n_treated = int(np.count_nonzero(treated))
    return min(n_treated, len(treated) - n_treated)


def _flat(baseline: FloatArray) -> str:
    return "all baselines are equal" if np.ptp(baseline) == 0 else ""


def mixed_model(table: pd.DataFrame, *, baseline: str) -> list[Statistic]:
    """Change at every follow-up from all visits together, subjects with gaps included.

    Parameters
    ----------
    table : DataFrame
        `subject`, `visit`, `value` and optionally `treated` (bool), one row per visit.
    baseline : str
        Label of the visit that the others are compared with.

    Returns
    -------
    list of Statistic
        Per follow-up, the change; with `treated`, the difference of the change between
        arms. `followup` names the visit.
    """
    table = table.dropna(subset=["value"])
    followups = [v for v in dict.fromkeys(table["visit"]) if v != baseline]
    arms = "treated" in table and table["treated"].nunique() == 2
    name = "mixed_model_difference" if arms else "mixed_model_change"
    n = int(table["subject"].nunique())
    note = too_few(_n_complete(table, baseline, arms=arms))
    design, names = _design(table, followups, arms=arms)
    fitted = None if note else _fit(table, design)
    if fitted is None:
        note = note or "the model did not converge"
        found = Statistic(statistic=name, n=n, note=note, source=MIXED_SOURCE)
        return [replace(found, followup=followup) for followup in followups]
    values, errors = (dict(zip(names, numbers, strict=True)) for numbers in fitted)
    found = Statistic(statistic=name, n=n, source=MIXED_SOURCE)
    freedom = len(table) - n - len(followups) * (2 if arms else 1)  # between-within
    return [
        _coefficient(found, values[v], errors[v], freedom=freedom, followup=v) for v in followups
    ]


def _n_complete(table: pd.DataFrame, baseline: str, *, arms: bool) -> int:
    """Subjects with the baseline and a follow-up, of the smaller arm where there are two."""
    has_baseline = set(table.loc[table["visit"] == baseline, "subject"])
    has_followup = set(table.loc[table["visit"] != baseline, "subject"])
    complete = table[table["subject"].isin(has_baseline & has_followup)]
    if not arms:
        return int(complete["subject"].nunique())
    return int(
        complete.groupby("treated")["subject"].nunique().reindex([True, False]).fillna(0).min()
    )


def _design(
    table: pd.DataFrame, followups: list[str], *, arms: bool
) -> tuple[FloatArray, list[str]]:
    """Columns of the model; those named after a follow-up hold what is reported."""
    columns: dict[str, FloatArray] = {"intercept": np.ones(len(table))}
    treated = table["treated"].to_numpy(np.float64) if arms else np.zeros(len(table))
    if arms:
        columns["treated"] = treated
    for followup in followups:
        at_followup = (table["visit"] == followup).to_numpy(np.float64)
        columns[f"visit {followup}" if arms else followup] = at_followup
        if arms:
            columns[followup] = at_followup * treated
    return np.column_stack(list(columns.values())), list(columns)


def _fit(table: pd.DataFrame, design: FloatArray) -> tuple[FloatArray, FloatArray] | None:
    model = MixedLM(table["value"].to_numpy(np.float64), design, groups=table["subject"].to_numpy())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        warnings.simplefilter("ignore", RuntimeWarning)
        warnings.simplefilter("ignore", UserWarning)
        try:
            fitted = model.fit(reml=True)
            errors = np.asarray(fitted.bse_fe, np.float64)
        except (np.linalg.LinAlgError, ValueError):
            return None
    values = np.asarray(fitted.fe_params, np.float64)
    return (values, errors) if np.isfinite(errors).all() and np.all(errors > 0) else None


def _coefficient(
    found: Statistic, value: float, error: float, *, freedom: int, followup: str
) -> Statistic:
    t = float(stats.t.ppf((1 + CONFIDENCE) / 2, freedom))
    return Statistic(
        statistic=found.statistic,
        n=found.n,
        value=float(value),
        ci_low=float(value - t * error),
        ci_high=float(value + t * error),
        p_value=float(2 * stats.t.sf(abs(value / error), freedom)),
        followup=followup,
        source=MIXED_SOURCE,
    )
