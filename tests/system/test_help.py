"""`--help` shows what was written, brackets included."""

from collections.abc import Iterator
from enum import Enum
from typing import Any, get_type_hints

import pytest
import typer
from typer.models import ParameterInfo

from mri_bme.cli import COMMANDS, app_with, load_command, main


def helps_of(name: str) -> Iterator[str]:
    """Help of every option and argument of a command."""
    for hint in get_type_hints(load_command(name), include_extras=True).values():
        for part in getattr(hint, "__metadata__", ()):
            if isinstance(part, ParameterInfo) and part.help:
                yield part.help


@pytest.mark.parametrize("name", COMMANDS)
def test_no_word_of_a_help_is_swallowed(
    name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "300")
    with pytest.raises(SystemExit) as left:
        main([name, "--help"])
    assert left.value.code == 0
    said = "".join(capsys.readouterr().out.split())
    for text in helps_of(name):
        assert "".join(text.split()) in said


def defaults_of(name: str) -> Iterator[str]:
    """What options take that nobody gives, but for what is off unless it is said."""
    group: Any = typer.main.get_command(app_with(name))
    for one in group.commands[name].params:
        default = one.default.value if isinstance(one.default, Enum) else one.default
        if default not in (None, False, ()) and not callable(default):
            yield f"[default: {default}"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_default_is_shown(
    name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "300")
    with pytest.raises(SystemExit):
        main([name, "--help"])
    said = " ".join(capsys.readouterr().out.split())
    assert [text for text in defaults_of(name) if text not in said] == []


def test_there_are_defaults_to_show() -> None:
    assert {"[default: letter", "[default: 1"} <= set(defaults_of("phantom"))
