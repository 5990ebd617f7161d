"""The version is said in one place, and everything else follows it."""

import importlib.metadata
import re
from pathlib import Path

from mri_bme.version import __version__

ROOT = Path(__file__).parents[2]


def test_whoever_cites_names_this_version() -> None:
    (cited,) = re.findall(r"^version: (\S+)$", (ROOT / "CITATION.cff").read_text(), re.MULTILINE)
    assert cited == __version__


def test_the_package_is_of_this_version() -> None:
    assert importlib.metadata.version("mri-bme") == __version__


def test_nothing_else_states_a_version() -> None:
    stated = f'"{__version__}"'
    assert stated not in (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    stating = [p.name for p in (ROOT / "mri_bme").rglob("*.py") if stated in p.read_text("utf-8")]
    assert stating == ["version.py"]


def test_the_changelog_has_a_place_for_what_comes_next() -> None:
    assert "## [Unreleased]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
