"""Remarks are said as loudly as was asked for, and never act on a terminal."""

import pytest

from mri_bme.cli.voice import detail, loudness, remark, speaking
from mri_bme.loudness import Loudness


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (Loudness.QUIET, ""),
        (Loudness.NORMAL, "mri-bme: a remark\n"),
        (Loudness.VERBOSE, "mri-bme: a remark\nmri-bme: a detail\n"),
    ],
)
def test_more_is_said_the_louder(
    asked: Loudness, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with speaking(asked):
        remark("a remark")
        detail("a detail")
    assert capsys.readouterr().err == said


def test_the_next_command_speaks_as_it_likes() -> None:
    with speaking(Loudness.QUIET):
        assert loudness() is Loudness.QUIET
    assert loudness() is Loudness.NORMAL


def test_a_remark_does_not_act_on_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    remark("\x1b[2J")
    assert "\x1b" not in capsys.readouterr().err
