"""The options of a command by its source, which is read in milliseconds and not run."""

import ast
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from mri_bme.roi_sources import given_by_role

OF_ALL = frozenset({"--help"})


def known_options(command: str) -> frozenset[str]:
    """List the long options of a command; empty where its source is not at hand.

    Parameters
    ----------
    command : str
        Name of the command.
    """
    name = command.replace("-", "_")
    spec = find_spec(f"{__package__}.{name}")
    path = Path(spec.origin) if spec is not None and spec.origin else None
    if path is None or path.suffix != ".py" or not path.is_file():
        return frozenset()
    made = {f"--{role}" for role in given_by_role()} if command == "rois" else set()
    found = {
        option
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef) and node.name == name
        for argument in (*node.args.args, *node.args.kwonlyargs)
        for option in _options_of(argument)
    }
    return frozenset(found | made | OF_ALL) if found else OF_ALL


def _options_of(argument: ast.arg) -> Iterator[str]:
    for call in ast.walk(argument.annotation) if argument.annotation else ():
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "typer.Option":
            named = [one.value for one in call.args if isinstance(one, ast.Constant)]
            words = [str(word) for word in named if str(word).startswith("--")]
            yield from words or [f"--{argument.arg.replace('_', '-')}"]
