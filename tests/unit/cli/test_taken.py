"""Words for what an option takes."""

import inspect
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from mri_bme.cli import load_command
from mri_bme.cli.taken import name_what_is_taken
from mri_bme.roi_sources import given_by_role


class Side(StrEnum):
    LEFT = "left"


def command(  # noqa: PLR0917
    out: Annotated[Path, typer.Argument()],
    config: Annotated[Path | None, typer.Option()] = None,
    jobs: Annotated[int, typer.Option()] = 1,
    subject: Annotated[list[str] | None, typer.Option()] = None,
    own: Annotated[str, typer.Option(metavar="I/N")] = "1/2",
    side: Annotated[Side, typer.Option()] = Side.LEFT,
    force: Annotated[bool, typer.Option("--force")] = False,
) -> None:
    """Do nothing."""


def test_each_parameter_has_a_word_unless_it_has_its_own_or_choices() -> None:
    name_what_is_taken(command)
    found = {
        name: hint.__metadata__[0].metavar
        for name, hint in command.__annotations__.items()
        if name != "return"
    }
    assert found == {
        "out": "OUT",
        "config": "PATH",
        "jobs": "NUMBER",
        "subject": "TEXT",
        "own": "I/N",
        "side": None,
        "force": None,
    }


def test_an_option_that_is_added_to_a_command_has_a_word_too() -> None:
    made = {
        name: one.annotation.__metadata__[0].metavar
        for name, one in inspect.signature(load_command("rois")).parameters.items()
        if name in given_by_role()
    }
    assert made
    assert set(made.values()) == {"PATH"}
