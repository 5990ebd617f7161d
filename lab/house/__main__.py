"""Print the size of every room, the ways through the house, or its drawing."""

import tempfile
from pathlib import Path
from typing import Annotated

import typer

from lab.house.rooms import drawing, rooms_of, storeys, with_house
from lab.house.ways import walk_all

HERE = Path(__file__).parents[2]
PAGE = Path("docs", "architecture.md")
Checkout = Annotated[Path, typer.Argument(help="Folder with mri_bme and sample_data.")]

app = typer.Typer(name="lab.house", no_args_is_help=True, add_completion=False)


@app.command()
def rooms(checkout: Checkout = HERE) -> None:
    """Modules and lines of every room, and what it imports; the lowest storey last."""
    found = rooms_of(checkout)
    for storey in reversed(storeys(found)):
        for room in (found[name] for name in storey):
            size = f"{room.n_modules:4} modules {room.n_lines:6} lines"
            typer.echo(f"{room.name:18}{size}  {' '.join(sorted(room.imports))}")
    n_modules, n_lines = (
        sum(getattr(room, what) for room in found.values()) for what in ("n_modules", "n_lines")
    )
    typer.echo(f"{'all':18}{n_modules:4} modules {n_lines:6} lines")


@app.command()
def ways(checkout: Checkout = HERE, *, modules: bool = False) -> None:
    """Count stops and returns of a volume, a file, a setting and a mask (takes minutes)."""
    with tempfile.TemporaryDirectory() as scratch:
        for way in walk_all(checkout.resolve(), Path(scratch)):
            counts = f"{len(way.stops):4} stops {way.n_returns:4} returns {way.n_modules:4} modules"
            typer.echo(f"{counts}  {way.name}")
            if modules:
                typer.echo(f"      {' > '.join(way.stops)}")


@app.command()
def draw(checkout: Checkout = HERE) -> None:
    """Draw rooms and imports as a Mermaid flowchart."""
    typer.echo(drawing(rooms_of(checkout)), nl=False)


@app.command()
def page(checkout: Checkout = HERE) -> None:
    """Bring the drawing and the list of rooms in docs/architecture.md up to date."""
    path = checkout / PAGE
    path.write_text(with_house(path.read_text(encoding="utf-8"), rooms_of(checkout)), "utf-8")


if __name__ == "__main__":
    app()
