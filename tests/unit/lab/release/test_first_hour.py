"""A newcomer's first hour: its table, and that the page tells the steps that are taken."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from lab.release.__main__ import app
from lab.release.first_hour import (
    BEGINNING,
    END,
    STEPS,
    Step,
    Taken,
    hour_page,
    machine_words,
    with_hour,
)
from mri_bme.cli import COMMANDS
from mri_bme.phantom import SCENARIOS

ROOT = Path(__file__).parents[4]
PAGE = (ROOT / "docs" / "first-hour.md").read_text(encoding="utf-8")


def taken(said: str, seconds: float = 1.0) -> Taken:
    return Taken(step=Step(why="why", line="line"), seconds=seconds, home_mb=2.4, said=said)


def test_a_last_line_stays_short_and_inside_its_cell() -> None:
    table = hour_page([taken("a | b"), taken("word " * 100, seconds=2.5)])
    rows = table.splitlines()
    assert {row.count("|") for row in rows} == {6}
    assert "| a / b |" in rows[2]
    assert rows[3].endswith("word … |")
    assert len(rows[3]) < 160
    assert rows[-1] == "| together | | 4 | | |"


def test_the_page_tells_every_step_with_its_seconds() -> None:
    told = re.findall(r"^\| (.+?) \| `(.+?)` \| \d+\.\d \| \d+ \|", PAGE, re.MULTILINE)
    assert told == [(step.why, step.line) for step in STEPS], "run lab/release/first_hour.sh"


def test_every_picture_of_a_step_is_on_the_page_and_small() -> None:
    for picture in (step.picture for step in STEPS if step.picture):
        assert f"(pictures/{picture}.jpg)" in PAGE
        assert (ROOT / "docs" / "pictures" / f"{picture}.jpg").stat().st_size < 120_000


def test_no_picture_is_taken_of_an_export() -> None:
    assert not any(step.picture for step in STEPS if "export" in step.line or "own" in step.line)


def test_steps_name_commands_and_scenarios_that_there_are() -> None:
    lines = [step.line for step in STEPS]
    called = {found[1] for line in lines if (found := re.search(r"mri-bme ([a-z-]+)", line))}
    assert called <= COMMANDS.keys()
    named = {found[1] for line in lines if (found := re.search(r"--scenario (\w+)", line))}
    assert named <= set(SCENARIOS)


def test_the_command_is_offered() -> None:
    assert "first-hour" in CliRunner().invoke(app, ["--help"]).stdout


def test_what_was_taken_goes_into_its_place_of_the_page_and_nowhere_else() -> None:
    table = hour_page([taken("all is well")])
    page = with_hour(PAGE, table)
    assert table in page
    assert with_hour(page, PAGE.partition(BEGINNING)[2].partition(END)[0]) == PAGE
    with pytest.raises(ValueError, match="has no place"):
        with_hour("a page", table)


def test_the_machine_is_told_from_the_root(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "usr/bin").mkdir(parents=True)
    (tmp_path / "usr/bin/python3.11").touch()
    (tmp_path / "etc/os-release").write_text('NAME="Debian GNU/Linux"\nVERSION_ID="12"\n')
    words = machine_words(tmp_path, before_mb=274.6)
    assert "Debian 12 with Python 3.11," in words
    assert words.endswith("The bare root takes 275 MB before.\n")
