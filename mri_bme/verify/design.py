"""The designed set: which subjects, how much edema, under which conditions."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from mri_bme.phantom import LesionPlan, Protocol
from mri_bme.sacroiliac import Bone, Side

LEVELS_ML = (0.0, 0.25, 0.5, 1.0, 2.0, 6.0, 12.0, 20.0, 40.0, 60.0)
QUICK_LEVELS_ML = (0.0, 0.5, 2.0, 6.0, 20.0)
N_SEEDS, N_QUICK_SEEDS = 6, 3
CONDITION_ML = 6.0  # one of the levels of both designs
N_CONDITION_SEEDS, N_QUICK_CONDITION_SEEDS = 2, 1
CORE_SECONDS = 12  # per case, both ways of finding bones
FIRST_SEED = 9000  # away from the seeds that users and tests begin with

CONDITIONS: dict[str, dict[str, float]] = {
    "slices 1.3 times as thick": {"thickness_mm": 1.3, "spacing_mm": 1.3},
    "slices 0.8 times as thick": {"thickness_mm": 0.8, "spacing_mm": 0.8},
    "half the noise": {"noise": 0.5},
    "twice the noise": {"noise": 2.0},
    "no coil shading": {"shading": 0.0},
    "twice the coil shading": {"shading": 2.0},
    "pixels 1.4 times as large": {"pixel_mm": 1.4},
    "retest positioned alike": {"positioning": 0.0},
    "retest positioned twice as differently": {"positioning": 2.0},
}
"""Factors on the protocol and on usual repositioning, one departure at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One subject scanned twice with the same edema: a test and a retest."""

    name: str
    seed: int
    level_ml: float
    condition: str
    protocol: Protocol
    plans: tuple[LesionPlan, ...]
    fineness: float = 1.0
    positioning: float = 1.0
    texture: float | None = None


def design_cases(
    protocol: Protocol, *, quick: bool = False, texture: float | None = None
) -> tuple[Case, ...]:
    """Lay out the cases, those of one subject next to each other.

    The levels cross all subjects; each condition repeats `CONDITION_ML` in some of them.
    `texture` is how uneven the marrow of all subjects is; each its own when None.
    """
    levels = QUICK_LEVELS_ML if quick else LEVELS_ML
    n_seeds = N_QUICK_SEEDS if quick else N_SEEDS
    n_conditions = N_QUICK_CONDITION_SEEDS if quick else N_CONDITION_SEEDS
    cases = []
    for i in range(n_seeds):
        cases += [_case(FIRST_SEED + i, ml, "as given", protocol) for ml in levels]
        for j, condition in enumerate(CONDITIONS):
            if (i - j) % n_seeds < n_conditions:
                changed = changed_protocol(protocol, condition)
                seed = FIRST_SEED + i
                cases.append(_case(seed, CONDITION_ML, "as given", protocol))
                cases.append(_case(seed, CONDITION_ML, condition, changed))
    return tuple(replace(case, texture=texture) for case in dict.fromkeys(cases))


def changed_protocol(protocol: Protocol, condition: str) -> Protocol:
    """Apply one departure; the slab and the field of view stay as large as they were."""
    factors = CONDITIONS[condition]
    changed = replace(
        protocol,
        **{
            name: getattr(protocol, name) * factor
            for name, factor in factors.items()
            if name != "positioning"
        },
    )
    along, across = protocol.resolution_mm
    coarser = factors.get("pixel_mm", 1.0)
    return replace(
        changed,
        n_slices=round(protocol.n_slices / factors.get("spacing_mm", 1.0)),
        matrix=round(protocol.matrix / coarser),
        resolution_mm=(along * coarser, across * coarser),
    )


def _case(seed: int, level_ml: float, condition: str, protocol: Protocol) -> Case:
    return Case(
        name=f"{seed}-{level_ml:g}mL-{condition.replace(' ', '-')}",
        seed=seed,
        level_ml=level_ml,
        condition=condition,
        protocol=protocol,
        plans=spread_lesions(level_ml, np.random.default_rng([seed, 23, int(level_ml * 100)])),
        positioning=CONDITIONS.get(condition, {}).get("positioning", 1.0),
    )


def expected_minutes(cases: Sequence[Case], *, jobs: int) -> float:
    """Tell roughly how long cases take on quiet cores."""
    return len(cases) * CORE_SECONDS / 60 / max(jobs, 1)


def spread_lesions(total_ml: float, rng: np.random.Generator) -> tuple[LesionPlan, ...]:
    """Share a volume among one to six lesions of both joints."""
    if total_ml <= 0:
        return ()
    n_lesions = 1 if total_ml < 1 else 2 if total_ml < 5 else 4 if total_ml < 20 else 8
    places = [(side, bone) for bone in Bone for side in Side]
    shift = int(rng.integers(len(places)))
    shares = rng.uniform(0.7, 1.3, n_lesions)
    shares = total_ml * shares / shares.sum()
    plans = []
    for i, volume_ml in enumerate(shares):
        side, bone = places[(i + shift) % len(places)]
        upper = i < len(places) if n_lesions > len(places) else rng.random() < 0.5
        plans.append(
            LesionPlan(
                side=side,
                bone=bone,
                volume_ml=float(volume_ml),
                peak_ratio=float(rng.uniform(1.6, 2.6)),
                along=float(rng.uniform(0.3, 0.7)),
                height=float(rng.uniform(0.15, 0.4) if upper else rng.uniform(0.6, 0.85)),
                depth_ratio=float(rng.uniform(0.55, 0.9)),
            )
        )
    return tuple(plans)
