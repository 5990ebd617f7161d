"""``mri-bme fetch``: bring studies from a PACS."""

import csv
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from mri_bme.cli import exits
from mri_bme.cli.intake_progress import counting
from mri_bme.errors import InvalidSettings, NothingUsable
from mri_bme.extras import needing


def fetch(  # noqa: PLR0917  typer makes options of parameters
    dest: Annotated[Path, typer.Argument(metavar="DEST", help="Folder for the images.")],
    from_node: Annotated[str, typer.Option("--from", help="Node, by its name in --nodes.")],
    nodes: Annotated[Path | None, typer.Option(help="TOML of nodes.")] = None,
    study: Annotated[
        list[str] | None, typer.Option(help="Study Instance UID; may be repeated.")
    ] = None,
    patient: Annotated[list[str] | None, typer.Option(help="Patient ID; may be repeated.")] = None,
    since: Annotated[
        str | None, typer.Option(help="Studies from this day on, as in 2024-03-01.")
    ] = None,
    until: Annotated[str | None, typer.Option(help="Studies up to this day.")] = None,
    studies: Annotated[
        Path | None,
        typer.Option("--list", help="CSV with columns study, or patient[,since,until]."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="List the series and what would be fetched.")
    ] = False,
) -> None:
    """Bring the MR series worth measuring from a PACS.

    Localizers, diffusion and other modalities are left there. Run again to bring what is
    missing; `fetched.csv` in DEST says of each series what arrived. DEST is then the INPUT of
    `mri-bme run`.
    """
    with needing("pacs"):
        from mri_bme.pacs.fetch import FAILED, TABLE_NAME  # noqa: PLC0415
        from mri_bme.pacs.fetch import fetch as fetch_wanted  # noqa: PLC0415
        from mri_bme.pacs.nodes import node_named, read_nodes  # noqa: PLC0415
        from mri_bme.pacs.query import Wanted, find_series  # noqa: PLC0415
    span = (_day(since, "--since"), _day(until, "--until"))
    wanted = [Wanted(study=uid, since=span[0], until=span[1]) for uid in study or ()]
    wanted += [Wanted(patient=name, since=span[0], until=span[1]) for name in patient or ()]
    if studies is not None:
        wanted += [
            Wanted(
                study=row.get("study") or "",
                patient=row.get("patient") or "",
                since=_day(row.get("since"), "since"),
                until=_day(row.get("until"), "until"),
            )
            for row in _rows(studies)
        ]
    if not wanted:
        raise InvalidSettings("say what to fetch: --study, --patient or --list")
    node = node_named(read_nodes(nodes), from_node)
    if dry_run:
        for what in wanted:
            for series in find_series(node, what):
                told = f"left there: {series.unwanted}" if series.unwanted else "fetch"
                typer.echo(f"{series.number} {series.description} ({series.n_images}): {told}")
        return
    with counting("series") as progress:
        rows = fetch_wanted(node, wanted, dest, show=progress)
    failed = [row for row in rows if row.status == FAILED]
    for row in failed:
        typer.echo(f"mri-bme: series {row.number or ''} not whole: {row.reason}", err=True)
    n_images = sum(row.n_images for row in rows)
    if not n_images:
        raise NothingUsable(f"nothing was fetched; see {TABLE_NAME}")
    typer.echo(
        f"{n_images} images in {dest.name}; {TABLE_NAME} says what was left. "
        f"Next: mri-bme run {dest.name} OUT"
    )
    if failed:
        raise typer.Exit(exits.NOT_ALL_EVALUABLE)


def _rows(path: Path) -> list[dict[str, str]]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as stream:
            rows = list(csv.DictReader(stream))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InvalidSettings(f"{path.name} cannot be read as CSV; check its path") from error
    if not rows or not {"study", "patient"} & set(rows[0]):
        raise InvalidSettings(f"{path.name} needs a column study or patient")
    return rows


def _day(text: str | None, what: str) -> date | None:
    if not text:
        return None
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()
    except ValueError as error:
        raise InvalidSettings(f"{what} must be a day as in 2024-03-01, found {text!r}") from error
