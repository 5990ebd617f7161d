"""`mri-bme phantom`: a synthetic subject or cohort with known edema."""

import shlex
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from mri_bme.cli.early import unknown_choice
from mri_bme.cli.places import check_beginnings, own_files
from mri_bme.cli.voice import remark
from mri_bme.errors import InvalidSettings
from mri_bme.export.phantom_cohort import PhantomOrder, write_cohort
from mri_bme.export.phantom_files import VENDORS
from mri_bme.intake.surfaces import SurfaceAxes, read_pelves
from mri_bme.nearest import did_you_mean
from mri_bme.phantom import ARTIFACTS, SCENARIOS, Artifacts, LesionPlan, artifacts_named
from mri_bme.phantom.cohort import cohort_scenarios
from mri_bme.phantom.contrast import (
    ASSIGNED,
    Brightness,
    SequenceKind,
    bloch_contrast,
    sequence_of,
)
from mri_bme.phantom.lesions import plan_in
from mri_bme.sacroiliac import QUADRANTS

BEGINNINGS = {"truth.json": '{\n  "subject', "clinical.csv": "subject,visit,basdai,"}
"""How files that several phantoms share begin."""
LESION = "QUADRANT:ML[:DEPTH_MM[:RATIO]], such as left_ilium_upper:3:8:1.8"


class ContrastSource(StrEnum):
    """Where the brightness of tissues is from."""

    MEASURED = "measured"
    BLOCH = "bloch"


def phantom(  # noqa: PLR0917  (options, each by its name)
    out: Annotated[Path, typer.Argument(help="Folder for the DICOM files and truth.json.")],
    scenario: Annotated[str, typer.Option(help=f"One of: {', '.join(SCENARIOS)}.")] = "letter",
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same bytes.")] = 1,
    vendor: Annotated[
        str, typer.Option(help=f"Tags of: {', '.join(VENDORS)}; `any` mixes them.")
    ] = "siemens",
    n: Annotated[
        int, typer.Option("--n", min=1, help="Subjects; above 1, a cohort of all scenarios.")
    ] = 1,
    lesion: Annotated[
        list[str] | None,
        typer.Option(help=f"Edema at baseline instead of the scenario's (repeat): {LESION}."),
    ] = None,
    lesion_week14: Annotated[
        list[str] | None, typer.Option(help="The same for week 14; without it, none is left.")
    ] = None,
    artifact: Annotated[
        list[str] | None,
        typer.Option(help=f"What goes wrong in the scanner (repeat): {', '.join(ARTIFACTS)}."),
    ] = None,
    artifact_at: Annotated[
        str, typer.Option(help="Visit with artifacts: both, baseline or week14.")
    ] = "both",
    surfaces: Annotated[
        Path | None,
        typer.Option(
            help="Folder of closed bone surfaces in mm (STL, OBJ, PLY or VTP: sacrum, left_ilium, "
            "right_ilium) to be used instead of drawn bones; or of folders, each with three."
        ),
    ] = None,
    surface_axes: Annotated[
        SurfaceAxes,
        typer.Option(help="Axes of their points: x grows to the left (lps) or right (ras)."),
    ] = SurfaceAxes.LPS,
    contrast: Annotated[
        ContrastSource,
        typer.Option(help="Brightness as measured on STIR of people, or by the Bloch equations."),
    ] = ContrastSource.MEASURED,
    sequence: Annotated[
        SequenceKind, typer.Option(help="With `--contrast bloch`: the fluid-sensitive sequence.")
    ] = SequenceKind.STIR,
    field: Annotated[float, typer.Option(help="With `--contrast bloch`: 1.5 or 3 (T).")] = 1.5,
    tr: Annotated[float | None, typer.Option(help="Its repetition time (ms).")] = None,
    te: Annotated[float | None, typer.Option(help="Its effective echo time (ms).")] = None,
    ti: Annotated[float | None, typer.Option(help="Its inversion time (ms), of STIR.")] = None,
    jobs: Annotated[int, typer.Option("--jobs", min=1, help="Processes, for a cohort.")] = 1,
    force: Annotated[
        bool, typer.Option("--force", help="Write over files that mri-bme did not make.")
    ] = False,
) -> None:
    """Make a synthetic subject: DICOM of both visits and truth.json."""
    if vendor != "any" and vendor not in VENDORS:
        raise unknown_choice("vendor", vendor, (*VENDORS, "any"))
    check_beginnings({out / name: start for name, start in BEGINNINGS.items()}, force=force)
    wrong = _artifacts(tuple(artifact or ()), artifact_at)
    plans = None
    if lesion or lesion_week14:
        plans = _plans(lesion or [], seed), _plans(lesion_week14 or [], seed)
    pelves = () if surfaces is None else read_pelves(surfaces, axes=surface_axes)
    bright = _contrast(contrast, sequence, field, {"tr_ms": tr, "te_ms": te, "ti_ms": ti})
    scenarios = (scenario,) if n == 1 else cohort_scenarios(n, seed=seed)
    names = list(VENDORS)
    orders = [
        PhantomOrder(
            scenario=name,
            seed=seed + i,
            vendor=names[(seed + i) % len(names)] if vendor == "any" else vendor,
            artifacts=wrong,
            plans=plans,
            pelvis=pelves[i % len(pelves)] if pelves else None,
            contrast=bright,
        )
        for i, name in enumerate(scenarios)
    ]
    with own_files(out, force=force) as written:
        for i, line in enumerate(write_cohort(out, orders, jobs=jobs), start=1):
            remark(f"{i}/{n} {line}")
        written.extend(BEGINNINGS)
    remark(
        f"the truth is in {out / 'truth.json'}; to measure: mri-bme run {shlex.quote(str(out))} "
        "results"
    )


