"""Subjects whose analysis takes milliseconds, and misbehaves when its input says so."""

import os
import signal
import time
from collections.abc import Mapping
from pathlib import Path

from mri_bme.batch.inputs import Source, SubjectUnit, VisitUnit
from mri_bme.batch.plan import with_folders
from mri_bme.batch.stages import StageMemory
from mri_bme.batch.work import Done
from mri_bme.errors import NotEvaluable
from mri_bme.files import write_text
from mri_bme.record.tables import Row
from mri_bme.settings import Settings


def analyze(unit: SubjectUnit, folder: Path, settings: Settings, stages: StageMemory) -> Done:
    """Sum the numbers of each visit's file; other words in it are orders to fail."""
    rows, outputs = [], []
    for visit in unit.visits:
        stages.enter(f"read {visit.label}")
        assert visit.volume is not None
        assert visit.volume.path is not None
        words = visit.volume.path.read_text().split()
        obey(words, folder)
        numbers = tuple(float(word) for word in words if word[0].isdigit())
        total = stages("rois", (visit.label,), lambda numbers=numbers: sum(numbers))
        doubled = stages("edema", (visit.label,), lambda total=total: 2 * total)
        name = f"ses-{visit.label}/edema.txt"
        write_text(folder / name, f"{doubled:.3f}\n" * 100)
        outputs.append(name)
        row = {"subject": unit.subject, "visit": visit.label, "edema_ml": doubled}
        rows.append(row | {"evaluable": True})
    return Done(status="ok", outputs=tuple(outputs), rows={"visits": tuple(rows)})


def obey(words: list[str], folder: Path) -> None:
    """Sleep, crash or die as told."""
    for word in words:
        if word == "raise":
            raise ValueError("secret name")
        if word == "refuse":
            raise NotEvaluable("the slab misses the joint")
        if word == "memory":
            raise MemoryError
        if word == "die" or (word == "die-once" and not (folder / "died").exists()):
            (folder / "died").touch()
            os.kill(os.getpid(), signal.SIGKILL)
        if word == "hang":
            time.sleep(600)
        if word == "nap":
            time.sleep(0.05)
        if word == "write":
            write_text(folder / "big.txt", "x" * 4_000_000)


def rows_of_failed(unit: SubjectUnit, reason: str) -> Mapping[str, tuple[Row, ...]]:
    """One row per visit that says why."""
    return {
        "visits": tuple(
            {"subject": unit.subject, "visit": v.label, "evaluable": False, "reason": reason}
            for v in unit.visits
        )
    }


def make_units(folder: Path, texts: Mapping[str, str]) -> tuple[SubjectUnit, ...]:
    """Make one subject per text, with the text as baseline and week 14."""
    folder.mkdir(parents=True, exist_ok=True)
    for subject, text in texts.items():
        (folder / f"{subject}.txt").write_text(text)
    return read_units(folder)


def read_units(folder: Path) -> tuple[SubjectUnit, ...]:
    """List the subjects of a folder."""
    units = []
    for path in sorted(folder.glob("*.txt")):
        visits = tuple(
            VisitUnit(label=label, day=day, volume=Source(path=path))
            for label, day in (("baseline", 0), ("week14", 98))
        )
        units.append(SubjectUnit(subject=path.stem, folder="", visits=visits))
    return with_folders(units)


def table_bytes(out: Path) -> dict[str, bytes]:
    """Every CSV of an output."""
    return {path.name: path.read_bytes() for path in sorted(out.glob("*.csv"))}
