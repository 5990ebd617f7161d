"""`mri-bme stats`: the statistics of a cohort that was measured."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from mri_bme.batch.brought import StatsRequest
from mri_bme.batch.cohort_stats import FOLDER, write_cohort_statistics
from mri_bme.cli.voice import remark
from mri_bme.settings import StatsSettings


def stats(
    out: Annotated[Path, typer.Argument(help="Folder that `mri-bme run` wrote.")],
    *,
    clinical: Annotated[
        Path | None, typer.Option(help="CSV with subject, visit and any numeric measures.")
    ] = None,
    arm: Annotated[
        str | None, typer.Option(help="Column of the clinical CSV that names the arm.")
    ] = None,
    control: Annotated[
        str | None, typer.Option(help="The arm that the other one is compared with.")
    ] = None,
    strata: Annotated[
        str | None,
        typer.Option(help="Column of the clinical CSV to stratify by, instead of the scanner."),
    ] = None,
    against: Annotated[
        list[Path] | None,
        typer.Option(
            help="Another results folder, or a reader CSV (subject, visit, sparcc or edema_ml, "
            "optionally reader), to measure agreement with; may be repeated."
        ),
    ] = None,
    difference: Annotated[
        list[float] | None,
        typer.Option(help="Difference in mL to plan a trial for; may be repeated."),
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of the bootstrap.")] = StatsSettings().seed,
    allow_different_settings: Annotated[
        bool,
        typer.Option(
            "--allow-different-settings",
            help="Pool results that were made with different settings.",
        ),
    ] = False,
    read_by: Annotated[
        str | None,
        typer.Option(
            help="Of `auto`, a reader's code, `mean` or `consensus`; else of OUT's tables as they "
            "are."
        ),
    ] = None,
    claim: Annotated[
        bool,
        typer.Option(
            "--claim",
            help="Also write the CLAIM checklist, filled with what the results tell and with "
            "marked blanks for the authors.",
        ),
    ] = False,
) -> None:
    """Compute cohort statistics into OUT/stats: tidy tables and one page."""
    request = StatsRequest(
        clinical=clinical,
        arm=arm,
        control=control,
        strata=strata,
        against=tuple(against or ()),
        differences_ml=tuple(difference or ()),
        allow_different_settings=allow_different_settings,
        read_by=read_by,
        claim=claim,
    )
    told = write_cohort_statistics(out, request, settings=StatsSettings(seed=seed))
    for words in told:
        remark(words)
    sys.stdout.write(
        f"{FOLDER}/stats.csv and its companions are in {out}; open {out / FOLDER / 'stats.html'}\n"
    )
