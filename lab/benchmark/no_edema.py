"""What is found in joints of phantoms that have no edema, with given and with found bones."""

from collections.abc import Iterator
from typing import Annotated, Any

import numpy as np
import pandas as pd
import typer

from mri_bme.errors import NotEvaluable
from mri_bme.phantom import PhantomVisit, Protocol, make_phantom
from mri_bme.phantom.prescription import SAMPLE
from mri_bme.phantom.scenarios import SCENARIOS
from mri_bme.place_rois import place_rois
from mri_bme.sacroiliac import Side
from mri_bme.score_edema import score_edema
from mri_bme.segment_edema import segment_edema

NO_EDEMA_ML = 0.05  # most that a joint without edema may be given
PROTOCOLS = {"default": Protocol(), "sample": SAMPLE}
Row = dict[str, Any]


def no_edema(
    first_seed: Annotated[int, typer.Option(help="Not 401 to 432: looked at.")] = 701,
    seeds: Annotated[int, typer.Option(help="Subjects per scenario.")] = 2,
    protocol: Annotated[str, typer.Option(help="default, or sample (1.1 mm, every 5 mm).")] = (
        "default"
    ),
    scenario: Annotated[list[str] | None, typer.Option(help="Of these only.")] = None,
) -> None:
    """Measure joints without edema: 95th percentile of what is found, and of interval ends.

    Phantoms hold look-alikes (cysts, veins, ligaments); what is found of them counts.
    """
    names = scenario or list(SCENARIOS)
    rows = [
        row
        for seed in range(first_seed, first_seed + seeds)
        for name in names
        for visit in make_phantom(
            name, seed=seed, fineness=1.4, protocol=PROTOCOLS[protocol]
        ).visits
        for row in joints_without_edema(visit, scenario=name)
    ]
    typer.echo(summary(rows).to_string() if rows else "every joint has edema")


def joints_without_edema(visit: PhantomVisit, *, scenario: str) -> Iterator[Row]:
    """Found volume and upper end of the interval, per joint without edema and source of bones."""
    sides = [side.value for side in Side if visit.region_ml(side.value) == 0]
    for bones in ("given", "found"):
        try:
            rois = place_rois(
                visit.volume, t1=visit.t1, bones=visit.bone_labels if bones == "given" else None
            )
            found = score_edema(segment_edema(visit.volume, rois, t1=visit.t1), rois)
        except NotEvaluable:
            continue
        for side in sides:
            region = found.regions[side]
            interval = region.interval_ml
            yield {
                "scenario": scenario,
                "bones": bones,
                "edema_ml": region.edema_ml,
                "high_ml": np.nan if interval is None else interval.high,
            }


def summary(rows: list[Row]) -> pd.DataFrame:
    """Count joints, and tell what is found of them, by scenario and source of bones."""
    table = pd.DataFrame(rows)
    every = table.assign(scenario="all")
    groups = pd.concat([table, every]).groupby(["scenario", "bones"], sort=False)
    found: pd.DataFrame = groups.agg(
        n_joints=("edema_ml", "size"),
        p95_ml=("edema_ml", lambda ml: ml.quantile(0.95)),
        largest_ml=("edema_ml", "max"),
        largest_interval_end_ml=("high_ml", "max"),
        n_too_much=("edema_ml", lambda ml: int((ml >= NO_EDEMA_ML).sum())),
    )
    return found.round(3)
