"""A setting or a choice that does not exist is told before arrays and their libraries load."""

import subprocess
import sys
from pathlib import Path

import pytest

from mri_bme.cli import COMMANDS, load_command
from mri_bme.cli.early import CHOICES, TAKE_SETTINGS, check_early
from mri_bme.errors import InvalidSettings
from mri_bme.export.phantom_files import VENDORS
from mri_bme.phantom import SCENARIOS

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


def test_the_choices_are_those_of_the_command() -> None:
    of_phantom = {option: known for option, (_, known) in CHOICES["phantom"].items()}
    assert of_phantom == {"--scenario": tuple(SCENARIOS), "--vendor": (*VENDORS, "any")}


def test_every_command_with_settings_is_looked_at() -> None:
    with_config = {name for name in COMMANDS if "config" in load_command(name).__annotations__}
    assert with_config == TAKE_SETTINGS


def test_an_unknown_choice_lists_the_others_where_none_is_near() -> None:
    with pytest.raises(InvalidSettings, match="choose one of siemens, ge, philips, any"):
        check_early("phantom", ["out", "--vendor", "hitachi"])
