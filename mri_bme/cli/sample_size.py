"""`mri-bme sample-size`: how many subjects a trial needs."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from mri_bme.batch.own_files import keeping_earlier
from mri_bme.batch.resolve import read_config, resolve_settings
from mri_bme.cli.places import check_beginnings, check_outputs, tell_kept
from mri_bme.cli.voice import remark
from mri_bme.record.tables import Row, write_table
from mri_bme.summarize_cohort.expected_trial import (
    ExpectedTrial,
    Planned,
    plan_expected,
    share_that_can_respond,
)
from mri_bme.summarize_cohort.planning import POWER

COLUMNS = (
    "population",
    "analysis",
    "treated",
    "control",
    "sd",
    "unit",
    "n_per_arm",
    "n_formula",
    "n_enrolled_per_arm",
    "note",
)


def sample_size(
    *,
    baseline: Annotated[float, typer.Option(help="Mean edema at baseline of who has some, mL.")],
    baseline_sd: Annotated[float, typer.Option(help="SD between subjects, mL.")],
    treated: Annotated[float, typer.Option(help="Per cent by which edema falls when treated.")],
    control: Annotated[float, typer.Option(help="The same of the control arm.")] = 0.0,
    without_edema: Annotated[
        float, typer.Option(help="Per cent of subjects without edema at baseline.")
    ] = 0.0,
    spread: Annotated[
        float, typer.Option(help="SD of the logarithm of what is left, between subjects.")
    ] = 0.5,
    least_baseline: Annotated[
        float, typer.Option(help="Enrol only who is measured with so many mL at baseline.")
    ] = 0.0,
    power: Annotated[float, typer.Option(min=0.5, max=0.999, help="Of the trial.")] = POWER,
    dropout: Annotated[float, typer.Option(min=0, max=90, help="Per cent of subjects lost.")] = 0.0,
    config: Annotated[
        Path | None,
        typer.Option(help="Precision of your protocol: `detectable.toml` of `mri-bme verify`."),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="CSV file for the table.")] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Write over a file that mri-bme did not make.")
    ] = False,
) -> None:
    """Tell how many subjects a trial needs, from precision and expected change.

    Subjects are drawn as they are expected, measured with the error of the protocol, and
    analysed before and after, between two arms, adjusted for the baseline (ANCOVA), and by
    who responded: fell by at least the smallest detectable change (Fisher's exact test). The
    size is the smallest at which 2000 simulated trials have the power; what the formula says
    stands beside it, and the same as if nobody were at the floor of 0 mL.
    """
    if out is not None:
        check_outputs([(out, None)], inputs=(config,), force=True)
        check_beginnings({out: ",".join(COLUMNS)}, force=force)
    settings = resolve_settings(read_config(config), []).compare
    trial = ExpectedTrial(
        baseline_ml=baseline,
        baseline_sd_ml=baseline_sd,
        treated=treated / 100,
        control=control / 100,
        without_edema=without_edema / 100,
        spread=spread,
        least_baseline_ml=least_baseline,
    )
    plain = replace(trial, has_floor=False)
    tables = {
        "as enrolled": plan_expected(trial, settings, power=power, dropout=dropout / 100),
        "without a floor": plan_expected(plain, settings, power=power, dropout=dropout / 100),
    }
    for population, table in tables.items():
        typer.echo(f"{population}:")
        for planned in table:
            typer.echo(f"  {_words(planned)}")
    can = share_that_can_respond(trial, settings)
    typer.echo(f"{100 * can:.0f} % of those enrolled have edema enough to respond")
    remark(f"precision: {settings.detectable_source}")
    for name, fall in (("treated", treated), ("control", control)):
        if 0 < abs(fall) < 1:
            remark(f"--{name} {fall:g} is {fall:g} %; was {100 * fall:g} (per cent) meant?")
    if out is not None:
        rows = [_row(name, planned) for name, table in tables.items() for planned in table]
        with keeping_earlier(out) as kept:
            write_table(out, rows, COLUMNS)
        tell_kept(kept)


def _words(planned: Planned) -> str:
    if planned.n is None:
        return f"{planned.analysis}: {planned.note}"
    whom = "subjects" if planned.control is None else "per arm"
    lost = "" if planned.n == planned.n_enrolled else f", {planned.n_enrolled} with dropouts"
    beside = f"; formula {planned.n_formula}; {_expected(planned)}"
    return f"{planned.analysis}: {planned.n} {whom}{lost}{beside}"


def _expected(planned: Planned) -> str:
    if planned.unit == "share":
        return f"{100 * planned.treated:.0f} % against {100 * (planned.control or 0):.0f} %"
    against = "" if planned.control is None else f" against {planned.control:+.2f}"
    return f"{planned.treated:+.2f}{against} {planned.unit}".strip() + f", SD {planned.sd:.2f}"


def _row(population: str, planned: Planned) -> Row:
    return {
        "population": population,
        "analysis": planned.analysis,
        "treated": planned.treated,
        "control": planned.control,
        "sd": planned.sd,
        "unit": planned.unit,
        "n_per_arm": planned.n,
        "n_formula": planned.n_formula,
        "n_enrolled_per_arm": planned.n_enrolled,
        "note": planned.note,
    }
