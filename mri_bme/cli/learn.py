"""`mri-bme learn`: what readers say the program does wrong, and settings that would do better."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from mri_bme.batch.learn import (
    FILES,
    FOLDER,
    PROPOSED_NAME,
    Learned,
    gain_in_words,
    learn_from_readings,
)
from mri_bme.cli.places import own_files


def learn(
    out: Annotated[Path, typer.Argument(help="Folder that `mri-bme run` wrote, with readings.")],
) -> None:
    """Say which rules readers overrule at this site; propose settings, never apply them."""
    with own_files(out / FOLDER) as written:
        learned = learn_from_readings(out)
        written.extend(FILES)
    for line in _lines(learned):
        sys.stdout.write(f"{line}\n")


def _lines(learned: Learned) -> list[str]:
    program = sum(row.program_ml for row in learned.volumes)
    read = sum(row.reader_ml for row in learned.volumes)
    lines = [
        f"{learned.n_readings} signed readings: the program gives {program:.2f} mL in all, "
        f"readers {read:.2f} mL"
    ]
    for row in sorted(learned.rules, key=lambda r: -r.overruled_ml)[:3]:
        of = "" if row.n_judged is None else f" of {row.n_judged}"
        why = row.why.replace("_", " ")
        lines.append(f"{row.what} ({why}): {row.n_overruled}{of}, {row.overruled_ml:.2f} mL")
    lines.append(gain_in_words(learned.proposal))
    if learned.chosen is not None and learned.proposal.holds:
        name, value = learned.chosen
        lines.append(f"proposed: segment.{name} = {value:g}, in {learned.folder / PROPOSED_NAME}")
    else:
        lines.append(f"no setting is proposed; the tables are in {learned.folder}")
    return lines
