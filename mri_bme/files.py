"""Write files whole or not at all, and hash what was read."""

import hashlib
import json
import os
import shutil
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from mri_bme.errors import InvalidSettings, OutputRefused

HASH_CHUNK_BYTES = 1 << 20
UNFINISHED = ".mri_bme-"
"""Names of files that are still being written begin so."""


def read_toml(path: Path) -> dict[str, Any]:
    """Read a TOML file that somebody wrote.

    Raises
    ------
    InvalidSettings
        If it is not there, cannot be read or is not TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError as error:
        raise InvalidSettings(f"there is no file {path.name}; check the path") from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        what = error.strerror if isinstance(error, OSError) else str(error)
        raise InvalidSettings(f"{path.name} cannot be read as TOML: {what}") from error


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`, moved onto it when the block succeeds.

    The temporary name keeps the suffixes of `path`, since writers choose a format by
    them. Nothing is left behind when the block fails. When it returns, file and name are
    on the disk, not only in memory.

    Raises
    ------
    OutputRefused
        If the folder cannot be written to or the disk is full.
    """
    temporary: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        suffix = "".join(path.suffixes[-2:])
        descriptor, name = tempfile.mkstemp(prefix=UNFINISHED, suffix=suffix, dir=path.parent)
        os.close(descriptor)
        temporary = Path(name)
        temporary.chmod(0o666 & ~_umask())
        yield temporary
        with temporary.open("r+b") as written:  # Windows syncs only what may be written to
            os.fsync(written.fileno())
        temporary.replace(path)
        _sync_folder(path.parent)
    except OSError as error:
        raise OutputRefused(
            f"cannot write {path.name}: {error.strerror or error}; choose a writable folder "
            "with enough free space"
        ) from error
    finally:
        if temporary is not None:
            with suppress(OSError):  # moved already; what stays, the next run removes
                temporary.unlink()


@contextmanager
def replacing_folder(path: Path) -> Iterator[Path]:
    """Yield a temporary folder beside `path`, moved into its place when the block succeeds.

    A file or folder that was there is gone then; when the block fails, it stays.

    Raises
    ------
    OutputRefused
        If the folder cannot be written to or the disk is full.
    """
    try:
        temporary = Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=path.parent))
        try:
            made = temporary / path.name
            made.mkdir()
            yield made
            if path.exists():
                path.replace(temporary / f"{path.name}.earlier")
            made.replace(path)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
    except OSError as error:
        raise OutputRefused(
            f"cannot write {path.name}: {error.strerror or error}; choose a writable folder "
            "with enough free space"
        ) from error


def remove_unfinished(folder: Path, *, below: bool = False) -> None:
    """Delete what a process that was killed left half-written in a folder, or also below it."""
    pattern = f"{UNFINISHED}*"
    for path in folder.rglob(pattern) if below else folder.glob(pattern):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def is_whole(path: Path) -> bool:
    """Tell a file from one that is still being written."""
    return not path.name.startswith(UNFINISHED)


def remove_outdated(path: Path) -> None:
    """Remove a file that no longer holds; one that is not there is gone already.

    Raises
    ------
    OutputRefused
        If it stays.
    """
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise OutputRefused(
            f"cannot remove {path.name}, which is out of date: {error.strerror}; remove it and run "
            "the same command again"
        ) from error


def _sync_folder(folder: Path) -> None:
    """Let a rename outlive a power cut, where the system can (not on Windows)."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file whole or not at all, as `replacing` does."""
    with replacing(path) as temporary:
        temporary.write_bytes(content)


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text with Unix line ends, whole or not at all."""
    write_bytes(path, text.encode("utf-8"))


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write plain values as JSON, whole or not at all."""
    write_text(path, json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n")


def file_sha256(path: Path) -> str:
    """Hash the bytes of a file."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(HASH_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()
