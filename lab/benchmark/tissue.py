"""How often a resolved lesion is called fatty, on phantoms that heal into fat or into marrow."""

from collections import Counter
from collections.abc import Iterator
from typing import Annotated

import numpy as np
import typer

from mri_bme.findings import Fate
from mri_bme.phantom import LesionPlan, Protocol, make_anatomy, make_phantom
from mri_bme.pipeline import VisitInput, analyze_subject
from mri_bme.sacroiliac import Bone, Side

SIZES_ML = (0.5, 1.0, 2.0, 4.0)


def tissue(
    first_seed: Annotated[int, typer.Option(help="Not 5 and 6: looked at.")] = 51000,
    subjects: Annotated[int, typer.Option(help="Each heals once into fat, once into marrow.")] = 6,
) -> None:
    """Count resolved lesions that are called fatty, by what they healed into."""
    counts: Counter[tuple[bool, str]] = Counter()
    for seed in range(first_seed, first_seed + subjects):
        anatomy = make_anatomy(seed, fineness=1.4)
        plans = planned(seed)
        for is_fat in (False, True):
            after = tuple(plan.turned_to_fat() for plan in plans) if is_fat else ()
            subject = make_phantom(
                "letter", seed=seed, protocol=Protocol(), anatomy=anatomy, plans=(plans, after)
            )
            visits = [
                VisitInput(label=v.label, day=v.day, volume=v.volume, t1=v.t1, bones=v.bone_labels)
                for v in subject.visits
            ]
            counts.update((is_fat, word) for word in became(visits))
    for (is_fat, word), n in sorted(counts.items()):
        typer.echo(f"healed into {'fat' if is_fat else 'marrow'}: {n} {word}")


def planned(seed: int) -> tuple[LesionPlan, ...]:
    """Plan one lesion in each bone, of sizes, heights and brightness that vary by subject."""
    rng = np.random.default_rng([seed, 29])
    places = [(side, bone) for side in Side for bone in Bone]
    return tuple(
        LesionPlan(
            side=side,
            bone=bone,
            volume_ml=float(size),
            peak_ratio=float(rng.uniform(1.8, 2.7)),
            height=float(rng.uniform(0.25, 0.75)),
        )
        for (side, bone), size in zip(places, rng.permutation(SIZES_ML), strict=True)
    )


def became(visits: list[VisitInput]) -> Iterator[str]:
    """Say what became of each lesion of the baseline that resolved and whose T1W is known."""
    change = analyze_subject(visits).changes["week14"]
    for fate in change.fates:
        if fate.visit == change.baseline and fate.fate is Fate.RESOLVED:
            yield fate.became if fate.tissue is not None else "resolved, tissue not known"
