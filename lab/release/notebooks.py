"""Run the notebooks and keep what they show, without what differs from run to run."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from nbclient import NotebookClient
from nbformat import NotebookNode, reads, writes

ROOT = Path(__file__).parents[2]
NOTEBOOKS = ROOT / "notebooks"
TIMEOUT_S = 900
KEPT = ("image/png", "text/html", "text/plain")
"""What a reader sees; scripts and widgets would be empty in an exported page."""


def run_notebook(path: Path) -> None:
    """Run a notebook in its folder and write it with its outputs."""
    notebook: NotebookNode = reads(path.read_text("utf-8"), as_version=4)  # type: ignore[no-untyped-call]
    NotebookClient(
        notebook, timeout=TIMEOUT_S, resources={"metadata": {"path": str(path.parent)}}
    ).execute()
    text: str = writes(settled(notebook))  # type: ignore[no-untyped-call]
    path.write_text(text + "\n", "utf-8")


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
