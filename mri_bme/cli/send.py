"""``mri-bme send``: results to a PACS."""

import tempfile
from pathlib import Path
from typing import Annotated

import typer

from mri_bme.cli import exits
from mri_bme.cli.intake_progress import counting
from mri_bme.errors import InvalidSettings, NothingUsable
from mri_bme.extras import needing


def send(
    folder: Annotated[
        Path,
        typer.Argument(metavar="OUT", help="What `mri-bme export --as dicom` or run wrote."),
    ],
    to_node: Annotated[str, typer.Option("--to", help="Node, by its name in --nodes.")],
    nodes: Annotated[Path | None, typer.Option(help="TOML of nodes.")] = None,
) -> None:
    """Send DICOM objects to a PACS; each is confirmed by it, or named with the reason.

    OUT is a folder of `mri-bme export --as dicom`; `sent.csv` there keeps what was confirmed,
    so that a second attempt sends the rest. Results of a run that were not exported are sent
    pseudonymously, with the images that they refer to.
    """
    with needing("pacs"):
        from mri_bme.pacs.nodes import node_named, read_nodes  # noqa: PLC0415
        from mri_bme.pacs.send import FAILED, TABLE_NAME, send_folder  # noqa: PLC0415
    node = node_named(read_nodes(nodes), to_node)
    if not folder.is_dir():
        raise InvalidSettings(f"{folder.name} is no folder; name what export or run wrote")
    with tempfile.TemporaryDirectory() as temporary, counting("objects") as progress:
        place = folder if _is_exported(folder) else _exported(folder, Path(temporary) / "objects")
        rows = send_folder(place, to_node, node, show=progress)
        if place != folder and (place / TABLE_NAME).is_file():
            (folder / TABLE_NAME).write_bytes((place / TABLE_NAME).read_bytes())
    failed = [row for row in rows if row.status == FAILED]
    for row in failed:
        typer.echo(f"mri-bme: {row.file}: {row.reason}", err=True)
    if not rows:
        raise NothingUsable(f"{folder.name} holds no DICOM object; `mri-bme export` makes them")
    n_good = len(rows) - len(failed)
    typer.echo(f"{n_good} of {len(rows)} objects confirmed by {to_node}; see {TABLE_NAME}")
    if failed:
        raise typer.Exit(exits.NOT_ALL_EVALUABLE)


def _is_exported(folder: Path) -> bool:
    return not (folder / "subjects.csv").is_file()


def _exported(out: Path, place: Path) -> Path:
    from mri_bme.batch.export import ExportOptions, Format, export_results  # noqa: PLC0415

    export_results(out, place, ExportOptions(format=Format.DICOM, with_images=True))
    return place
