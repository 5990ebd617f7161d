"""How often tests of two arms call a difference where there is none, and where there is one."""

from collections import Counter
from collections.abc import Iterator
from typing import Annotated

import numpy as np
import typer

from mri_bme.summarize_cohort.floor import cube_root_ancova, tobit_difference
from mri_bme.summarize_cohort.models import ancova, mmrm
from mri_bme.summarize_cohort.ranks import rank_ancova, rank_sum_test
from mri_bme.summarize_cohort.statistic import Statistic
from mri_bme.volume import FloatArray

LEVEL = 0.05
FOLLOWUPS = ("first", "second")
MISSING = 0.15  # of second follow-ups
DECREASE = 0.6  # of the latent root volume, where there is an effect


def statistics(
    n_trials: Annotated[int, typer.Option(help="Simulated trials of each kind.")] = 500,
    seed: Annotated[int, typer.Option(help="Seed of the simulation.")] = 7,
) -> None:
    """Simulate trials of two arms and count p values below 5 %, by test."""
    for has_floor in (False, True):
        for effect in (0.0, DECREASE):
            for n in (16, 24, 40):
                rng = np.random.default_rng(seed)
                called: Counter[str] = Counter()
                told: Counter[str] = Counter()
                for _ in range(n_trials):
                    for name, found in _tested(*simulated_trial(rng, n, has_floor, effect)):
                        told[name] += found.p_value is not None
                        called[name] += found.p_value is not None and found.p_value < LEVEL
                kind = f"{'many zeros' if has_floor else 'normal'}, effect {effect:g}, {n} subjects"
                shares = ", ".join(
                    f"{name} {100 * called[name] / told[name]:.1f} % of {told[name]}"
                    for name in told
                    if told[name]
                )
                typer.echo(f"{kind}: {shares}")


def simulated_trial(
    rng: np.random.Generator, n: int, has_floor: bool, effect: float
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Make baselines (n,), changes (n, 2; NaN where missing) and arms (n,; 1 is treated).

    With a floor, volumes are squares of a normal variable cut off at 0: a fifth of the
    baselines and a third of the follow-ups are 0, and the largest are five times the mean.
    """
    treated = (np.arange(n) % 2).astype(np.float64)
    severity = rng.normal(size=n)

    def volume(latent: FloatArray) -> FloatArray:
        return np.round(np.maximum(latent, 0) ** 2 if has_floor else 10 + latent, 3)

    baseline = volume(1.2 + 1.3 * severity + rng.normal(0, 0.4, n))
    change = np.column_stack(
        [
            volume(0.7 - 0.2 * k + 1.3 * severity + rng.normal(0, 0.6, n) - effect * treated)
            - baseline
            for k in range(len(FOLLOWUPS))
        ]
    )
    change[rng.random(n) < MISSING, 1] = np.nan
    return baseline, np.round(change, 9), treated


def _tested(
    baseline: FloatArray, change: FloatArray, treated: FloatArray
) -> Iterator[tuple[str, Statistic]]:
    arm, first = treated == 1, change[:, 0]
    both = np.repeat(baseline[:, None], len(FOLLOWUPS), axis=1)
    for found in mmrm(both, change, arm, followups=FOLLOWUPS):
        yield f"MMRM {found.followup}", found
    yield "ANCOVA", ancova(baseline, baseline + first, arm)
    yield "rank ANCOVA", rank_ancova(baseline, baseline + first, arm)
    yield "rank sums", rank_sum_test(first[arm], first[~arm])
    if baseline.min() >= 0:
        yield "cube roots", cube_root_ancova(baseline, baseline + first, arm)
        yield "Tobit", tobit_difference(baseline, baseline + first, arm)
