"""How often tests of two arms call a difference where there is none, and where there is one."""

from collections import Counter
from collections.abc import Iterator
from typing import Annotated

import numpy as np
import typer

from lab.benchmark.trials import DECREASE, GENERATORS, Trial, simulated_trial
from mri_bme.summarize_cohort.floor import cube_root_ancova, tobit_difference
from mri_bme.summarize_cohort.models import ancova, mmrm
from mri_bme.summarize_cohort.ranks import rank_ancova, rank_sum_test
from mri_bme.summarize_cohort.statistic import Statistic

LEVEL = 0.05
FOLLOWUPS = ("first", "second")
SIZES = (16, 24, 40)


def statistics(
    n_trials: Annotated[int, typer.Option(help="Simulated trials of each kind.")] = 500,
    seed: Annotated[int, typer.Option(help="Seed of the simulation.")] = 7,
    generator: Annotated[
        list[str] | None, typer.Option(help=f"Only: {', '.join(GENERATORS)}.")
    ] = None,
) -> None:
    """Simulate trials of two arms and count p values below 5 %, by test.

    Without an effect, 100 % less that is the coverage of the intervals of tests that give one.
    Where Tobit's model holds exactly (cubes), its intervals are held against the true
    difference too.
    """
    for name in generator or GENERATORS:
        for effect in (0.0, DECREASE):
            for n in SIZES:
                rng = np.random.default_rng(seed)
                trials = (simulated_trial(rng, n, name, effect) for _ in range(n_trials))
                typer.echo(f"{name}, effect {effect:g}, {n} subjects: {counted(trials)}")


def counted(trials: Iterator[Trial]) -> str:
    """Say of every test in how many trials it called a difference."""
    called: Counter[str] = Counter()
    told: Counter[str] = Counter()
    covered: Counter[bool] = Counter()
    for trial in trials:
        for name, found in _tested(trial):
            told[name] += found.p_value is not None
            called[name] += found.p_value is not None and found.p_value < LEVEL
            if name == "Tobit" and trial.true_root_difference is not None:
                covered.update(_holds(found, trial.true_root_difference))
    words = [
        f"{name} {100 * called[name] / told[name]:.1f} % of {told[name]}"
        for name in told
        if told[name]
    ]
    if covered:
        share = 100 * covered[True] / covered.total()
        words.append(f"Tobit's interval holds the difference in {share:.1f} %")
    return ", ".join(words)


def _holds(found: Statistic, true: float) -> tuple[bool, ...]:
    if found.ci_low is None or found.ci_high is None:
        return ()
    return (found.ci_low <= true <= found.ci_high,)


def _tested(trial: Trial) -> Iterator[tuple[str, Statistic]]:
    baseline, change = trial.baseline, trial.change
    arm, first = trial.treated == 1, change[:, 0]
    both = np.repeat(baseline[:, None], len(FOLLOWUPS), axis=1)
    for found in mmrm(both, change, arm, followups=FOLLOWUPS):
        yield f"MMRM {found.followup}", found
    yield "ANCOVA", ancova(baseline, baseline + first, arm)
    yield "rank ANCOVA", rank_ancova(baseline, baseline + first, arm)
    yield "rank sums", rank_sum_test(first[arm], first[~arm])
    if baseline.min() >= 0:
        yield "cube roots", cube_root_ancova(baseline, baseline + first, arm)
        yield "Tobit", tobit_difference(baseline, baseline + first, arm)
