"""Arguments and exit codes; one module per command."""

import sys
from collections.abc import Callable

import typer

from mri_bme.cli import exits
from mri_bme.cli.convert import convert
from mri_bme.cli.doctor import doctor
from mri_bme.cli.inspect import inspect
from mri_bme.cli.phantom import phantom
from mri_bme.cli.register import register
from mri_bme.cli.report import report
from mri_bme.cli.rois import rois
from mri_bme.cli.run import run
from mri_bme.cli.segment import segment
from mri_bme.cli.stats import stats
from mri_bme.cli.verify import verify
from mri_bme.errors import MriBmeError
from mri_bme.version import __version__

COMMANDS: tuple[Callable[..., None], ...] = (
    run,
    inspect,
    convert,
    rois,
    segment,
    register,
    report,
    stats,
    phantom,
    verify,
    doctor,
)
"""Every command, in the order in which `mri-bme --help` lists them."""

app = typer.Typer(
    name="mri-bme",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def options(
    debug: bool = typer.Option(False, "--debug", help="Show the traceback of an error."),
    version: bool = typer.Option(False, "--version", help="Show the version and stop."),
) -> None:
    """Measure bone marrow edema of the sacroiliac joints on MRI, and its change."""


for command in COMMANDS:
    app.command()(command)


def main(arguments: list[str] | None = None) -> None:
    """Run `mri-bme`; errors become one or two lines on stderr and an exit code."""
    arguments = sys.argv[1:] if arguments is None else arguments
    if "--version" in arguments[:1]:
        sys.stdout.write(f"mri-bme {__version__}\n")
        return
    debug = "--debug" in arguments
    try:
        app([a for a in arguments if a != "--debug"])
    except MriBmeError as error:
        if debug:
            raise
        sys.stderr.write(f"mri-bme: {error}\n")
        sys.exit(exits.exit_code_of(error))
    except Exception as error:
        if debug:
            raise
        sys.stderr.write(
            f"mri-bme: unexpected {type(error).__name__}; run again with --debug for the "
            "traceback and report it\n"
        )
        sys.exit(exits.UNEXPECTED)
