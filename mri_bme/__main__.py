"""`mri-bme`, also `python -m mri_bme`: Ctrl-C or SIGTERM before anything runs is one line, too."""

import signal
import sys
from types import FrameType

OF_A_SIGNAL = 128  # added to its number, as shells have it
INTERRUPTED = OF_A_SIGNAL + signal.SIGINT


class Terminated(KeyboardInterrupt):
    """A request to end that came as SIGTERM; it unwinds as Ctrl-C does."""


def _terminated(_number: int, _frame: FrameType | None) -> None:
    raise Terminated


def main() -> None:
    """Run the command line."""
    before = signal.signal(signal.SIGTERM, _terminated)
    try:
        from mri_bme.cli import main as run_command  # noqa: PLC0415  loading takes its time

        run_command()
    except KeyboardInterrupt as asked:
        sys.stderr.write("mri-bme: interrupted; run the same command again to go on\n")
        number = signal.SIGTERM if isinstance(asked, Terminated) else signal.SIGINT
        sys.exit(OF_A_SIGNAL + number)
    finally:
        signal.signal(signal.SIGTERM, before)


if __name__ == "__main__":
    main()