def _contrast(
    source: ContrastSource, kind: SequenceKind, field: float, times: dict[str, float | None]
) -> Brightness:
    if source is ContrastSource.MEASURED:
        if any(ms is not None for ms in times.values()) or kind is not SequenceKind.STIR:
            raise InvalidSettings("a sequence and its times need `--contrast bloch`")
        return ASSIGNED
    if kind is SequenceKind.T1W:
        raise InvalidSettings("T1W is made beside every series; choose stir, t2fs, spair or dixon")
    return bloch_contrast(sequence_of(kind, field, **times))


def _plans(lesions: list[str], seed: int) -> tuple[LesionPlan, ...]:
    """Lesions as ordered; what an order leaves open is drawn by seed, alike at both visits."""
    return tuple(
        _plan(text, np.random.default_rng([seed, 37, i])) for i, text in enumerate(lesions)
    )


def _plan(text: str, rng: np.random.Generator) -> LesionPlan:
    name, *numbers = text.split(":")
    quadrants = {quadrant.name: quadrant for quadrant in QUADRANTS.values()}
    if name not in quadrants:
        advice = did_you_mean(name, quadrants, otherwise=f"quadrants are {', '.join(quadrants)}")
        raise InvalidSettings(f"there is no quadrant {name!r}; {advice}")
    try:
        quadrant = quadrants[name]
        volume_ml, *shape = [float(number) for number in numbers]
        depth_mm, ratio = [*shape, None, None][: max(2, len(shape))]
        plan = plan_in(quadrant.side, quadrant.bone, quadrant.level, volume_ml, rng)
        return replace(plan, depth_mm=depth_mm, peak_ratio=ratio or plan.peak_ratio)
    except ValueError as error:
        raise InvalidSettings(f"a lesion is ordered as {LESION}; found {text!r}") from error


def _artifacts(names: tuple[str, ...], at: str) -> tuple[Artifacts, Artifacts]:
    places = {"both": (1, 1), "baseline": (1, 0), "week14": (0, 1)}
    if at not in places:
        advice = did_you_mean(at, places, otherwise=f"choose {', '.join(places)}")
        raise InvalidSettings(f"artifacts come at no visit {at!r}; {advice}")
    first, second = (artifacts_named(names if on else ()) for on in places[at])
    return first, second
