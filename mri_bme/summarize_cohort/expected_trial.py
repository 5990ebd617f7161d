"""What a trial would find: volumes as they are expected, measured as well as they can be.

Edema is unlike blood pressure: many subjects have little or none, and nobody has less than
none. Who starts near 0 cannot fall far, so that an arm changes by less than a formula for
normal distributions says, and less alike. The expected subjects are therefore drawn, measured
with the error that their volumes have, and put into trials; the formulas stand beside it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache, partial

import numpy as np
import scipy
from numpy.typing import NDArray
from scipy.special import ndtri

from mri_bme.errors import InvalidSettings, NotEvaluable
from mri_bme.measurement_error import RC_PER_WSD
from mri_bme.settings import CompareSettings
from mri_bme.summarize_cohort.planning import (
    POWER,
    subjects_ancova,
    subjects_before_after,
    subjects_per_arm,
    subjects_responders,
    with_dropout,
)
from mri_bme.summarize_cohort.simulated_power import (
    N_TRIALS,
    Found,
    finds_by_ancova,
    finds_by_shares,
    finds_by_t,
    smallest_simulated,
)
from mri_bme.volume import FloatArray

LOG2_DRAWN = 17  # quasi-random, so that mean changes are right to a thousandth of the SD
SEED = 2015
FEWEST_ENROLLED = 100  # of the drawn ones: fewer would be the same few in every trial


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedTrial:
    """Who is enrolled, and how edema is expected to change.

    Parameters
    ----------
    baseline_ml, baseline_sd_ml : float
        Mean and SD of true edema at baseline, of those who have some; log-normal.
    without_edema : float
        Share of subjects who have none.
    treated, control : float
        Share by which edema falls on average in either arm; negative where it grows.
    spread : float
        SD of the logarithm of what is left, between the subjects of one arm.
    least_baseline_ml : float
        Only who is measured with at least as much at baseline is enrolled.
    has_floor : bool
        Off: everybody has edema, and a measured volume may be negative. What a formula for
        normal distributions takes for granted, to compare with.
    """

    baseline_ml: float
    baseline_sd_ml: float
    treated: float
    control: float = 0.0
    without_edema: float = 0.0
    spread: float = 0.5
    least_baseline_ml: float = 0.0
    has_floor: bool = True

    def __post_init__(self) -> None:
        given = (self.baseline_ml, self.baseline_sd_ml, self.spread, self.least_baseline_ml)
        shares = (self.treated, self.control, self.without_edema)
        if not np.isfinite([*given, *shares]).all():
            raise InvalidSettings(
                "everything that is expected must be a finite number; found "
                f"{', '.join(f'{one:g}' for one in given)}, and per cent "
                f"{', '.join(f'{100 * one:g}' for one in shares)}"
            )
        if min(self.baseline_ml, self.baseline_sd_ml) <= 0 or min(given) < 0:
            raise InvalidSettings(
                "baseline and its SD must be above 0 mL, the spread and the least baseline not "
                f"below 0; found {self.baseline_ml:g} mL, {self.baseline_sd_ml:g} mL, "
                f"{self.spread:g} and {self.least_baseline_ml:g} mL"
            )
        if not 0 <= self.without_edema < 1:
            raise InvalidSettings(
                "of subjects 0 to less than 100 % are without edema; found "
                f"{100 * self.without_edema:g} %"
            )
        if max(self.treated, self.control) > 1:
            raise InvalidSettings(
                "edema falls by 100 % at most; found "
                f"{100 * self.treated:g} % (treated) and {100 * self.control:g} % (control)"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """Subjects per arm of one analysis, and what it is expected to find.

    `treated` and `control` are mean changes in mL (in the root of mL for cube roots) or shares
    of responders; `sd` is that of the analysis, None for responders. `n` is the smallest size
    at which simulated trials have the power that was asked for, or what the formula says
    (`n_formula`) where that is more than are simulated; None where no number of subjects would
    do, and `note` says why. `n_enrolled` counts those who are lost besides.
    """

    analysis: str
    treated: float
    control: float | None = None
    sd: float | None = None
    unit: str = "mL"
    n: int | None = None
    n_formula: int | None = None
    n_enrolled: int | None = None
    note: str = ""


@dataclass(frozen=True, kw_only=True, eq=False)
class Arm:
    """Measured volumes of the drawn subjects of one arm, mL, and who responded (0 or 1)."""

    baseline: FloatArray
    followup: FloatArray
    responded: FloatArray

    @property
    def change(self) -> FloatArray:
        """Follow-up minus baseline."""
        return self.followup - self.baseline


def plan_expected(
    trial: ExpectedTrial,
    settings: CompareSettings,
    *,
    power: float = POWER,
    dropout: float = 0.0,
) -> tuple[Planned, ...]:
    """Tell how many subjects each analysis needs.

    Parameters
    ----------
    trial : ExpectedTrial
        Who is enrolled, and what is expected of them.
    settings : CompareSettings
        Smallest detectable changes: what the measurement adds to the scatter (2.77 wSD), and
        who counts as a responder (a fall of at least that much).
    power, dropout : float
        Chance to see the difference, and share of subjects that is lost.
    """
    treated, control = (_arm(trial, fall, settings) for fall in (trial.treated, trial.control))
    trials = _Trials(treated=treated, control=control)
    return tuple(
        _sized(planned, formula, found, power=power, dropout=dropout)
        for planned, formula, found in _analyses(trial, treated, control, trials, power)
    )


def _sized(
    planned: Planned, formula: Callable[[], int], found: Found, *, power: float, dropout: float
) -> Planned:
    try:
        n_formula = formula()
    except NotEvaluable as reason:
        return replace(planned, note=str(reason))
    simulated = smallest_simulated(found, n_formula, power)
    n = n_formula if simulated is None else simulated[0]
    note = "by the formula, too many to simulate" if simulated is None else ""
    enrolled = with_dropout(n, dropout)
    return replace(planned, n=n, n_formula=n_formula, n_enrolled=enrolled, note=note)


def share_that_can_respond(trial: ExpectedTrial, settings: CompareSettings) -> float:
    """Share of those enrolled whose edema at baseline could fall by a detectable change."""
    arm = _arm(trial, 1.0, settings)
    return float(np.mean(arm.baseline >= _detectable_ml(arm.baseline / 2, settings)))


def _analyses(
    trial: ExpectedTrial, treated: Arm, control: Arm, trials: "_Trials", power: float
) -> Iterator[tuple[Planned, Callable[[], int], Found]]:
    falls = [float(arm.change.mean()) for arm in (treated, control)]
    real = falls[0] if trial.treated else 0.0  # without a fall a mean moves by the floor alone
    sd, pooled = float(treated.change.std()), _pooled(treated.change, control.change)
    yield (
        Planned(analysis="before and after, one arm (paired t)", treated=falls[0], sd=sd),
        partial(subjects_before_after, real, sd, power=power),
        trials.before_after,
    )
    yield (
        Planned(analysis="change, two arms (t)", treated=falls[0], control=falls[1], sd=pooled),
        partial(subjects_per_arm, falls[0] - falls[1], pooled, power=power),
        trials.change,
    )
    for name, unit, scale in (("ANCOVA", "mL", np.asarray), ("ANCOVA of cube roots", "", np.cbrt)):
        (first, second), residual = _adjusted(treated, control, scale)
        yield (
            Planned(analysis=name, treated=first, control=second, sd=residual, unit=unit),
            partial(subjects_ancova, first - second, residual, power=power),
            partial(trials.ancova, scale=scale),
        )
    first, second = (float(arm.responded.mean()) for arm in (treated, control))
    yield (
        Planned(analysis="responders", treated=first, control=second, unit="share"),
        partial(subjects_responders, first, second, power=power),
        trials.responders,
    )


class _Trials:
    """Trials of subjects taken from two arms; larger ones hold the smaller."""

    def __init__(self, *, treated: Arm, control: Arm) -> None:
        self.arms = (treated, control)

    def _chosen(self, n: int) -> tuple[Arm, Arm]:
        first, second = (
            _taken(arm, np.random.default_rng([SEED, k]).integers(len(arm.baseline), size=size))
            for k, (arm, size) in enumerate((arm, (n, N_TRIALS)) for arm in self.arms)
        )
        return first, second

    def before_after(self, n: int) -> FloatArray:
        return finds_by_t(self._chosen(n)[0].change)

    def change(self, n: int) -> FloatArray:
        treated, control = self._chosen(n)
        return finds_by_t(treated.change, control.change)

    def ancova(self, n: int, *, scale: Callable[[FloatArray], FloatArray]) -> FloatArray:
        treated, control = self._chosen(n)
        return finds_by_ancova(
            (scale(treated.baseline), scale(control.baseline)),
            (scale(treated.followup), scale(control.followup)),
        )

    def responders(self, n: int) -> FloatArray:
        treated, control = self._chosen(n)
        return finds_by_shares(treated.responded, control.responded)


def _taken(arm: Arm, who: NDArray[np.int64]) -> Arm:
    """Take subjects (n, n_trials) into trials (n_trials, n)."""
    return Arm(
        baseline=arm.baseline[who.T], followup=arm.followup[who.T], responded=arm.responded[who.T]
    )


def _arm(trial: ExpectedTrial, fall: float, settings: CompareSettings) -> Arm:
    """Draw subjects, let their edema fall, and measure both visits.

    Both arms are the same subjects: what differs is the treatment alone.
    """
    size, response, first_error, second_error, presence = _drawn()
    log_variance = np.log1p((trial.baseline_sd_ml / trial.baseline_ml) ** 2)
    log_mean = np.log(trial.baseline_ml) - log_variance / 2
    true = np.exp(log_mean + np.sqrt(log_variance) * ndtri(size))
    true = true * (presence >= (trial.without_edema if trial.has_floor else 0.0))
    left = np.exp(trial.spread * ndtri(response) - trial.spread**2 / 2)
    after = true * (1 - fall) * left
    baseline, followup = (
        _measured(volume, ndtri(error), settings, has_floor=trial.has_floor)
        for volume, error in ((true, first_error), (after, second_error))
    )
    enrolled = baseline >= trial.least_baseline_ml if trial.least_baseline_ml > 0 else slice(None)
    baseline, followup = baseline[enrolled], followup[enrolled]
    if len(baseline) < FEWEST_ENROLLED:
        raise InvalidSettings(
            f"hardly anybody is expected to have {trial.least_baseline_ml:g} mL at baseline; "
            "enrol from less on"
        )
    least = _detectable_ml((baseline + followup) / 2, settings)
    responded = (baseline - followup >= least).astype(np.float64)
    return Arm(baseline=baseline, followup=followup, responded=responded)


@cache
def _drawn() -> FloatArray:
    """Chances of every subject (5, n), between 0 and 1: Sobol's points, scrambled."""
    drawn = scipy.stats.qmc.Sobol(d=5, rng=SEED).random_base2(LOG2_DRAWN)
    return np.asarray(drawn.T, dtype=np.float64)


