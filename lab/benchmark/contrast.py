"""Edema in one subject scanned with each sequence and field, brightness by the Bloch equations.

The same lesions, bones, pose and protocol in every row: what differs is the contrast.
`--exudate-t2` and `--cartilage-t2` tell what other values of what is known least change.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Annotated

import numpy as np
import pandas as pd
import typer

from lab.benchmark.protocols import EDEMA, FINENESS, found_and_false
from mri_bme.phantom import Anatomy, LesionPlan, Protocol, make_anatomy, make_edema
from mri_bme.phantom.contrast import (
    ASSIGNED,
    SEQUENCES,
    Brightness,
    SequenceKind,
    bloch_contrast,
)
from mri_bme.phantom.contrast.tissues import TISSUES
from mri_bme.phantom.prescription import Pose
from mri_bme.phantom.scanner import Scan, scan, slab_geometry

MEASURED = "as measured (STIR 1.5 T)"
PLANS = tuple(
    LesionPlan(side=side, bone=bone, height=height, volume_ml=ml, peak_ratio=ratio)
    for side, bone, height, ml, ratio in EDEMA
)
COLUMNS = "contrast,seed,bones,true_ml,found_ml,false_ml,reason"


def contrast(
    first_seed: Annotated[int, typer.Option(help="First subject.")] = 8401,
    seeds: Annotated[int, typer.Option(help="Subjects, each with every contrast.")] = 3,
    exudate_t2: Annotated[
        float | None, typer.Option(help="T2 of what edema is made of (ms).")
    ] = None,
    cartilage_t2: Annotated[float | None, typer.Option(help="T2 of cartilage (ms).")] = None,
) -> None:
    """Measure bias and false volume per sequence and field, with given and with found bones."""
    typer.echo(COLUMNS)
    rows = []
    other = {"exudate": exudate_t2, "cartilage": cartilage_t2}
    contrasts = all_contrasts({name: ms for name, ms in other.items() if ms is not None})
    for seed in range(first_seed, first_seed + seeds):
        for name, one in contrasts.items():
            for row in measured(one, seed):
                rows.append({"contrast": name, "seed": seed, **row})
                typer.echo(",".join("" if v is None else str(v) for v in rows[-1].values()))
    typer.echo(table_of(rows, contrasts))


def all_contrasts(t2_ms: Mapping[str, float] | None = None) -> dict[str, Brightness]:
    """Brightness as measured, and of every fluid-sensitive sequence at both fields.

    `t2_ms` holds other T2 of tissues, at both fields.
    """
    other = {name: replace(TISSUES[name], t2_ms=(ms, ms)) for name, ms in (t2_ms or {}).items()}
    return {MEASURED: ASSIGNED} | {
        name: bloch_contrast(one, tissues={**TISSUES, **other})
        for name, one in SEQUENCES.items()
        if one.kind is not SequenceKind.T1W
    }


def measured(contrast: Brightness, seed: int) -> Iterator[dict[str, float | str | None]]:
    """Measure one subject with edema and without, by the true bones and by found ones."""
    anatomy = make_anatomy(seed, fineness=FINENESS, contrast=contrast)
    ill, healthy = (_scanned(anatomy, plans, seed) for plans in (PLANS, ()))
    yield from found_and_false(ill, healthy)


def _scanned(anatomy: Anatomy, plans: tuple[LesionPlan, ...], seed: int) -> Scan:
    protocol, pose = Protocol(), Pose.draw(np.random.default_rng([seed, 5]))
    return scan(
        anatomy,
        make_edema(anatomy, plans, seed=seed),
        protocol,
        pose,
        geometry=slab_geometry(anatomy, protocol, pose),
        seed=seed,
    )


def table_of(rows: list[dict[str, float | str | None]], contrasts: Mapping[str, Brightness]) -> str:
    """Summarise: how bright tissues are, bias, and millilitres where there is nothing."""
    frame = pd.DataFrame(rows)
    for name in ("true_ml", "found_ml", "false_ml"):
        frame[name] = pd.to_numeric(frame[name])
    frame["bias"] = 100 * (frame["found_ml"] / frame["true_ml"] - 1)
    lines = [
        "| contrast | edema (2 on STIR), fluid, fat, muscle over marrow | bias, bones given | "
        "bones found | false mL, given | found | not evaluable |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for name, group in frame.groupby("contrast", sort=False):
        one = contrasts[str(name)]
        bright = [1 + one.edema_gain, *(one.signal[t][0] for t in ("fluid", "fat", "muscle"))]
        by = dict(iter(group.groupby("bones")))
        cells = [
            ", ".join(f"{ratio:.2f}" for ratio in bright),
            *(_cell(by[bones]["bias"].mean(), "{:+.0f} %") for bones in ("given", "found")),
            *(_cell(by[bones]["false_ml"].max(), "{:.2f}") for bones in ("given", "found")),
            f"{int(group['found_ml'].isna().sum())} of {len(group)}",
        ]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _cell(value: float, form: str) -> str:
    return "" if np.isnan(value) else form.format(value)
