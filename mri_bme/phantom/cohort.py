"""A trial of synthetic subjects: scenarios in a trial's proportions, and its clinical data."""

from dataclasses import dataclass

import numpy as np

from mri_bme.phantom.scenarios import SCENARIOS, PhantomSubject

SHARES = {
    "letter": 0.18,
    "partial": 0.26,
    "unchanged": 0.18,
    "worse": 0.08,
    "new_contralateral": 0.05,
    "healthy": 0.10,
    "bilateral_severe": 0.07,
    "tiny": 0.05,
    "shifted_slab": 0.03,
}
"""Share of each scenario: about half improve, as under an active drug."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClinicalRow:
    """What the clinic wrote down at one visit.

    BASDAI 0 to 10, C-reactive protein in mg/L, back pain 0 to 10.
    """

    subject: str
    visit: str
    basdai: float
    crp: float
    back_pain: float


def cohort_scenarios(n: int, *, seed: int) -> tuple[str, ...]:
    """Deal `n` subjects to scenarios in the proportions of `SHARES`, in random order."""
    names = list(SHARES)
    assert set(names) == set(SCENARIOS)  # noqa: S101  (both tables are ours)
    ideal = np.array([SHARES[name] for name in names]) * n
    counts = np.floor(ideal).astype(int)
    for i in np.argsort(counts - ideal)[: n - counts.sum()]:
        counts[i] += 1
    dealt = [name for name, k in zip(names, counts, strict=True) for _ in range(k)]
    order = np.random.default_rng([seed, 29]).permutation(n)
    return tuple(dealt[i] for i in order)


def clinical_rows(subject: PhantomSubject) -> tuple[ClinicalRow, ...]:
    """Make up clinical scores that follow the true edema, as loosely as in patients.

    Correlation with edema is moderate for CRP and weak for BASDAI and back pain, as in
    trials (e.g. Maksymowych et al., Ann Rheum Dis 75:1958, 2016).
    """
    rng = np.random.default_rng([subject.seed, 31])
    person = rng.normal(0, 1.0, 3)
    rows = []
    for visit in subject.visits:
        burden = float(np.log1p(visit.region_ml("total")))
        noise = rng.normal(0, 0.5, 3)
        basdai = 2.6 + 0.9 * burden + 0.9 * person[0] + noise[0]
        crp = float(np.exp(0.6 + 0.65 * burden + 0.4 * person[1] + 0.4 * noise[1]))
        pain = 2.8 + 0.9 * burden + 0.7 * person[0] + 0.6 * person[2] + noise[2]
        rows.append(
            ClinicalRow(
                subject=subject.subject_id,
                visit=visit.label,
                basdai=round(float(np.clip(basdai, 0, 10)), 1),
                crp=round(crp, 1),
                back_pain=round(float(np.clip(pain, 0, 10)), 1),
            )
        )
    return tuple(rows)
