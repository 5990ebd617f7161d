"""``python -m lab.release artefacts FOLDER`` and ``python -m lab.release licences``."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from lab.release.artefacts import ROOT, build_twice, check, write_bill_of_materials
from lab.release.licences import OFFERED, brought_along, licences_page
from lab.release.sizes import measured, sizes_page

app = typer.Typer(name="lab.release", no_args_is_help=True, add_completion=False)


@app.command()
def artefacts(
    folder: Annotated[Path, typer.Argument(help="New folder for what is released.")],
    python: Annotated[
        str, typer.Option(help="Interpreter of an environment that holds the release alone.")
    ] = sys.executable,
) -> None:
    """Build twice, check, and write the bill of materials and SHA256SUMS."""
    folder.mkdir(parents=True)
    digests = build_twice(folder)
    check(tuple(folder / name for name in digests))
    write_bill_of_materials(folder / "bill-of-materials.cdx.json", python)
    lines = [f"{digest}  {name}" for name, digest in sorted(digests.items())]
    (folder / "SHA256SUMS").write_text("\n".join(lines) + "\n", encoding="utf-8")
    typer.echo("\n".join(lines))


@app.command()
def licences() -> None:
    """Print docs/licences.md, from what is installed here."""
    typer.echo(licences_page(brought_along(extras=OFFERED)), nl=False)


@app.command()
def sizes(
    python: Annotated[
        str | None,
        typer.Option(help="Interpreter of an environment to measure; a fresh one by default."),
    ] = None,
    extras: Annotated[str, typer.Option(help="Extras to take along, as figures,pacs.")] = "",
) -> None:
    """Print what each requirement takes on disk, and what would go with it."""
    wanted = frozenset(filter(None, extras.split(",")))
    typer.echo(sizes_page(measured(ROOT, python, wanted)), nl=False)


@app.command()
def first_hour(
    root: Annotated[Path, typer.Argument(help="A bare root; see `lab/release/first_hour.sh`.")],
    pictures: Annotated[Path, typer.Argument(help="Folder for screenshots of phantoms.")],
    page: Annotated[Path, typer.Option(help="Page in whose place for them the steps go.")],
    before_mb: Annotated[float, typer.Option(help="Size of the root before the first step.")],
) -> None:
    """Take a newcomer's first steps within a bare root; tell them with what they took."""
    from lab.release import first_hour as hour  # noqa: PLC0415  a browser is at hand for this only

    taken = []
    for one in hour.first_hour(root, pictures):
        taken.append(one)
        typer.echo(f"{one.seconds:6.1f} s  {one.step.line}", err=True)
    told = hour.machine_words(root, before_mb=before_mb) + "\n" + hour.hour_page(taken)
    page.write_text(hour.with_hour(page.read_text("utf-8"), told), encoding="utf-8")
    typer.echo(told, nl=False)


@app.command()
def notebooks(
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; fail where one shows something else.")
    ] = False,
) -> None:
    """Run every notebook and keep what it shows (takes minutes)."""
    from lab.release.notebooks import (  # noqa: PLC0415  tools of their own
        NOTEBOOKS,
        check_notebook,
        run_notebook,
    )

    stale = 0
    for path in sorted(NOTEBOOKS.glob("*.ipynb")):
        if check:
            found = check_notebook(path)
            stale += bool(found)
            typer.echo("\n".join([f"{path.name}: {len(found)} differ", *found]))
        else:
            run_notebook(path)
            typer.echo(f"{path.name}: {path.stat().st_size // 1000} kB")
    if stale:
        typer.echo("what notebooks show is not current; run: python -m lab.release notebooks")
        raise typer.Exit(1)


if __name__ == "__main__":
    app()
