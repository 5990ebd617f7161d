"""Which studies of an inbox are complete as far as anybody can tell, and not measured yet."""

import hashlib
import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from mri_bme.files import write_json

JOURNAL_NAME = "measured.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedStudy:
    """One study of an inbox: `state` tells its files, `quiet_s` since when nothing came."""

    folder: Path
    n_files: int
    state: str
    quiet_s: float

    @property
    def name(self) -> str:
        """Name of its folder."""
        return self.folder.name


def received_studies(inbox: Path, *, now: float | None = None) -> tuple[ReceivedStudy, ...]:
    """Look at every study that has arrived."""
    moment = time.time() if now is None else now
    folders = sorted(path for path in inbox.iterdir() if path.is_dir()) if inbox.is_dir() else []
    return tuple(filter(None, (_study(folder, moment) for folder in folders)))


def _study(folder: Path, now: float) -> ReceivedStudy | None:
    newest, digest, n_files = 0.0, hashlib.sha256(), 0
    for path in sorted(folder.rglob("*.dcm")):
        found = path.stat()
        newest = max(newest, found.st_mtime)
        digest.update(f"{path.name} {found.st_size} {found.st_mtime_ns}\n".encode())
        n_files += 1
    if not n_files:
        return None
    return ReceivedStudy(
        folder=folder, n_files=n_files, state=digest.hexdigest(), quiet_s=now - newest
    )


def read_journal(inbox: Path) -> dict[str, str]:
    """Read which studies were measured, each in which state; nothing when there is none."""
    try:
        told = json.loads((inbox / JOURNAL_NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {str(k): str(v) for k, v in told.items()} if isinstance(told, dict) else {}


def write_journal(inbox: Path, studies: Iterable[ReceivedStudy]) -> None:
    """Add studies that were measured in the state that they were in when it began."""
    journal = read_journal(inbox) | {study.name: study.state for study in studies}
    write_json(inbox / JOURNAL_NAME, journal)


def due(
    studies: Iterable[ReceivedStudy], journal: Mapping[str, str], *, quiet_s: float
) -> tuple[ReceivedStudy, ...]:
    """Choose studies to be measured now: quiet for long enough, and changed since the last time."""
    return tuple(
        study
        for study in studies
        if study.quiet_s >= quiet_s and journal.get(study.name) != study.state
    )
