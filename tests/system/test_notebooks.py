"""Notebooks ship with what they show, use public names only, and fit into a mail."""

import ast
import importlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
MOST_BYTES = 900_000
PRIVATE = re.compile(r"/(?:home|root|tmp|work|Users)/")


def cells(path: Path, kind: str) -> list[dict[str, Any]]:
    return [c for c in json.loads(path.read_text("utf-8"))["cells"] if c["cell_type"] == kind]


def source(path: Path) -> str:
    lines = "\n".join("".join(cell["source"]) for cell in cells(path, "code")).splitlines()
    return "\n".join(line for line in lines if not line.startswith("%"))


def imported(path: Path) -> Iterator[tuple[str, str]]:
    """Every name that a notebook takes from the package, and from where."""
    for node in ast.walk(ast.parse(source(path))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("mri_bme"):
            yield from ((str(node.module), one.name) for one in node.names)


def test_there_are_notebooks() -> None:
    assert len(NOTEBOOKS) == 4


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_ships_with_what_it_shows(path: Path) -> None:
    code = cells(path, "code")
    assert [c["execution_count"] for c in code] == list(range(1, len(code) + 1))
    shown = [output for cell in code for output in cell["outputs"]]
    assert {o["output_type"] for o in shown} <= {"display_data", "execute_result", "stream"}
    seen = [kind for o in shown for kind in o.get("data", ())]
    assert "image/png" in seen or "text/html" in seen, "an exported page would be bare"
    assert path.stat().st_size < MOST_BYTES
    assert not PRIVATE.search(json.dumps(shown))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_uses_public_names_only(path: Path) -> None:
    for module, name in imported(path):
        package = importlib.import_module(module)
        assert hasattr(package, "__path__"), f"{module} is no package"
        assert name in package.__all__, f"{module} does not offer {name}"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_says_how_to_install_it_and_takes_the_users_results_first(path: Path) -> None:
    words = "\n".join("".join(cell["source"]) for cell in cells(path, "markdown"))
    assert 'pip install ".[notebook]"' in words
    assert 'OUT = Path("../results")' in source(path)
