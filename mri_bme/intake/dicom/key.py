"""The key of the pseudonyms: with the user, never with the results, readable by nobody else."""

import os
import secrets
import stat
import tempfile
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from mri_bme.errors import OutputRefused

KEY_VARIABLE = "MRI_BME_KEY_FILE"
KEY_BYTES = 32
OTHERS = stat.S_IRWXG | stat.S_IRWXO


def key_path() -> Path:
    """Where the key is kept."""
    named = os.environ.get(KEY_VARIABLE)
    if named:
        return Path(named)
    config = os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    return Path(config) / "mri_bme" / "pseudonym.key"


def read_key() -> bytes | None:
    """Read the key, None when there is none yet.

    Raises
    ------
    OutputRefused
        If others can read it, or it is too short to be one.
    """
    path = key_path()
    try:
        key, mode = path.read_bytes(), path.stat().st_mode
    except OSError:
        return None
    if os.name == "posix" and mode & OTHERS:
        raise OutputRefused(
            "the key of the pseudonyms can be read by others than its owner, so pseudonyms can be "
            "undone; `chmod 600` it, or make a new one if it may have been copied"
        )
    if len(key) < KEY_BYTES:
        raise OutputRefused(
            "the key file of the pseudonyms is damaged; restore it, or name another in "
            f"{KEY_VARIABLE}"
        )
    return key


def make_key() -> bytes:
    """Read the key, or make one that only its owner can read.

    It appears whole or not at all, so runs that start together find the same.

    Raises
    ------
    OutputRefused
        If it cannot be kept: pseudonyms of another run would differ.
    """
    key = read_key()
    if key is None:
        try:
            _put(key_path(), secrets.token_bytes(KEY_BYTES))
        except OSError as error:
            raise OutputRefused(
                f"the key of the pseudonyms cannot be kept: {error.strerror}; name a writable file "
                f"in the environment variable {KEY_VARIABLE}"
            ) from error
        key = read_key()
    if key is None:
        raise OutputRefused(
            f"the key of the pseudonyms cannot be read again; name another file in {KEY_VARIABLE}"
        )
    return key


def _put(path: Path, key: bytes) -> None:
    """Write a key beside its place and link it there, unless one has come first."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor, temporary = tempfile.mkstemp(prefix=".key-", dir=path.parent)  # mode 600
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(key)
            stream.flush()
            os.fsync(stream.fileno())
        with suppress(FileExistsError):
            try:
                os.link(temporary, path)
            except (PermissionError, NotImplementedError):  # no links on this file system
                if not path.exists():
                    Path(temporary).replace(path)
    finally:
        Path(temporary).unlink(missing_ok=True)


def passing_key() -> bytes:
    """Read the key, or take one that lasts as long as this process and is kept nowhere."""
    return read_key() or _of_this_process()


@lru_cache(maxsize=1)
def _of_this_process() -> bytes:
    return secrets.token_bytes(KEY_BYTES)
