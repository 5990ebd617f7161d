"""Rooms of the package, how large they are, and which of them imports which."""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

PACKAGE = "mri_bme"
ENTRANCE = "__main__"


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """One top-level part of the package.

    `n_lines` counts every line of its Python files; `imports` names other rooms; `says` is
    the sentence that it introduces itself with.
    """

    name: str
    n_modules: int
    n_lines: int
    imports: frozenset[str]
    says: str = ""


def rooms_of(checkout: Path) -> dict[str, Room]:
    """Read every room of a checkout, by name."""
    package = checkout / PACKAGE
    files: dict[str, list[Path]] = {}
    for path in sorted(package.rglob("*.py")):
        name = path.relative_to(package).parts[0].removesuffix(".py")
        if name not in ("__init__", ENTRANCE):
            files.setdefault(name, []).append(path)
    return {name: _room(name, own, frozenset(files)) for name, own in files.items()}


def _room(name: str, files: list[Path], names: frozenset[str]) -> Room:
    imports = {
        target for path in files for target in _imported(path) if target in names and target != name
    }
    n_lines = sum(len(path.read_text(encoding="utf-8").splitlines()) for path in files)
    return Room(
        name=name,
        n_modules=len(files),
        n_lines=n_lines,
        imports=frozenset(imports),
        says=_first_sentence(files[0]),
    )


def _first_sentence(path: Path) -> str:
    """First paragraph of a module's docstring, on one line."""
    said = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return " ".join(said.partition("\n\n")[0].split())


def _imported(path: Path) -> Iterator[str]:
    """Rooms that a file imports from, wherever in the file."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module == PACKAGE:
            names = [f"{PACKAGE}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names = [node.module or ""]
        else:
            continue
        for name in names:
            if name.startswith(f"{PACKAGE}."):
                yield name.split(".")[1]


def storeys(rooms: Mapping[str, Room]) -> list[list[str]]:
    """Rooms from the cellar up: each stands as low as what it imports lets it.

    Raises
    ------
    ValueError
        If rooms import each other in a circle.
    """
    height: dict[str, int] = {}
    while len(height) < len(rooms):
        ready = [n for n, r in rooms.items() if n not in height and r.imports <= height.keys()]
        if not ready:
            circle = ", ".join(sorted(rooms.keys() - height.keys()))
            raise ValueError(f"these rooms import each other in a circle: {circle}")
        level = {n: 1 + max((height[i] for i in rooms[n].imports), default=-1) for n in ready}
        height |= level
    return [
        sorted(n for n, h in height.items() if h == level)
        for level in range(max(height.values(), default=-1) + 1)
    ]


def shortest_arrows(rooms: Mapping[str, Room]) -> dict[str, list[str]]:
    """Leave out imports that others imply: a room below a room below needs no arrow."""
    below: dict[str, set[str]] = {}
    for storey in storeys(rooms):
        for name in storey:
            own = rooms[name].imports
            below[name] = set(own).union(*(below[i] for i in own))
    return {
        name: sorted(
            i for i in room.imports if not any(i in below[j] for j in room.imports if j != i)
        )
        for name, room in rooms.items()
    }


def drawing(rooms: Mapping[str, Room]) -> str:
    """Draw the house as a Mermaid flowchart, entrances on top and what all stand on below.

    Arrows are imports; one that follows from two others is left out, so that what can be
    reached along arrows is what a room may use.
    """
    lines = ["flowchart TD"]
    for level, storey in reversed(list(enumerate(storeys(rooms)))):
        lines.append(f"  subgraph storey{level}[ ]")
        lines += [f"    {name}" for name in storey]
        lines.append("  end")
    for name, targets in sorted(shortest_arrows(rooms).items()):
        lines += [f"  {name} --> {target}" for target in targets]
    return "\n".join(lines) + "\n"


def list_of_rooms(rooms: Mapping[str, Room]) -> str:
    """Tell what every room is for, in its own words, as a Markdown table from the top down."""
    lines = ["| Room | What it is for |", "| --- | --- |"]
    for storey in reversed(storeys(rooms)):
        lines += [f"| `{name}` | {rooms[name].says} |" for name in storey]
    return "\n".join(lines) + "\n"


BEGIN, END = "<!-- from the code: {} -->", "<!-- end -->"


def with_house(page: str, rooms: Mapping[str, Room]) -> str:
    """Put the drawing and the list of rooms into a page, between its marks.

    Raises
    ------
    ValueError
        If a mark is missing.
    """
    parts = {"drawing": f"```mermaid\n{drawing(rooms)}```\n", "rooms": list_of_rooms(rooms)}
    for name, text in parts.items():
        begin = BEGIN.format(name)
        before, mark, rest = page.partition(begin)
        _, closed, after = rest.partition(END)
        if not mark or not closed:
            raise ValueError(f"the page has no part between {begin!r} and {END!r}")
        page = f"{before}{begin}\n\n{text}\n{END}{after}"
    return page
