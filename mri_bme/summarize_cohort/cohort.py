"""What is known of a cohort: measures by subject and visit, and their changes."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from mri_bme.volume import FloatArray

EDEMA, SPARCC = "edema_ml", "sparcc_estimate"
MRI_MEASURES = (EDEMA, SPARCC)
WHOLE = "total"
DECIMALS = 9  # of a difference: equal ones are ties, whatever binary arithmetic makes of them


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """One measure of one subject at one visit; clinical ones have the region ``total``."""

    subject: str
    visit: str
    day: int | None
    measure: str
    value: float
    region: str = WHOLE


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredChange:
    """Follow-up minus baseline. Edema is compared over common marrow and has a verdict."""

    subject: str
    followup: str
    measure: str
    baseline: float
    change: float
    region: str = WHOLE
    verdict: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmPair:
    """Subjects of a treated and of the control arm."""

    treated: frozenset[str]
    control: frozenset[str]
    name: str

    @property
    def subjects(self) -> frozenset[str]:
        """Everybody of the two arms."""
        return self.treated | self.control


@dataclass(frozen=True, kw_only=True)
class Cohort:
    """Everything that goes into the statistics.

    Parameters
    ----------
    measurements : tuple of Measurement
        MRI and clinical measures; a missing one is absent.
    changes : tuple of MeasuredChange
        Of edema, as compared by `compare_visits`; those of measures without any follow from
        `measurements`.
    baseline : str
        Label of the visit that follow-ups are compared with.
    followups : tuple of str
        In order of time.
    reasons : mapping
        Why the change of a subject at a follow-up is not evaluable, by (subject, follow-up).
    arms : mapping
        Arm of each subject; empty for one arm.
    control : str or None
        The arm that others are compared with.
    strata : mapping
        Stratum of each subject, as its scanner.
    known : frozenset of (str, str)
        Subjects and visits of the results, measured or not.
    """

    measurements: tuple[Measurement, ...]
    changes: tuple[MeasuredChange, ...]
    baseline: str
    followups: tuple[str, ...]
    reasons: Mapping[tuple[str, str], str] = field(default_factory=dict)
    arms: Mapping[str, str] = field(default_factory=dict)
    control: str | None = None
    strata: Mapping[str, str] = field(default_factory=dict)
    known: frozenset[tuple[str, str]] = frozenset()

    @property
    def clinical_measures(self) -> tuple[str, ...]:
        """Names of the measures that are not MRI, in order of appearance."""
        names = dict.fromkeys(m.measure for m in self.measurements)
        return tuple(name for name in names if name not in MRI_MEASURES)

    @property
    def measures(self) -> tuple[str, ...]:
        """Names of all measures, MRI first."""
        return (*MRI_MEASURES, *self.clinical_measures)

    @property
    def subjects(self) -> tuple[str, ...]:
        """Everybody in the results, measured or not."""
        measured = {m.subject for m in self.measurements} | {c.subject for c in self.changes}
        return tuple(sorted(measured | {subject for subject, _ in self.known}))

    def n_not_evaluable(self, followup: str) -> int:
        """Count the subjects whose change at a follow-up could not be evaluated."""
        return sum(visit == followup for _, visit in self.reasons)

    def arm_pairs(self) -> tuple[ArmPair, ...]:
        """Every arm with the control, in order of name; empty without a control."""
        names = sorted(set(self.arms.values()))
        if self.control not in names:
            return ()
        members = {
            name: frozenset(s for s, arm in self.arms.items() if arm == name) for name in names
        }
        return tuple(
            ArmPair(
                treated=members[name],
                control=members[self.control],
                name=f"{name} against {self.control}",
            )
            for name in names
            if name != self.control
        )

    def values(
        self, measure: str, visit: str, subjects: frozenset[str] | None = None
    ) -> dict[str, float]:
        """Values of one measure at one visit over the whole, by subject."""
        return {
            m.subject: m.value
            for m in self.measurements
            if (m.measure, m.visit, m.region) == (measure, visit, WHOLE)
            and (subjects is None or m.subject in subjects)
        }

    def groups(self) -> Iterator[tuple[str, frozenset[str] | None]]:
        """All subjects, then each arm, then each stratum: its name and its subjects."""
        yield "all", None
        for groups in (self.arms, self.strata):
            for name in sorted(set(groups.values())):
                yield name, frozenset(s for s, group in groups.items() if group == name)


def all_changes(cohort: Cohort) -> tuple[MeasuredChange, ...]:
    """Give the changes of edema as compared, of all else as follow-up minus baseline."""
    values = {(m.subject, m.visit, m.measure): m.value
              for m in cohort.measurements if m.region == WHOLE}  # fmt: skip
    compared = {c.measure for c in cohort.changes}
    others = [name for name in cohort.measures if name not in compared]
    derived = [
        MeasuredChange(
            subject=subject,
            followup=visit,
            measure=measure,
            baseline=values[subject, cohort.baseline, measure],
            change=round(value - values[subject, cohort.baseline, measure], DECIMALS),
        )
        for (subject, visit, measure), value in values.items()
        if measure in others
        and visit in cohort.followups
        and (subject, cohort.baseline, measure) in values
    ]
    return (*cohort.changes, *sorted(derived, key=lambda c: (c.followup, c.measure, c.subject)))


def pick(
    changes: Iterable[MeasuredChange],
    *,
    measure: str,
    followup: str,
    region: str = WHOLE,
    subjects: frozenset[str] | None = None,
) -> list[MeasuredChange]:
    """Pick the changes of one measure at one follow-up, in some or (None) all subjects."""
    return [
        c
        for c in changes
        if (c.measure, c.followup, c.region) == (measure, followup, region)
        and (subjects is None or c.subject in subjects)
    ]


def change_values(changes: Sequence[MeasuredChange]) -> FloatArray:
    """Collect the changes as an array."""
    return np.array([c.change for c in changes], dtype=np.float64)


def baseline_values(changes: Sequence[MeasuredChange]) -> FloatArray:
    """Collect the baselines as an array."""
    return np.array([c.baseline for c in changes], dtype=np.float64)
