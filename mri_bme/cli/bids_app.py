"""``mri-bme-bids``: the words that every BIDS App understands, put into those of `mri-bme`."""

import argparse
import sys
from collections.abc import Sequence

from mri_bme.version import __version__

PARTICIPANT, GROUP = "participant", "group"


def parser() -> argparse.ArgumentParser:
    """Describe the words (Gorgolewski et al., PLOS Comput Biol 13:e1005209, 2017)."""
    words = argparse.ArgumentParser(
        prog="mri-bme-bids",
        description="Measure bone marrow edema of the sacroiliac joints in a BIDS tree.",
        epilog="Example: mri-bme-bids /data /data/derivatives/mri_bme participant "
        "--participant-label 01 02",
    )
    words.add_argument("bids_dir", help="A BIDS raw tree.")
    words.add_argument("output_dir", help="Where results go, or are already.")
    words.add_argument(
        "analysis_level",
        choices=(PARTICIPANT, GROUP),
        help="participant measures; group computes statistics of what was measured.",
    )
    words.add_argument(
        *("--participant-label", "--participant_label"),
        nargs="+",
        default=[],
        metavar="LABEL",
        help="Only these subjects, with or without sub- (default: all).",
    )
    words.add_argument("--n-cpus", "--n_cpus", help="Worker processes (default: as memory allows).")
    words.add_argument("--config", help="Settings as TOML (default: none).")
    words.add_argument("--clinical", help="Clinical table of the group level (default: none).")
    words.add_argument(
        *("--skip-bids-validation", "--skip_bids_validation"),
        action="store_true",
        help="Understood and not needed: what cannot be read is told by subject.",
    )
    words.add_argument("--version", action="version", version=f"mri-bme {__version__}")
    return words


def words_of(arguments: Sequence[str]) -> list[str]:
    """Put the words of a BIDS App into those of `mri-bme`.

    Examples
    --------
    >>> words_of(["in", "out", "participant", "--participant-label", "sub-01", "02"])
    ['run', 'in', 'out', '--subjects', '01', '--subjects', '02']
    >>> words_of(["in", "out", "group"])
    ['stats', 'out']
    """
    given = parser().parse_args(arguments)
    if given.analysis_level == GROUP:
        return ["stats", given.output_dir, *_option("--clinical", given.clinical)]
    labels = [label.removeprefix("sub-") for label in given.participant_label]
    chosen = [word for label in labels for word in ("--subjects", label)]
    more = (*_option("--jobs", given.n_cpus), *_option("--config", given.config))
    return ["run", given.bids_dir, given.output_dir, *chosen, *more]


def _option(name: str, value: str | None) -> tuple[str, ...]:
    return () if value is None else (name, value)


def main() -> None:
    """Run the BIDS App."""
    from mri_bme.__main__ import INTERRUPTED  # noqa: PLC0415
    from mri_bme.cli import main as run_command  # noqa: PLC0415  loading takes its time

    try:
        run_command(words_of(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
