"""Simulated trials of two arms: volumes as they may be spread, with and without a floor."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from mri_bme.volume import FloatArray

N_FOLLOWUPS = 2
MISSING = 0.15  # of second follow-ups, by chance alone
DECREASE = 0.6  # of the latent root volume, where there is an effect
SEEN_FROM_ML = 0.5  # less is read as none, where volumes are logarithmic


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """Baselines (n,), changes (n, 2; NaN where missing), arms (n,; 1 is treated).

    `true_root_difference` is that of the latent cube roots at the first follow-up, where the
    model of `Tobit` holds exactly; None where it does not.
    """

    baseline: FloatArray
    change: FloatArray
    treated: FloatArray
    true_root_difference: float | None = None


Latent = tuple[FloatArray, FloatArray]
"""Volumes at baseline (n,) and at the follow-ups (n, 2)."""


def _normal(rng: np.random.Generator, treated: FloatArray, effect: float) -> Latent:
    before, after = _latent(rng, treated, effect)
    return 10 + before, 10 + after


def _squares(rng: np.random.Generator, treated: FloatArray, effect: float) -> Latent:
    """Cut off at 0: a fifth of the baselines and a third of the follow-ups are 0."""
    before, after = _latent(rng, treated, effect)
    return np.maximum(before, 0) ** 2, np.maximum(after, 0) ** 2


def _cubes(rng: np.random.Generator, treated: FloatArray, effect: float) -> Latent:
    """Draw what Tobit's model of cube roots takes for true: roots regress on the observed root."""
    before = np.maximum(_latent(rng, treated, effect)[0], 0)
    shared = rng.normal(0, 0.4, len(treated))
    after = [
        -0.2 - 0.2 * k + 0.8 * before - effect * treated + shared + rng.normal(0, 0.6, len(treated))
        for k in range(N_FOLLOWUPS)
    ]
    return before**3, np.maximum(np.column_stack(after), 0) ** 3


def _latent(rng: np.random.Generator, treated: FloatArray, effect: float) -> Latent:
    n = len(treated)
    severity = rng.normal(size=n)
    before = 1.2 + 1.3 * severity + rng.normal(0, 0.4, n)
    after = [
        0.7 - 0.2 * k + 1.3 * severity + rng.normal(0, 0.6, n) - effect * treated
        for k in range(N_FOLLOWUPS)
    ]
    return before, np.column_stack(after)


def _lognormal(rng: np.random.Generator, treated: FloatArray, effect: float) -> Latent:
    """Multiplied by treatment; less than `SEEN_FROM_ML` is read as none, with a gap above 0."""
    n = len(treated)
    severity = rng.normal(0.3, 1.2, n)
    before = np.exp(severity + rng.normal(0, 0.3, n))
    logs = [
        severity - 0.2 - 0.2 * k - effect * treated + rng.normal(0, 0.5, n)
        for k in range(N_FOLLOWUPS)
    ]
    return _seen(before), _seen(np.exp(np.column_stack(logs)))


def _gamma(rng: np.random.Generator, treated: FloatArray, effect: float) -> Latent:
    """Take a skewed volume times what is left of it, less a floor that is never seen."""
    n = len(treated)
    severity = rng.gamma(0.9, 4.0, n)
    before = severity * rng.gamma(8.0, 1 / 8.0, n)
    left = [
        severity * rng.gamma(3.0, (0.7 - 0.1 * k) / 3.0, n) * np.exp(-effect * treated)
        for k in range(N_FOLLOWUPS)
    ]
    return np.maximum(before - 0.7, 0), np.maximum(np.column_stack(left) - 0.7, 0)


def _seen(volume_ml: FloatArray) -> FloatArray:
    return np.where(volume_ml < SEEN_FROM_ML, 0.0, volume_ml)


GENERATORS: dict[str, Callable[[np.random.Generator, FloatArray, float], Latent]] = {
    "normal": _normal,
    "squares": _squares,
    "cubes": _cubes,
    "lognormal": _lognormal,
    "gamma": _gamma,
}
"""How volumes of a trial are spread, by name; all but the first have many zeros."""


def simulated_trial(rng: np.random.Generator, n: int, generator: str, effect: float) -> Trial:
    """Make a trial of `n` subjects; `effect` lowers the treated arm, 0 is none."""
    treated = (np.arange(n) % 2).astype(np.float64)
    before, after = GENERATORS[generator](rng, treated, effect)
    baseline = np.round(before, 3)
    change = np.round(np.round(after, 3) - baseline[:, None], 9)
    change[rng.random(n) < MISSING, 1] = np.nan
    return Trial(
        baseline=baseline,
        change=change,
        treated=treated,
        true_root_difference=-effect if generator == "cubes" else None,
    )
