"""The page of commands, from the program itself."""

import inspect
from collections.abc import Iterator
from typing import Any

import typer

from mri_bme.cli import COMMANDS, app_with
from mri_bme.cli.examples import EXAMPLES

HEAD = """# Commands

Made by `python -m lab.site commands`; edit the code, not this page.

Every command also takes `--quiet` (errors only, and what it was asked for), `--verbose` (versions,
every stage and its seconds) and `--debug` (the traceback of an error). Exit codes: 0 all done; 1
unexpected error; 2 usage; 3 nothing usable in the input; 4 finished, but some subjects failed or
were not evaluable. Errors go to standard error.
"""


def commands_page() -> str:
    """Describe every command, its arguments and its options, in Markdown."""
    return "\n".join([HEAD, *(_section(name) for name in COMMANDS)])


def _section(name: str) -> str:
    group: Any = typer.main.get_command(app_with(name))
    command = group.commands[name]
    shown = [one for one in command.params if not getattr(one, "hidden", False)]
    return "\n".join(
        (
            f"## `mri-bme {name}`",
            "",
            inspect.cleandoc(command.help or ""),
            "",
            "```sh",
            *(f"# {what}\n{line}" for line, what in EXAMPLES.get(name, ())),
            "```",
            "",
            *_table(shown),
        )
    )


def _table(parameters: list[Any]) -> Iterator[str]:
    if not parameters:
        return
    yield from ("| Argument or option | Default | What it does |", "| --- | --- | --- |")
    for one in parameters:
        words = " ".join((one.help or "").split()).replace("|", "\\|")
        yield f"| {_name(one)} | {_default(one)} | {words} |"
    yield ""


def _name(one: Any) -> str:
    if one.param_type_name == "argument":
        shown = (one.metavar or one.name).upper()
        return f"`{shown}`" if one.required else f"`[{shown}]`"
    return " ".join(f"`{option}`" for option in one.opts)


def _default(one: Any) -> str:
    if one.required:
        return "must be given"
    default = one.default
    return (
        "" if default is None or default in (False, (), []) or callable(default) else f"`{default}`"
    )
