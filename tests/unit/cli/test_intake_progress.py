"""A bar is drawn where somebody watches, and nothing is where nobody does."""

import io
import sys

import pytest

from mri_bme.cli.intake_progress import counting


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_nobody_watches_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    quiet = io.StringIO()
    monkeypatch.setattr(sys, "stderr", quiet)
    with counting("files") as progress:
        assert progress is None
    assert quiet.getvalue() == ""


def test_on_a_terminal_the_bar_counts_and_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    watched = Terminal()
    monkeypatch.setattr(sys, "stderr", watched)
    with counting("files") as progress:
        assert progress is not None
        progress(3, 8)
        progress(8, 8)
    said = watched.getvalue()
    assert "files" in said
    assert "8/8" in said
