"""`mri-bme read`: the reading room."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from mri_bme.errors import InvalidSettings
from mri_bme.reading_room.serve import LOOPBACK, check_installed, open_room
from mri_bme.readings.task import checked_task, read_task


def read(
    out: Annotated[Path, typer.Argument(help="Folder that `mri-bme run` wrote.")],
    *,
    task: Annotated[
        Path | None,
        typer.Option(help="TASK.toml: who reads what, blind or not. Without one: correct."),
    ] = None,
    reader: Annotated[
        list[str] | None,
        typer.Option(help="Code of a reader, without a task; may be repeated. Default R1."),
    ] = None,
    host: Annotated[
        str, typer.Option(help="Address to listen on; the default answers this machine only.")
    ] = LOOPBACK,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 takes a free one.")] = 8642,
    days: Annotated[float, typer.Option(min=0.001, help="Days that links are good for.")] = 30,
) -> None:
    """Open the reading room: readers look, correct and score in a browser, on this machine."""
    if task is not None and reader:
        raise InvalidSettings("the task names its readers; leave out --reader or --task")
    check_installed()
    asked = checked_task({"readers": reader}, what="--reader") if reader else read_task(task)

    def tell(line: str) -> None:
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()

    sys.stderr.write(
        f"mri-bme: readings are kept in {out / 'readings'}; give each reader their own link, and "
        "end with Ctrl-C\n"
    )
    open_room(out, asked, host=host, port=port, days=days, is_study=task is not None, tell=tell)
