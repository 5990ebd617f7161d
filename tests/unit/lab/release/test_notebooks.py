"""What a notebook shows is kept; what differs from run to run is not."""

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from lab.release.notebooks import differing, settled


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


def showing(html: str, said: str = "") -> nbformat.NotebookNode:
    cell = new_code_cell("table")
    cell.outputs = [
        new_output("stream", name="stdout", text=said),
        new_output("execute_result", execution_count=1, data={"text/html": html}),
    ]
    return new_notebook(cells=[new_markdown_cell("# Title"), cell])


KEPT = showing("<style>td { top: 1px }</style><table><td>mL</td><td>8.38</td></table>", "left 4.88")


@pytest.mark.parametrize(
    ("now", "said"),
    [
        (KEPT, []),
        (showing("<style>td { top: 9px }</style><b>mL</b> <i>8.40</i>", "left  4.85\n"), []),
        (showing("<p>mL 9.38", "left 4.88"), ["code cell 1: 9.38 instead of 8.38"]),
        (showing("<p>mL 8.38", "right 4.88"), ["code cell 1: other words"]),
        (showing("<p>mL 8.38 2", "left 4.88"), ["code cell 1: other words"]),
    ],
)
def test_other_words_and_numbers_are_noticed_other_styles_are_not(
    now: nbformat.NotebookNode, said: list[str]
) -> None:
    assert list(differing(KEPT, now)) == said
