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
    lines = [_volumes(learned)]
    for row in sorted(learned.rules, key=lambda r: -r.overruled_ml)[:3]:
        of = "" if row.n_judged is None else f" of {row.n_judged}"
        why = row.why.replace("_", " ")
        lines.append(f"{row.what} ({why}): {row.n_overruled}{of}, {row.overruled_ml:.2f} mL")
    if not learned.rules:
        lines.append(
            "no rule was overruled; readers who are blind overrule none, as they do not see the "
            "program's outlines"
        )
    proposal = learned.proposal
    if learned.chosen is not None:
        name, value = learned.chosen
        lines.append(f"nearest to these readings: segment.{name} = {value:g}")
    lines.append(gain_in_words(proposal))
    if learned.chosen is not None and proposal.holds:
        lines.append(f"it is proposed in {learned.folder / PROPOSED_NAME}")
    else:
        lines.append(f"no setting is proposed; the tables are in {learned.folder}")
    return lines


def _volumes(learned: Learned) -> str:
    """Tell how far the program is from each reader, over the scans that they read."""
    told = []
    for reader in dict.fromkeys(row.reader for row in learned.volumes):
        apart = [r.program_ml - r.reader_ml for r in learned.volumes if r.reader == reader]
        mean = sum(apart) / len(apart)
        side = "more" if mean >= 0 else "less"
        off = sum(map(abs, apart)) / len(apart)
        told.append(
            f"{abs(mean):.2f} mL {side} than {reader} ({len(apart)} scans, {off:.2f} mL off)"
        )
    readings = f"{learned.n_readings} signed reading{'' if learned.n_readings == 1 else 's'}"
    return f"{readings}: on average the program gives {', '.join(told)}"
