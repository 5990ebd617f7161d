"""Every setting is told in one line, can be found, and its TOML is the defaults."""

import tomllib
from pathlib import Path

import pytest

from mri_bme.errors import InvalidSettings
from mri_bme.settings import Settings
from mri_bme.settings.catalogue import (
    find_settings,
    list_settings,
    settings_markdown,
    settings_toml,
)

ENTRIES = list_settings(Settings)
DOCS = Path(__file__).parents[3] / "docs"
LONGEST_LINE = 100


def test_every_setting_is_there_and_told_in_one_line() -> None:
    defaults = Settings().model_dump(mode="json")
    assert {e.path for e in ENTRIES} == {f"{s}.{n}" for s, table in defaults.items() for n in table}
    for entry in ENTRIES:
        assert entry.default == defaults[entry.section][entry.name]
        assert 0 < len(entry.description) <= LONGEST_LINE, entry.path
        assert "\n" not in entry.description
        assert entry.description.endswith(".")


def test_the_toml_is_the_defaults() -> None:
    assert Settings.model_validate(tomllib.loads(settings_toml(ENTRIES))) == Settings()


def test_limits_are_said() -> None:
    (entry,) = find_settings(ENTRIES, "registration.min_overlap")
    assert entry.limits == ">= 0, <= 1"


@pytest.mark.parametrize(("name", "n_found"), [("n_sd", 1), ("segment.n_sd", 1), ("visits", 2)])
def test_a_setting_is_found_by_name_path_or_section(name: str, n_found: int) -> None:
    assert len(find_settings(ENTRIES, name)) == n_found


def test_a_misspelt_name_is_refused_with_what_comes_near() -> None:
    with pytest.raises(InvalidSettings, match=r"did you mean segment\.n_sd"):
        find_settings(ENTRIES, "segment.n_ds")


def test_the_documentation_is_current() -> None:
    assert (DOCS / "settings.md").read_text() == settings_markdown(ENTRIES), (
        "run: mri-bme settings --markdown > docs/settings.md"
    )
