"""`mri-bme settings` prints text, TOML or Markdown of all settings or of some."""

import tomllib

import pytest

from mri_bme.cli import main
from mri_bme.settings import Settings
from mri_bme.settings.catalogue import list_settings


def said(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    with pytest.raises(SystemExit) as ended:
        main(["settings", *words])
    assert not ended.value.code
    return capsys.readouterr().out


def test_every_setting_is_shown_with_its_default_and_what_it_does(capsys) -> None:
    lines = said(capsys).splitlines()
    entries = list_settings(Settings)
    assert len(lines) == 2 * len(entries)
    for entry, line, told in zip(entries, lines[::2], lines[1::2], strict=True):
        assert line.startswith(f"{entry.path} = {entry.default_text}")
        assert told.strip() == entry.description


def test_one_setting_or_a_section_is_shown_alone(capsys) -> None:
    assert said(capsys, "segment.n_sd").startswith("segment.n_sd = ")
    assert all(line.startswith("visits.") for line in said(capsys, "visits").splitlines()[::2])


def test_the_toml_can_be_given_back(capsys) -> None:
    assert Settings.model_validate(tomllib.loads(said(capsys, "--toml"))) == Settings()


def test_two_formats_at_once_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["settings", "--toml", "--markdown"])
    assert ended.value.code == 2
    assert "give one of them" in capsys.readouterr().err
