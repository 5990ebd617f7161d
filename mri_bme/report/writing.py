"""Put pages, pictures and figures on disk, whole or not at all."""

import os
import tempfile
from pathlib import Path

from mri_bme.errors import OutputRefused


def write_bytes(content: bytes, path: Path) -> None:
    """Write a file by renaming a finished one.

    Raises
    ------
    OutputRefused
        If the folder cannot be written or the disk is full.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        temporary = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            temporary.chmod(0o644)
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise OutputRefused(
            f"{path.name} cannot be written ({error.strerror}); free space or choose another folder"
        ) from error


def write_text(text: str, path: Path) -> None:
    """Write text as UTF-8, as `write_bytes` does."""
    write_bytes(text.encode("utf-8"), path)
