"""Made-up subjects in three arms, and the statistics of them."""

from mri_bme.settings import StatsSettings
from mri_bme.summarize_cohort import Cohort, MeasuredChange, Measurement, summarize_cohort

SETTINGS = StatsSettings(n_bootstrap=1000)
ARMS = ("drug", "high dose", "placebo")


def made_up(n=30, *, followups=("week14", "week28"), none=0):
    """Give subjects in three arms; the last `none` have no edema at any visit."""
    measurements, changes = [], []
    for k in range(n):
        has_edema = k < n - none
        before = 2.0 + (k * 7) % 11 if has_edema else 0.0
        values = {"baseline": before}
        for v, followup in enumerate(followups):
            noise = ((k * 13 + v * 5) % 9) / 10
            values[followup] = before * (0.5 if k % 3 < 2 else 0.9) + noise if has_edema else 0.0
            change = round(values[followup] - before, 6)
            verdict = "none" if not has_edema else "decreased" if change < -2 else "unchanged"
            changes.append(
                MeasuredChange(
                    subject=f"S{k:02d}",
                    followup=followup,
                    measure="edema_ml",
                    baseline=before,
                    change=change,
                    verdict=verdict,
                )
            )
        measurements += [
            Measurement(subject=f"S{k:02d}", visit=visit, day=None, measure="edema_ml", value=v)
            for visit, v in values.items()
        ]
    return Cohort(
        measurements=tuple(measurements),
        changes=tuple(changes),
        baseline="baseline",
        followups=followups,
        arms={f"S{k:02d}": ARMS[k % 3] for k in range(n)},
        control="placebo",
        known=frozenset((m.subject, m.visit) for m in measurements),
    )


def found(cohort, **wanted):
    return [
        s
        for s in summarize_cohort(cohort, settings=SETTINGS)
        if all(getattr(s, name) == value for name, value in wanted.items())
    ]