def _measured(
    volume: FloatArray, error: FloatArray, settings: CompareSettings, *, has_floor: bool
) -> FloatArray:
    wsd = _detectable_ml(volume, settings) / RC_PER_WSD
    found = volume + wsd * error
    return np.maximum(found, 0.0) if has_floor else found


def _detectable_ml(volumes: FloatArray, settings: CompareSettings) -> FloatArray:
    """`smallest_detectable_change_ml` of many volumes."""
    at, change = np.array(settings.detectable_at_ml), np.array(settings.detectable_ml)
    found = np.interp(volumes, at, change)
    if at[-1] > 0:
        found = np.where(volumes > at[-1], change[-1] * volumes / at[-1], found)
    return np.asarray(found, dtype=np.float64)


def _pooled(first: FloatArray, second: FloatArray) -> float:
    return float(np.sqrt((first.var() + second.var()) / 2))


def _adjusted(
    treated: Arm, control: Arm, scale: Callable[[FloatArray], FloatArray]
) -> tuple[tuple[float, float], float]:
    """Mean change of either arm, and the SD of follow-up that the baseline leaves.

    One slope for both arms; the arms' baselines are equal, so that means need no adjustment.
    """
    pairs = [(scale(arm.baseline), scale(arm.followup)) for arm in (treated, control)]
    centred = [(before - before.mean(), after - after.mean()) for before, after in pairs]
    slope = sum(float(b @ a) for b, a in centred) / sum(float(b @ b) for b, _ in centred)
    residual = np.concatenate([after - slope * before for before, after in centred])
    first, second = (float((after - before).mean()) for before, after in pairs)
    return (first, second), float(residual.std())
