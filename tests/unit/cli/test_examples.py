"""Every command shows how it is used, by lines that it understands."""

import shlex
from collections.abc import Iterator
from typing import Any

import pytest
import typer

from mri_bme.cli import COMMANDS, FLAGS, app_with, main
from mri_bme.cli.examples import EXAMPLES, epilog

LINES = [line for lines in EXAMPLES.values() for line, _ in lines]


def parameters(command: str) -> Iterator[Any]:
    group = typer.main.get_command(app_with(command))
    yield from group.commands[command].params  # type: ignore[attr-defined]


def test_every_command_has_examples() -> None:
    assert set(EXAMPLES) == set(COMMANDS)


@pytest.mark.parametrize("line", LINES)
def test_an_example_names_options_that_exist(line: str) -> None:
    program, command, *words = shlex.split(line)
    assert program == "mri-bme"
    known = {option for one in parameters(command) for option in one.opts}
    given = {word.split("=")[0] for word in words if word.startswith("--")}
    assert given - known == set()


@pytest.mark.parametrize("command", COMMANDS)
def test_help_shows_the_examples_whole_and_the_flags_of_every_command(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main([command, "--help"])
    said = capsys.readouterr().out
    assert all(line in said for line, _ in EXAMPLES[command])
    assert all(flag in said for flag in FLAGS)


def test_the_list_of_commands_says_how_to_ask_on() -> None:
    assert "mri-bme COMMAND --help" in epilog(None)


def test_the_list_of_commands_cuts_no_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    with pytest.raises(SystemExit):
        main(["--help"])
    said = "".join(capsys.readouterr().out.split())
    assert all("".join(line.split()) in said for line in COMMANDS.values())
