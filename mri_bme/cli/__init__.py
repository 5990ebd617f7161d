"""Arguments and exit codes; one module per command, loaded when it is called."""

import gc
import io
import os
import sys
import time
from collections.abc import Callable
from importlib import import_module

import typer

from mri_bme.cli import exits
from mri_bme.cli.caches import caches_of_its_own
from mri_bme.cli.early import check_early
from mri_bme.cli.examples import epilog
from mri_bme.cli.taken import name_what_is_taken
from mri_bme.cli.voice import detail, remark, speaking
from mri_bme.cli.words import check_words, remark_on_place
from mri_bme.errors import InvalidSettings, MriBmeError
from mri_bme.inert import for_terminal
from mri_bme.loudness import Loudness
from mri_bme.nearest import did_you_mean
from mri_bme.version import __version__

COMMANDS = {
    "run": "Measure every subject of INPUT into OUT; run again to resume.",
    "inspect": "Show subjects, visits and series; which series is chosen, and why not the others.",
    "convert": "Write every MR series as NIfTI with a sidecar, and OUT/series.csv with one row "
    "each.",
    "rois": "Find the eight quadrants beside the sacroiliac joints, and normal marrow.",
    "segment": "Find the edema inside ROIs; write its mask, and what it means as JSON beside it.",
    "register": "Find the rigid motion of the pelvis between two visits.",
    "report": "Write the pages of a run again, or draw a figure, without measuring anything again.",
    "read": "Open the reading room: readers look, correct and score in a browser, on this machine.",
    "agreement": "Compare readers with each other, with themselves and with the program.",
    "learn": "Say which rules readers overrule at this site; propose settings, never apply them.",
    "stats": "Compute cohort statistics into OUT/stats: tidy tables and one page.",
    "export": "Write results in other people's formats: DICOM for a PACS, NRRD, RTSTRUCT, BIDS.",
    "fetch": "Bring the MR series worth measuring from a PACS.",
    "send": "Send DICOM objects to a PACS; each is confirmed by it, or named with the reason.",
    "listen": "Take MR studies that are sent, measure them, send results.",
    "phantom": "Make a synthetic subject: DICOM of both visits and truth.json.",
    "verify": (
        "Measure bias, linearity, precision and detection on phantoms; hold them against criteria."
    ),
    "sample-size": "Tell how many subjects a trial needs, from precision and expected change.",
    "settings": "Show every setting with its default and what it does.",
    "doctor": "Check the installation and the machine; exit code 1 when something must be fixed.",
}
"""Every command in the order of `mri-bme --help`, and the first line of its own help.

`mri_bme.cli.<name>` holds a function of that name, with ``_`` for ``-``.
"""


FLAGS = ("--debug", "--quiet", "--verbose")
"""Flags of every command, understood before and after its name."""

HELP_WIDTH = 100
NAME = "mri-bme"  # shells complete what is called so
HELP = frozenset({"-h", "--help"})
COMPLETING = "_MRI_BME_COMPLETE"  # set by the script that --show-completion prints


def options(
    debug: bool = typer.Option(False, "--debug", help="Show the traceback of an error."),
    quiet: bool = typer.Option(
        False, "--quiet", help="Say errors only, and what a command was asked for."
    ),
    verbose: bool = typer.Option(
        False, "--verbose", help="Say more: versions, every stage of `run`, and seconds."
    ),
    version: bool = typer.Option(False, "--version", help="Show the version and stop."),
) -> None:
    """Measure bone marrow edema of the sacroiliac joints on MRI, and its change."""


def app_with(called: str | None) -> typer.Typer:
    """Make the application with one command loaded, the others by name only."""
    app = typer.Typer(
        name=NAME,
        no_args_is_help=True,
        add_completion=True,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,  # a word in brackets is a word
        context_settings={
            "help_option_names": ["-h", "--help"],
            "max_content_width": HELP_WIDTH,
        },
    )
    app.callback(epilog=epilog(None))(options)
    for name, line in COMMANDS.items():
        if name == called:
            app.command(name, short_help=line, epilog=epilog(name))(load_command(name))
        else:
            app.command(name, short_help=line)(_not_called)
    return app


def load_command(name: str) -> Callable[..., None]:
    """Import a command; nothing that loading makes is to be collected, then or later."""
    name = name.replace("-", "_")
    gc.disable()
    try:
        function: Callable[..., None] = getattr(import_module(f"{__name__}.{name}"), name)
    finally:
        gc.freeze()
        gc.enable()
    name_what_is_taken(function)
    return function


def _not_called() -> None:
    """Stand for a command in the list of `--help`."""


def main(arguments: list[str] | None = None) -> None:
    """Run `mri-bme`; errors become one or two lines on stderr and an exit code."""
    arguments = sys.argv[1:] if arguments is None else arguments
    if "--version" in arguments[:1]:
        sys.stdout.write(f"mri-bme {__version__}\n")
        return
    debug = "--debug" in arguments
    _let_streams_take_any_letter()
    try:
        with speaking(_loudness(arguments)):
            _run([word for word in arguments if word not in FLAGS])
    except MriBmeError as error:
        if debug:
            raise
        sys.stderr.write(f"mri-bme: {for_terminal(str(error))}\n")
        sys.exit(exits.exit_code_of(error))
    except Exception as error:
        if debug:
            raise
        sys.stderr.write(
            f"mri-bme: unexpected {type(error).__name__}; run again with --debug for the "
            "traceback and report it\n"
        )
        sys.exit(exits.UNEXPECTED)


def _let_streams_take_any_letter() -> None:
    """Show what a console has no letter for as a question mark; consoles of Windows lack many."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def _run(arguments: list[str]) -> None:
    _check_not_empty(arguments)
    completed = _completed()
    command = _command_of(completed or arguments)
    if command is not None and not completed:
        words = arguments[arguments.index(command) + 1 :] if command in arguments else []
        _check_command(command)
        if not HELP.intersection(words):
            check_words(command, words)
            check_early(command, words)
            if beside := remark_on_place(command, words):
                remark(beside)
    started = time.perf_counter()
    try:
        with caches_of_its_own():
            app_with(command)(arguments, prog_name=NAME)
    finally:
        detail(f"{time.perf_counter() - started:.1f} s, mri-bme {__version__}")


def _loudness(arguments: list[str]) -> Loudness:
    chosen = [one for one in (Loudness.QUIET, Loudness.VERBOSE) if f"--{one}" in arguments]
    if len(chosen) > 1:
        raise InvalidSettings("--quiet and --verbose contradict each other; give one of them")
    return chosen[0] if chosen else Loudness.NORMAL


def _check_command(command: str) -> None:
    if command not in COMMANDS:
        advice = did_you_mean(command, COMMANDS, otherwise="`mri-bme --help` lists them")
        raise InvalidSettings(f"there is no command {command!r}; {advice}")


def _completed() -> list[str]:
    """Words of a line that a shell asks to be completed; none when a command is run."""
    if COMPLETING not in os.environ:
        return []
    return os.environ.get("_TYPER_COMPLETE_ARGS", os.environ.get("COMP_WORDS", "")).split()[1:]


def _check_not_empty(arguments: list[str]) -> None:
    """Refuse an empty argument: an unset variable of a script would name the current folder."""
    if "" in arguments:
        raise InvalidSettings(
            "an argument is empty (an unset variable?); name a file or folder, `.` for this one"
        )


def _command_of(arguments: list[str]) -> str | None:
    """First word that is no option: options before the command take no value."""
    return next((word for word in arguments if not word.startswith("-")), None)
