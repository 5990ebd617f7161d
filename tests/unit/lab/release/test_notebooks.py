"""What a notebook shows is kept; what differs from run to run is not."""

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from lab.release.notebooks import settled


def ran() -> nbformat.NotebookNode:
    cell = new_code_cell("stir", execution_count=7, metadata={"execution": {"started": "now"}})
    cell.outputs = [
        new_output("stream", name="stderr", text="a warning"),
        new_output("stream", name="stdout", text="said"),
        new_output(
            "execute_result",
            execution_count=7,
            data={"text/html": "<p>", "text/plain": "<V at 0x7f>", "application/widget": "x"},
        ),
    ]
    return new_notebook(cells=[new_markdown_cell("# Title"), cell], metadata={"user": "somebody"})


def test_times_warnings_and_widgets_go_and_pictures_stay() -> None:
    kept = settled(ran())
    code = kept.cells[1]
    assert (code.execution_count, code.metadata) == (1, {})
    said, shown = code.outputs
    assert said.text == "said"
    assert dict(shown.data) == {"text/html": "<p>"}
    assert shown.execution_count == 1
    assert "user" not in kept.metadata
    nbformat.validate(kept)


def test_a_second_run_leaves_the_same_file() -> None:
    assert settled(settled(ran())) == settled(ran())
