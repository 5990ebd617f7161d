"""The viewer's code and style as one text each, to be put inside a page.

The code is written as modules, which a page that is one file cannot import from each other;
joined in order, without their imports and exports, they are one script.
"""

import re
from functools import cache
from pathlib import Path

VIEWER = Path(__file__).parent / "js"
"""Folder of the modules."""

MODULES = (
    "space",
    "codec",
    "outline",
    "raster",
    "scene",
    "explain",
    "pane",
    "toolbar",
    "input",
    "viewer",
    "embed",
)
"""In the order of their dependence; `embed` starts a viewer from what a page holds."""

_IMPORT = re.compile(r'^import [^;]*? from "\./\w+\.js";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async |)(?:function|class|const)\b)", re.MULTILINE)


@cache
def viewer_script() -> str:
    """One script that defines the viewer and opens those that the page holds."""
    parts = [_EXPORT.sub("", _IMPORT.sub("", viewer_module(name))) for name in MODULES]
    return "(() => {\n" + "\n".join(parts) + "})();\n"


def viewer_module(name: str) -> str:
    """Text of one module, for a server that lets the browser import it."""
    return (VIEWER / f"{name}.js").read_text("utf-8")


@cache
def viewer_style() -> str:
    """Style of the viewer, below the class ``viewer``."""
    return (VIEWER / "viewer.css").read_text("utf-8")
