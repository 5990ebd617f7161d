"""`--help` shows what was written, brackets included."""

from collections.abc import Iterator
from typing import get_type_hints

import pytest
from typer.models import ParameterInfo

from mri_bme.cli import COMMANDS, load_command, main


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
