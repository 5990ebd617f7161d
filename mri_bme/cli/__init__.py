"""Arguments and exit codes; one module per command, loaded when it is called."""

import sys
from collections.abc import Callable
from importlib import import_module

import typer

from mri_bme.cli import exits
from mri_bme.cli.caches import caches_of_its_own
from mri_bme.errors import InvalidSettings, MriBmeError
from mri_bme.inert import for_terminal
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
    "stats": "Compute cohort statistics into OUT/stats: tidy tables and one page.",
    "phantom": "Make a synthetic subject: DICOM of both visits and truth.json.",
    "verify": "Measure bias, linearity, repeatability and detectable change on phantoms.",
    "settings": "Show every setting with its default and what it does.",
    "doctor": "Check the installation and the machine; exit code 1 when something must be fixed.",
}
"""Every command in the order of `mri-bme --help`, and the first line of its own help.

`mri_bme.cli.<name>` holds a function of that name.
"""


def options(
    debug: bool = typer.Option(False, "--debug", help="Show the traceback of an error."),
    version: bool = typer.Option(False, "--version", help="Show the version and stop."),
) -> None:
    """Measure bone marrow edema of the sacroiliac joints on MRI, and its change."""


def app_with(called: str | None) -> typer.Typer:
    """Make the application with one command loaded, the others by name only."""
    app = typer.Typer(
        name="mri-bme",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,  # a word in brackets is a word
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(options)
    for name, line in COMMANDS.items():
        if name == called:
            app.command(name)(load_command(name))
        else:
            app.command(name, help=line)(_not_called)
    return app


def load_command(name: str) -> Callable[..., None]:
    """Import a command."""
    function: Callable[..., None] = getattr(import_module(f"{__name__}.{name}"), name)
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
    try:
        _check_not_empty(arguments)
        with caches_of_its_own():
            app_with(_command_of(arguments))([a for a in arguments if a != "--debug"])
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


def _check_not_empty(arguments: list[str]) -> None:
    """Refuse an empty argument: an unset variable of a script would name the current folder."""
    if "" in arguments:
        raise InvalidSettings(
            "an argument is empty (an unset variable?); name a file or folder, `.` for this one"
        )


def _command_of(arguments: list[str]) -> str | None:
    """First word that is no option: options before the command take no value."""
    return next((word for word in arguments if not word.startswith("-")), None)
