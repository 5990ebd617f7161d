"""Options that are read from the source of a command are those that it takes."""

from typing import Any

import pytest
import typer

from mri_bme.cli import COMMANDS, app_with
from mri_bme.cli.known_options import known_options


@pytest.mark.parametrize("command", COMMANDS)
def test_they_are_those_of_the_command(command: str) -> None:
    group: Any = typer.main.get_command(app_with(command))
    taken = {option for one in group.commands[command].params for option in one.opts}
    assert known_options(command) - {"--help"} == {o for o in taken if o.startswith("--")}


def test_a_command_that_does_not_exist_has_none() -> None:
    assert not known_options("no-such-command")
