"""Links that let one reader in: signed, and no longer than they are good for."""

import base64
import hashlib
import hmac
import os
import secrets
from pathlib import Path

from mri_bme.errors import OutputRefused
from mri_bme.readings.shelf import READINGS_FOLDER

KEY_NAME = ".room-key"
KEY_BYTES = 32
DAY_S = 86_400


class LinkRefused(OutputRefused):
    """A link or session that was forged, has expired, or is for somebody else."""


def room_key(out: Path) -> bytes:
    """Read the secret of an output folder's room, or make it; only its owner can read it.

    Raises
    ------
    OutputRefused
        If the folder cannot be written to, or the file is no secret.
    """
    path = out / READINGS_FOLDER / KEY_NAME
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            key = path.read_bytes()
        else:
            key = secrets.token_bytes(KEY_BYTES)
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(key)
                stream.flush()
                os.fsync(stream.fileno())
    except OSError as error:
        raise OutputRefused(
            f"cannot keep the secret of the reading room: {error.strerror}; choose a writable "
            "folder"
        ) from error
    if len(key) != KEY_BYTES:
        raise OutputRefused(
            f"{READINGS_FOLDER}/{KEY_NAME} is damaged; remove it, and give readers new links"
        )
    return key


def signed_pass(reader: str, *, until_s: float, key: bytes) -> str:
    """Give a text that lets a reader in until a time (seconds since 1970)."""
    said = f"{reader}.{int(until_s)}"
    return f"{said}.{_signature(said, key)}"


def reader_of_pass(text: str, *, now_s: float, key: bytes) -> str:
    """Tell whom a pass lets in.

    Raises
    ------
    LinkRefused
        If it was not signed with this key, or is no longer good.
    """
    said, _, signature = text.rpartition(".")
    if not hmac.compare_digest(signature.encode(), _signature(said, key).encode()):
        raise LinkRefused("this link was not made by this reading room; ask for a new one")
    reader, _, until = said.rpartition(".")
    if now_s > int(until):
        raise LinkRefused("this link has expired; ask for a new one")
    return reader


def form_token(session: str, *, key: bytes) -> str:
    """Give the token that a page of this session must send with every change."""
    return _signature(f"form {session}", key)


def _signature(said: str, key: bytes) -> str:
    digest = hmac.new(key, said.encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
