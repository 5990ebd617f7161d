"""A setting or a choice that does not exist is told before arrays and their libraries load."""

import subprocess
import sys
from enum import EnumType
from pathlib import Path
from typing import Any, get_type_hints

import pytest
import typer

from mri_bme.cli import COMMANDS, app_with, load_command
from mri_bme.cli.early import CHOICES, TAKE_SETTINGS, check_early
from mri_bme.errors import InvalidSettings
from mri_bme.export.phantom_files import VENDORS
from mri_bme.phantom import ARTIFACTS, SCENARIOS

HEAVY = ("numpy", "scipy", "SimpleITK", "onnxruntime", "pydicom", "nibabel")


@pytest.mark.parametrize(
    ("words", "advice"),
    [
        (["run", "in", "out", "--set", "segment.n_ds=4"], "did you mean segment.n_sd"),
        (["segment", "in", "--rois", "in", "--out", "o.nii", "--set", "segment.n_ds=4"], "n_sd"),
        (["run", "in", "out", "--set", "segment.n_sd=high"], "segment.n_sd"),
        (["run", "in", "out", "--config", "wrong.toml"], "did you mean segment.judge?"),
        (["register", "in", "in", "--out", "o.tfm", "--config=wrong.toml"], "segment.judge?"),
        (["run", "in", "out", "--config", "flags.toml"], "jobz is no flag of a run; did you"),
        (["phantom", "out", "--scenario", "parcial"], "did you mean partial?"),
        (["phantom", "out", "--vendor=simens"], "did you mean siemens?"),
        (["phantom", "out", "--artifact", "metl"], "there is no artifact 'metl'; did you mean me"),
        (["export", "in", "out", "--as", "nrd"], "there is no format 'nrd'; did you mean nrrd?"),
        (["rum", "in", "out"], "did you mean run?"),
        (["run", "in", "out", "--sett", "a.b=1"], "run has no option --sett; did you mean --set"),
        (["sample-size", "--beyond=3"], "`mri-bme sample-size --help` lists all"),
    ],
)
def test_it_is_told_before_a_library_is_loaded(
    words: list[str], advice: str, tmp_path: Path
) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "wrong.toml").write_text('[segment]\njugde = "rules"\n')
    (tmp_path / "flags.toml").write_text("[run]\njobz = 2\n")
    program = (
        "import sys\n"
        "from mri_bme.cli import main\n"
        "try:\n"
        f"    main({words!r})\n"
        "except SystemExit as ended:\n"
        f"    print(ended.code, [name for name in {HEAVY} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert advice in done.stderr
    assert done.stderr.count("\n") == 1
    assert done.stdout == "2 []\n"


def test_what_exists_passes(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text("[segment]\nn_sd = 4\n[run]\njobs = 1\n")
    mine = ["--config", str(tmp_path / "mine.toml"), "--set", "segment.judge=rules"]
    check_early("run", ["in", "out", *mine, "--set=rois.fall_back=true"])
    check_early("phantom", ["out", "--scenario", "tiny", "--vendor", "any"])
    check_early("export", ["out", "dest", "--as", "nrrd", "--", "--no-option"])


OWN = {  # what options of plain words take
    "--scenario": tuple(SCENARIOS),
    "--vendor": (*VENDORS, "any"),
    "--artifact": tuple(ARTIFACTS),
    "--artifact-at": ("both", "baseline", "week14"),
}


@pytest.mark.parametrize("command", COMMANDS)
def test_the_choices_are_those_of_the_command(command: str) -> None:
    taken = {
        option: tuple(kind)
        for name, hint in get_type_hints(load_command(command)).items()
        if isinstance(kind := hint, EnumType)
        for option in _options_named(command, name)
    }
    told = {option: known for option, (_, known) in CHOICES.get(command, {}).items()}
    assert told == taken | (OWN if command == "phantom" else {})


def _options_named(command: str, name: str) -> list[str]:
    group: Any = typer.main.get_command(app_with(command))
    return [one.opts[0] for one in group.commands[command].params if one.name == name]


def test_every_command_with_settings_is_looked_at() -> None:
    with_config = {name for name in COMMANDS if "config" in load_command(name).__annotations__}
    assert with_config == TAKE_SETTINGS


def test_an_unknown_choice_lists_the_others_where_none_is_near() -> None:
    with pytest.raises(InvalidSettings, match="choose one of siemens, ge, philips, any"):
        check_early("phantom", ["out", "--vendor", "hitachi"])
