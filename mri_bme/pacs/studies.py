"""Studies of an inbox: still arriving, quiet for long enough, measured.

Images arrive in one folder and are moved to another once their study has been quiet for a
while: only the second is measured, so that no half of a study is. An image that comes late
joins its study there, which is then measured again.
"""

import hashlib
import json
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from mri_bme.files import is_whole, write_json
from mri_bme.pacs.listener import ARRIVING

STUDIES, JOURNAL_NAME = "studies", "measured.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedStudy:
    """A study that is complete as far as anybody can tell; `state` tells its files apart."""

    name: str
    n_files: int
    state: str


def settle_studies(inbox: Path, *, quiet_s: float, now: float | None = None) -> int:
    """Move studies that have been quiet for `quiet_s` to where they are measured.

    A move that is cut off is finished by the next call.

    Returns
    -------
    int
        How many studies moved.
    """
    moment = time.time() if now is None else now
    n_moved = 0
    for folder in _folders(inbox / ARRIVING):
        files = _files(folder)
        if files and moment - max(path.stat().st_mtime for path in files) >= quiet_s:
            _move(files, folder, inbox / STUDIES / folder.name)
            n_moved += 1
    return n_moved


def _move(files: Iterable[Path], folder: Path, goal: Path) -> None:
    for path in files:
        target = goal / path.relative_to(folder)
        target.parent.mkdir(parents=True, exist_ok=True)
        path.replace(target)
    for emptied in (*_folders(folder), folder):
        with suppress(OSError):  # an image came meanwhile
            emptied.rmdir()


def due_studies(inbox: Path) -> tuple[ReceivedStudy, ...]:
    """Studies that changed since they were measured, or never were."""
    journal = read_journal(inbox)
    return tuple(s for s in _studies(inbox) if journal.get(s.name) != s.state)


def _studies(inbox: Path) -> Iterator[ReceivedStudy]:
    for folder in _folders(inbox / STUDIES):
        digest = hashlib.sha256()
        files = _files(folder)
        for path in files:
            found = path.stat()
            digest.update(f"{path.name} {found.st_size} {found.st_mtime_ns}\n".encode())
        if files:
            yield ReceivedStudy(name=folder.name, n_files=len(files), state=digest.hexdigest())


def read_journal(inbox: Path) -> dict[str, str]:
    """Read which studies were measured, each in which state; nothing when there is none."""
    try:
        told = json.loads((inbox / JOURNAL_NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {str(k): str(v) for k, v in told.items()} if isinstance(told, dict) else {}


def write_journal(inbox: Path, studies: Iterable[ReceivedStudy]) -> None:
    """Add studies that were measured, in the state that they were in when it began."""
    write_json(inbox / JOURNAL_NAME, read_journal(inbox) | {s.name: s.state for s in studies})


def _folders(place: Path) -> list[Path]:
    return sorted(path for path in place.iterdir() if path.is_dir()) if place.is_dir() else []


def _files(folder: Path) -> list[Path]:
    """List images that are there; what is being written has another name until it is whole."""
    return sorted(filter(is_whole, folder.rglob("*.dcm")))
