"""Edema in bones that the networks never saw, beside edema in bones of the shape model.

Three sorts of bones, the same tissue around them: drawn from the shape model (as those that the
networks learned from), put together from plain solids, and surfaces that are given.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import numpy as np
import pandas as pd
import typer

from lab.benchmark.made_pelvis import Proportions, made_pelvis
from mri_bme.intake.surfaces import SurfaceAxes, read_pelves
from mri_bme.phantom import Anatomy, PelvisShape, PhantomVisit, make_anatomy, make_phantom
from mri_bme.pipeline import VisitInput, analyze_subject
from mri_bme.settings import Settings
from mri_bme.verify.design import spread_lesions
from mri_bme.volume import MM3_PER_ML

LEVELS_ML = (0.0, 1.0, 4.0, 12.0)
SHAPE_MODEL, PLAIN, GIVEN = "shape model", "plain solids", "given surfaces"
COLUMNS = "source,pelvis,bones,level_ml,true_ml,found_ml,ci_low_ml,ci_high_ml,reason"


def surfaces(
    given: Annotated[
        Path | None, typer.Argument(help="Folder of surfaces, as for `mri-bme phantom --surfaces`.")
    ] = None,
    axes: Annotated[SurfaceAxes, typer.Option(help="Axes of their points.")] = SurfaceAxes.LPS,
    pelves: Annotated[int, typer.Option(help="Of the shape model, and of plain solids.")] = 6,
    first_seed: Annotated[int, typer.Option(help="First of both.")] = 8301,
    fineness: Annotated[float, typer.Option(help="Above 1, a coarser anatomy.")] = 1.0,
) -> None:
    """Measure bias and false volume by where the bones come from."""
    typer.echo(COLUMNS)
    rows = []
    for source, name, seed, pelvis in _pelves(given, axes, pelves, first_seed):
        anatomy = make_anatomy(seed, pelvis=pelvis, fineness=fineness)
        for row in measured(anatomy, seed):
            rows.append({"source": source, "pelvis": name, **row})
            typer.echo(",".join("" if v is None else str(v) for v in rows[-1].values()))
    typer.echo(table_of(rows))


def _pelves(
    given: Path | None, axes: SurfaceAxes, n_pelves: int, first_seed: int
) -> Iterator[tuple[str, str, int, PelvisShape | None]]:
    for seed in range(first_seed, first_seed + n_pelves):
        yield SHAPE_MODEL, str(seed), seed, None
        yield PLAIN, str(seed), seed, made_pelvis(Proportions.draw(seed))
    for i, pelvis in enumerate(() if given is None else read_pelves(given, axes=axes)):
        for j in range(2):  # the bones twice, with other tissue and edema
            yield GIVEN, f"{i + 1}", first_seed + 2 * i + j, pelvis


def measured(anatomy: Anatomy, seed: int) -> Iterator[dict[str, float | str | None]]:
    """Measure one subject at every level of edema, by the true bones and by found ones."""
    for level in LEVELS_ML:
        plans = spread_lesions(level, np.random.default_rng([seed, 23, int(level * 100)]))
        visit = make_phantom(
            "unchanged", seed=seed, anatomy=anatomy, plans=(plans, ()), n_visits=1
        ).baseline
        voxel_ml = float(np.prod(visit.volume.geometry.spacing_mm)) / MM3_PER_ML
        for bones in ("given", "found"):
            yield {
                "bones": bones,
                "level_ml": level,
                "true_ml": round(float(visit.edema_fraction.sum(dtype=np.float64)) * voxel_ml, 3),
                **_found(visit, bones),
            }


def _found(visit: PhantomVisit, bones: str) -> dict[str, float | str | None]:
    given = VisitInput(
        label=visit.label,
        day=visit.day,
        volume=visit.volume,
        t1=visit.t1,
        bones=visit.bone_labels if bones == "given" else None,
    )
    result = analyze_subject([given], settings=Settings()).visits[0]
    total = None if result.burden is None else result.burden.regions["total"]
    interval = None if total is None else total.interval_ml
    return {
        "found_ml": None if total is None else round(total.edema_ml, 3),
        "ci_low_ml": None if interval is None else round(interval.low, 3),
        "ci_high_ml": None if interval is None else round(interval.high, 3),
        "reason": result.reason.replace(",", ";"),
    }


def table_of(rows: list[dict[str, float | str | None]]) -> str:
    """Summarise by source of the bones: bias, truth held, false volume, what was not measured."""
    frame = pd.DataFrame(rows)
    numbers = ["level_ml", "true_ml", "found_ml", "ci_low_ml", "ci_high_ml"]
    frame[numbers] = frame[numbers].apply(pd.to_numeric)
    lines = [
        "| bones of the phantom | bones that are measured in | bias at "
        f"{', '.join(f'{ml:g}' for ml in LEVELS_ML if ml)} mL | truth inside the interval | "
        "false mL, median and most | not evaluable |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for (source, bones), group in frame.groupby(["source", "bones"], sort=False):
        seen = group[group["found_ml"].notna()]
        ill, healthy = seen[seen["level_ml"] > 0], seen[seen["level_ml"] == 0]["found_ml"]
        bias = 100 * (ill["found_ml"] / ill["true_ml"] - 1)
        by = bias.groupby(ill["level_ml"]).mean()
        held = (seen["ci_low_ml"] <= seen["true_ml"]) & (seen["true_ml"] <= seen["ci_high_ml"])
        cells = (
            ", ".join(f"{by[ml]:+.0f} %" if ml in by else "none" for ml in LEVELS_ML if ml),
            f"{int(held.sum())} of {len(seen)}",
            f"{healthy.median():.2f}, {healthy.max():.2f}" if len(healthy) else "none",
            f"{len(group) - len(seen)} of {len(group)}",
        )
        lines.append(f"| {source} | {bones} | {' | '.join(cells)} |")
    return "\n".join(lines)
