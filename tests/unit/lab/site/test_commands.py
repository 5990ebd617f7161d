"""The page of commands is what the program says."""

from lab.site.commands import commands_page
from lab.site.places import ROOT
from mri_bme.cli import COMMANDS


def test_the_page_is_current() -> None:
    page = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    assert page == commands_page(), "run: python -m lab.site commands > docs/commands.md"


def test_it_has_every_command_with_its_options_and_defaults() -> None:
    page = commands_page()
    assert all(f"## `mri-bme {name}`" in page for name in COMMANDS)
    assert "| `--scenario` | `letter` |" in page
    assert "| `INPUT` | must be given |" in page
