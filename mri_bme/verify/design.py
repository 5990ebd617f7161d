"""The designed set: which subjects, how much edema, under which conditions."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from mri_bme.phantom import LesionPlan, PelvisShape, Protocol
from mri_bme.sacroiliac import Bone, Side
from mri_bme.verify.departures import CONDITIONS, QUICK_CONDITIONS, RETESTS, changed_protocol

AS_GIVEN = "as given"
NOT_IN_NAMES = re.compile(r"[^\w.]+")

LEVELS_ML = (0.0, 0.25, 0.5, 1.0, 2.0, 6.0, 12.0, 20.0, 40.0, 60.0)
QUICK_LEVELS_ML = (0.0, 0.5, 2.0, 6.0, 20.0)
N_SEEDS, N_QUICK_SEEDS = 6, 3
CONDITION_ML = 6.0  # one of the levels of both designs
N_CONDITION_SEEDS, N_QUICK_CONDITION_SEEDS = 2, 1
RETEST_LEVELS_ML = (0.5, 2.0, 6.0, 20.0)  # of visits that were not scanned alike
QUICK_RETEST_LEVELS_ML = (6.0,)
N_RETEST_SEEDS, N_QUICK_RETEST_SEEDS = 3, 1
SCAN_SECONDS, BONES_SECONDS = 4, 4  # per case: making it, and measuring it with one sort of bones
FIRST_SEED = 9000  # away from the seeds that users and tests begin with
BOTH_BONES = ("given", "automatic")
AS_USERS_RUN = ("automatic",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One subject scanned twice with the same edema: a test and a retest.

    `retest` is how the second scan departs from the first, `bones` who places them. `pelvis` holds
    the subject's bones, where they were given rather than drawn from the shape model.
    """

    name: str
    seed: int
    level_ml: float
    condition: str
    protocol: Protocol
    plans: tuple[LesionPlan, ...]
    fineness: float = 1.0
    positioning: float = 1.0
    texture: float | None = None
    retest: str = ""
    bones: tuple[str, ...] = BOTH_BONES
    pelvis: PelvisShape | None = None


def design_cases(
    protocol: Protocol,
    *,
    quick: bool = False,
    texture: float | None = None,
    pelves: Sequence[PelvisShape] = (),
) -> tuple[Case, ...]:
    """Lay out the cases, those of one subject next to each other.

    The levels cross all subjects; each condition repeats `CONDITION_ML`, and each change between
    the visits `RETEST_LEVELS_ML`, in some of them. `texture` is how uneven the marrow of all
    subjects is; each its own when None. Given `pelves` are dealt to the subjects in turn.
    """
    n_seeds = N_QUICK_SEEDS if quick else N_SEEDS
    cases: list[Case] = []
    for i in range(n_seeds):
        levels = QUICK_LEVELS_ML if quick else LEVELS_ML
        cases += [_case(FIRST_SEED + i, ml, AS_GIVEN, protocol) for ml in levels]
        cases += _conditions(i, n_seeds, protocol, quick=quick)
        cases += _retests(i, n_seeds, protocol, quick=quick)
    return tuple(
        replace(case, texture=texture, pelvis=dealt(pelves, case.seed))
        for case in dict.fromkeys(cases)
    )


def dealt(pelves: Sequence[PelvisShape], seed: int) -> PelvisShape | None:
    """Choose the given pelvis of a subject; None where none was given."""
    return pelves[(seed - FIRST_SEED) % len(pelves)] if pelves else None


def _conditions(i: int, n_seeds: int, protocol: Protocol, *, quick: bool) -> Iterator[Case]:
    n_own = N_QUICK_CONDITION_SEEDS if quick else N_CONDITION_SEEDS
    bones = AS_USERS_RUN if quick else BOTH_BONES
    for j, condition in enumerate(QUICK_CONDITIONS if quick else CONDITIONS):
        if (i - j) % n_seeds < n_own:
            seed, changed = FIRST_SEED + i, changed_protocol(protocol, CONDITIONS[condition])
            yield _case(seed, CONDITION_ML, AS_GIVEN, protocol)
            yield replace(_case(seed, CONDITION_ML, condition, changed), bones=bones)


def _retests(i: int, n_seeds: int, protocol: Protocol, *, quick: bool) -> Iterator[Case]:
    n_own = N_QUICK_RETEST_SEEDS if quick else N_RETEST_SEEDS
    for j, retest in enumerate(RETESTS):
        if (i - j) % n_seeds < n_own:
            for level in QUICK_RETEST_LEVELS_ML if quick else RETEST_LEVELS_ML:
                case = _case(FIRST_SEED + i, level, f"retest: {retest}", protocol)
                yield replace(case, retest=retest, bones=AS_USERS_RUN)


def _case(seed: int, level_ml: float, condition: str, protocol: Protocol) -> Case:
    departure = CONDITIONS.get(condition)
    return Case(
        name=f"{seed}-{level_ml:g}mL-{NOT_IN_NAMES.sub('-', condition)}",
        seed=seed,
        level_ml=level_ml,
        condition=condition,
        protocol=protocol,
        plans=spread_lesions(level_ml, np.random.default_rng([seed, 23, int(level_ml * 100)])),
        positioning=1.0 if departure is None else departure.positioning,
    )


def expected_minutes(cases: Sequence[Case], n_scenes: int = 0, *, jobs: int) -> float:
    """Tell roughly how long cases, and scenes of what goes wrong, take on quiet cores."""
    seconds = sum(SCAN_SECONDS + BONES_SECONDS * len(case.bones) for case in cases)
    return (seconds + (SCAN_SECONDS + BONES_SECONDS) / 2 * n_scenes) / 60 / max(jobs, 1)


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
