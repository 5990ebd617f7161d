"""One command is loaded at a time, and an error is one line and an exit code."""

import json
import os
import subprocess
import sys

import pytest

from mri_bme import cli
from mri_bme.cli import COMMANDS, load_command, main
from mri_bme.errors import NothingUsable
from mri_bme.version import __version__


def in_fresh_python(program: str) -> object:
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_help_loads_no_command() -> None:
    program = (
        "import sys, json, io, contextlib\n"
        "from mri_bme.cli import main\n"
        "said = io.StringIO()\n"
        "with contextlib.redirect_stdout(said), contextlib.suppress(SystemExit):\n"
        "    main(['--help'])\n"
        "print(json.dumps([said.getvalue(), sorted(sys.modules)]))"
    )
    said, loaded = in_fresh_python(program)  # type: ignore[misc]
    assert all(name in said for name in COMMANDS)
    assert "numpy" not in loaded


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_of_commands_quotes_the_help_of_each(name: str) -> None:
    text = str(load_command(name).__doc__).split("\n\n")[0]
    assert COMMANDS[name] == " ".join(text.split())


def test_an_empty_argument_is_not_the_current_folder(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["inspect", ""])
    assert left.value.code == 2
    assert "an argument is empty" in capsys.readouterr().err


def fail_with(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    def doctor() -> None:
        raise error

    monkeypatch.setattr(cli, "load_command", lambda name: doctor)


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (NothingUsable("no MR series"), 3, "mri-bme: no MR series\n"),
        (ValueError("Surname"), 1, "mri-bme: unexpected ValueError; run again with --debug"),
    ],
)
def test_an_error_is_one_line_and_an_unexpected_one_tells_no_value(
    error: Exception, code: int, words: str, monkeypatch, capsys
) -> None:
    fail_with(error, monkeypatch)
    with pytest.raises(SystemExit) as ended:
        main(["doctor"])
    assert ended.value.code == code
    said = capsys.readouterr().err
    assert said.startswith(words)
    assert said.count("\n") == 1
    assert "Surname" not in said


@pytest.mark.parametrize("arguments", [["--debug", "doctor"], ["doctor", "--debug"]])
def test_with_debug_the_error_itself_is_shown(arguments: list[str], monkeypatch) -> None:
    fail_with(ValueError("as it is"), monkeypatch)
    with pytest.raises(ValueError, match="as it is"):
        main(arguments)


def test_the_version_is_said_and_nothing_done(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--version"])
    assert capsys.readouterr().out == f"mri-bme {__version__}\n"


def test_a_command_that_is_none_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["masure"])
    assert ended.value.code == 2
    assert "there is no command 'masure'" in capsys.readouterr().err


def test_a_mistyped_command_is_answered_with_the_nearest(capsys) -> None:
    with pytest.raises(SystemExit):
        main(["stat", "out"])
    assert "did you mean stats" in capsys.readouterr().err


@pytest.mark.parametrize("flag", ["--quiet", "--verbose"])
def test_loudness_is_understood_before_and_after_a_command(flag: str, capsys) -> None:
    for words in ([flag, "settings", "n_sd"], ["settings", "n_sd", flag]):
        with pytest.raises(SystemExit) as ended:
            main(words)
        assert ended.value.code == 0
        assert ("s, mri-bme " in capsys.readouterr().err) == (flag == "--verbose")


def test_quiet_and_verbose_contradict_each_other(capsys) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["settings", "--quiet", "--verbose"])
    assert ended.value.code == 2


@pytest.mark.parametrize(
    ("line", "offered"), [("mri-bme run --re", "--retry-failed"), ("mri-bme re", "register")]
)
def test_a_shell_completes_commands_and_options(line: str, offered: str) -> None:
    asked = {
        "_MRI_BME_COMPLETE": "complete_bash",
        "COMP_WORDS": line,
        "COMP_CWORD": str(len(line.split()) - 1),
    }
    done = subprocess.run(
        [sys.executable, "-m", "mri_bme"],
        env=os.environ | asked,
        capture_output=True,
        text=True,
        check=False,
    )
    assert offered in done.stdout.split()
