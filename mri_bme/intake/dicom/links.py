"""Which pseudonym stands for which PatientID: beside the key, for its owner's eyes only."""

import csv
import io
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from mri_bme.errors import OutputRefused
from mri_bme.intake.dicom.key import key_path

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

COLUMNS = ("subject", "patient_id")


def links_path() -> Path:
    """Where the table is kept: beside the key, named after it."""
    key = key_path()
    return key.with_name(f"{key.stem}.subjects.csv")


def keep_links(links: Mapping[str, str]) -> None:
    """Add pseudonyms and their PatientIDs to the table; what it has stays.

    Raises
    ------
    OutputRefused
        If it cannot be written.
    """
    if not links:
        return
    path = links_path()
    try:
        with _held(path):
            known = read_links()
            if set(links.items()) <= set(known.items()):
                return
            _write(path, {**known, **links})
    except OSError as error:
        raise OutputRefused(
            f"the table of pseudonyms beside their key cannot be kept: {error.strerror}"
        ) from error


def read_links() -> dict[str, str]:
    """Read the table; empty where there is none."""
    try:
        text = links_path().read_text(encoding="utf-8")
    except OSError:
        return {}
    rows = list(csv.reader(io.StringIO(text)))
    return {row[0]: row[1] for row in rows[1:] if len(row) == len(COLUMNS)}


def _write(path: Path, links: Mapping[str, str]) -> None:
    descriptor, temporary = tempfile.mkstemp(prefix=".subjects-", dir=path.parent)  # mode 600
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream, lineterminator="\n")
            writer.writerow(COLUMNS)
            writer.writerows(sorted(links.items()))
        Path(temporary).replace(path)
    finally:
        Path(temporary).unlink(missing_ok=True)


@contextmanager
def _held(path: Path) -> Iterator[None]:
    """Keep other runs of the same user from writing at the same moment."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = path.with_suffix(".lock")
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if fcntl is not None:
            with suppress(OSError):  # some network file systems have no locks
                fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
