"""Run the notebooks and keep what they show, without what differs from run to run."""

import re
from collections.abc import Iterator
from html import unescape
from math import isclose
from pathlib import Path
from typing import Any

from nbclient import NotebookClient
from nbformat import NotebookNode, reads, writes

ROOT = Path(__file__).parents[2]
NOTEBOOKS = ROOT / "notebooks"
TIMEOUT_S = 900
KEPT = ("image/png", "text/html", "text/plain")
"""What a reader sees; scripts and widgets would be empty in an exported page."""

NUMBER = re.compile(r"\d+(?:\.\d+)?(?:e[+-]?\d+)?")
UNSEEN = re.compile(r"<(script|style|svg|template)\b.*?</\1\s*>", re.DOTALL)
TAG = re.compile(r"<[^>]*>")


def run_notebook(path: Path) -> None:
    """Run a notebook in its folder and write it with its outputs."""
    text: str = writes(_ran(path))  # type: ignore[no-untyped-call]
    path.write_text(text + "\n", "utf-8")


def check_notebook(path: Path) -> tuple[str, ...]:
    """Run a notebook; say of every cell that shows something else than what was kept."""
    return tuple(differing(_read(path), _ran(path)))


def differing(kept: Any, ran: Any) -> Iterator[str]:
    """Name code cells whose words differ, or a number by more than 5 % and 0.05.

    Pictures and pages within a page are not looked at: their bytes differ between systems.
    """
    told = ([_told(cell) for cell in one.cells if cell.cell_type == "code"] for one in (kept, ran))
    for number, (before, now) in enumerate(zip(*told, strict=True), start=1):
        if NUMBER.sub("#", before) != NUMBER.sub("#", now):
            yield f"code cell {number}: other words"
            continue
        numbers = ([float(found) for found in NUMBER.findall(text)] for text in (before, now))
        for a, b in zip(*numbers, strict=True):
            if not isclose(a, b, rel_tol=0.05, abs_tol=0.05):
                yield f"code cell {number}: {b:g} instead of {a:g}"


def _told(cell: Any) -> str:
    """Give what a cell says in words and numbers, with single blanks."""
    parts = []
    for output in cell.outputs:
        if output.output_type == "stream":
            parts.append(output.text)
        else:
            page = UNSEEN.sub(" ", output.data.get("text/html", ""))
            parts += [unescape(TAG.sub(" ", page)), output.data.get("text/plain", "")]
    return " ".join(" ".join(parts).split())


def _read(path: Path) -> NotebookNode:
    notebook: NotebookNode = reads(path.read_text("utf-8"), as_version=4)  # type: ignore[no-untyped-call]
    return notebook


def _ran(path: Path) -> Any:
    notebook = _read(path)
    where = {"metadata": {"path": str(path.parent)}}
    NotebookClient(notebook, timeout=TIMEOUT_S, resources=where).execute()
    return settled(notebook)


def settled(notebook: Any) -> Any:
    """Take times, warnings and all but what a reader sees out of a notebook that was run.

    Of two forms of one output the richer is kept: a picture has no text, a table keeps its
    text for readers without a browser.
    """
    n_run = 0
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number}"
        cell.metadata = {}
        if cell.cell_type == "code":
            n_run += 1
            cell.execution_count = n_run
            cell.outputs = list(_kept(cell.outputs, n_run))
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    return notebook


def _kept(outputs: Any, count: int) -> Iterator[Any]:
    for output in outputs:
        if output.output_type == "stream":
            if output.name == "stdout":
                yield output
            continue
        data = {kind: output.data[kind] for kind in KEPT if kind in output.data}
        if {"image/png", "text/html"} & data.keys():
            data.pop("text/plain", None)
        output.data, output.metadata = data, {}
        if output.output_type == "execute_result":
            output.execution_count = count
        yield output
