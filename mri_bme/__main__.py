"""`mri-bme`, also `python -m mri_bme`: a Ctrl-C before anything runs is one line, too."""

import sys

INTERRUPTED = 130  # 128 + SIGINT, as shells have it


def main() -> None:
    """Run the command line."""
    try:
        from mri_bme.cli import main as run_command  # noqa: PLC0415  loading takes its time

        run_command()
    except KeyboardInterrupt:
        sys.stderr.write("mri-bme: interrupted; run the same command again to go on\n")
        sys.exit(INTERRUPTED)


if __name__ == "__main__":
    main()
