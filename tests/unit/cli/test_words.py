"""A mistyped path is told before anything is loaded, in the words that were typed."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from mri_bme.cli import COMMANDS
from mri_bme.cli.words import N_READ, READ_OPTIONS, check_words, remark_on_place
from mri_bme.errors import InvalidSettings, NothingUsable, UnreadableInput

COMMANDS_PAGE = Path(__file__).parents[3] / "docs" / "commands.md"
HEAVY = ("numpy", "scipy", "pydicom", "pydantic", "mri_bme.settings")


@pytest.mark.parametrize("command", sorted(N_READ.keys() & COMMANDS.keys()))
def test_a_mistyped_path_is_told_before_a_library_is_loaded(command: str, tmp_path: Path) -> None:
    program = (
        "import sys\n"
        "from mri_bme.cli import main\n"
        "try:\n"
        f"    main([{command!r}, 'no_such_place', 'out', '--out', 'x.nii.gz'])\n"
        "except SystemExit as ended:\n"
        f"    print(ended.code, [name for name in {HEAVY} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout in ("3 []\n", "2 []\n")
    assert "no_such_place" in done.stderr
    assert done.stderr.count("\n") == 1
    assert str(tmp_path) not in done.stderr


@pytest.mark.parametrize(
    ("command", "kind"),
    [("run", NothingUsable), ("segment", UnreadableInput), ("stats", InvalidSettings)],
)
def test_what_is_missing_is_named_as_it_was_typed(command: str, kind: type[Exception]) -> None:
    with pytest.raises(kind, match="nowhere/at/all"):
        check_words(command, ["nowhere/at/all"])


def test_both_volumes_of_a_registration_are_looked_for(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    with pytest.raises(UnreadableInput, match="absent"):
        check_words("register", [str(tmp_path / "a"), "absent", "--out", "t.tfm"])


@pytest.mark.parametrize(
    ("command", "words", "kind"),
    [
        ("run", ["--config", "absent.toml"], InvalidSettings),
        ("run", ["--jobs", "2", "--manifest=absent.csv"], InvalidSettings),
        ("stats", ["--clinical", "absent.csv"], InvalidSettings),
        ("segment", ["--rois", "absent.nii.gz"], UnreadableInput),
        ("verify", ["--like", "absent"], UnreadableInput),
    ],
)
def test_an_option_that_names_nothing_is_told_as_early(
    command: str, words: list[str], kind: type[Exception]
) -> None:
    with pytest.raises(kind, match=r"--[a-z]+ absent.* does not exist; check the path"):
        check_words(command, words)


def test_what_an_option_makes_need_not_be_there(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").touch()
    check_words("run", ["--config", str(tmp_path / "mine.toml"), "--set", "a.b=c"])
    check_words("rois", ["--out", "r.nii.gz", "--reference-out", "new.nii.gz", "--config"])


def test_every_option_that_is_looked_at_is_one_of_its_command() -> None:
    pages = re.split(r"^## ", COMMANDS_PAGE.read_text("utf-8"), flags=re.MULTILINE)
    told = {page.split()[1].strip("`"): page for page in pages if page.startswith("`mri-bme")}
    for command, options in READ_OPTIONS.items():
        assert options <= set(re.findall(r"--[a-z0-9-]+", told[command])), command


@pytest.mark.parametrize("words", [[], ["--jobs", "2", "absent"], ["--explain", "01", "absent"]])
def test_words_behind_an_option_are_left_to_the_command(words: list[str]) -> None:
    check_words("run", words)


@pytest.mark.parametrize(
    ("out", "is_said"),
    [("in/results", True), ("in/derivatives/mri_bme", False), ("results", False), ("in", False)],
)
def test_results_among_the_scans_are_remarked_upon(
    out: str, is_said: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert bool(remark_on_place("run", ["in", out])) == is_said
    assert not remark_on_place("report", ["in", out])


def test_a_link_that_leads_to_itself_is_no_error_of_the_remark(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    monkeypatch.chdir(tmp_path)
    assert not remark_on_place("run", ["in", "loop"])
