"""What the program made in a folder of results, by content: nothing else there is deleted.

A folder whose files are replaced by later commands keeps a record of what each file held when
it was written. What still holds that is deleted; what somebody changed, or put there, is set
aside under another name.
"""

import json
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

from mri_bme.files import file_sha256, write_json

OWN_NAME = ".made.json"
CHANGED_SUFFIX = ".changed"


def record_own(folder: Path, names: Iterable[str]) -> None:
    """Record what files of a folder hold now, beside what is recorded of others.

    Raises
    ------
    OutputRefused
        If the record cannot be written.
    """
    now = {name: file_sha256(folder / name) for name in names if (folder / name).is_file()}
    write_json(folder / OWN_NAME, dict(sorted({**_recorded(folder), **now}.items())))


def remove_own(folder: Path, names: Iterable[str]) -> None:
    """Delete files that hold what was recorded; set aside those that do not.

    Raises
    ------
    OSError
        If a file can be neither deleted nor renamed.
    """
    held = _recorded(folder)
    for name in names:
        remove_or_set_aside(folder / name, held.get(name))
    if not any((folder / name).exists() for name in held):
        (folder / OWN_NAME).unlink(missing_ok=True)


def recorded_names(folder: Path) -> frozenset[str]:
    """Names of the files that were recorded as made here."""
    return frozenset(_recorded(folder))


def set_aside_changed(folder: Path) -> tuple[str, ...]:
    """Rename the files of a folder that no longer hold what was recorded of them.

    For commands that write all of their files anew: what somebody edited is kept.

    Returns
    -------
    tuple of str
        The new names, ``NAME.changed`` or a further one.

    Raises
    ------
    OSError
        If a file can be neither read nor renamed.
    """
    kept = []
    for name, sha256 in _recorded(folder).items():
        path = folder / name
        if path.is_file() and not path.is_symlink() and file_sha256(path) != sha256:
            aside = _free_name(path)
            path.replace(aside)
            kept.append(str(aside.relative_to(folder)))
    return tuple(kept)


@contextmanager
def keeping_earlier(path: Path) -> Iterator[list[str]]:
    """Keep what a file held before the block, where it holds something else afterwards.

    Yields
    ------
    list of str
        The name that it was kept under, once the block has ended; empty where nothing was lost.
    """
    kept: list[str] = []
    if not path.is_file():
        yield kept
        return
    aside = _free_name(path)
    shutil.copyfile(path, aside)
    try:
        yield kept
    finally:
        if file_sha256(aside) == file_sha256(path):
            aside.unlink()
        else:
            kept.append(aside.name)


def remove_or_set_aside(path: Path, sha256: str | None) -> None:
    """Delete a file that has this hash; any other becomes ``NAME.changed``.

    A link is taken away, and what it leads to is left alone.
    """
    if path.is_file() and not path.is_symlink() and file_sha256(path) != sha256:
        path.replace(_free_name(path))
    path.unlink(missing_ok=True)


def _free_name(path: Path) -> Path:
    """First of ``NAME.changed``, ``NAME.changed2``, ... that is not there: none is lost."""
    first = path.with_name(path.name + CHANGED_SUFFIX)
    more = (path.with_name(f"{path.name}{CHANGED_SUFFIX}{n}") for n in count(2))
    return first if not first.exists() else next(name for name in more if not name.exists())


def _recorded(folder: Path) -> Mapping[str, str]:
    """Read what is recorded; nothing where the record is missing or damaged."""
    with suppress(OSError, ValueError):
        found = json.loads((folder / OWN_NAME).read_bytes())
        if isinstance(found, dict):
            return {str(name): str(sha256) for name, sha256 in found.items()}
    return {}
