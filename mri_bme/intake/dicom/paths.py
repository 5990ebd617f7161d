"""The files of an export, in path order and in little memory."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import overload

from mri_bme.errors import NothingUsable
from mri_bme.intake.dicom.header import ARCHIVE_SUFFIXES
from mri_bme.study import PackedPaths

PATHS_PER_PACK = 32


class FilePaths(Sequence[Path]):
    """Sorted paths of files.

    `n_links_outside` counts links to folders that lie outside the export, `n_dead_links`
    those to nothing, `n_closed_folders` folders that may not be listed.
    """

    def __init__(
        self,
        texts: Sequence[str],
        *,
        n_links_outside: int = 0,
        n_dead_links: int = 0,
        n_closed_folders: int = 0,
    ) -> None:
        self._n, self.n_links_outside = len(texts), n_links_outside
        self.n_dead_links, self.n_closed_folders = n_dead_links, n_closed_folders
        self._packs = [
            PackedPaths(texts[i : i + PATHS_PER_PACK]) for i in range(0, self._n, PATHS_PER_PACK)
        ]
        self._texts = lru_cache(maxsize=64)(self._texts_of_pack)

    def _texts_of_pack(self, number: int) -> list[str]:
        return self._packs[number].texts()

    def __len__(self) -> int:
        return self._n

    def __iter__(self) -> Iterator[Path]:
        for pack in self._packs:
            yield from pack

    @overload
    def __getitem__(self, index: int) -> Path: ...
    @overload
    def __getitem__(self, index: slice) -> list[Path]: ...
    def __getitem__(self, index: int | slice) -> Path | list[Path]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(self._n))]
        return Path(self.text(range(self._n)[index]))

    def text(self, index: int) -> str:
        """Give a path as text, which takes a fraction of the time."""
        pack, place = divmod(index, PATHS_PER_PACK)
        return self._texts(pack)[place]


def list_files(root: Path) -> FilePaths:
    """List every regular file below a folder, sorted, links to folders not followed.

    Raises
    ------
    NothingUsable
        If `root` is missing, an archive, or holds no file.
    """
    if not root.exists():
        raise NothingUsable(f"input {root.name} does not exist; check the path")
    if root.is_file():
        if root.name.lower().endswith(ARCHIVE_SUFFIXES):
            raise NothingUsable("the input is an archive; unpack it and name the folder")
        return FilePaths([str(root)])
    seen = _Seen()
    folders = [str(root)]
    while folders:
        folders += _list_folder(folders.pop(), seen)
    if not seen.files:
        raise NothingUsable("the input folder holds no file; name the folder of the export")
    seen.files.sort()
    return FilePaths(
        seen.files,
        n_links_outside=_n_outside(seen.links, root),
        n_dead_links=seen.n_dead_links,
        n_closed_folders=seen.n_closed,
    )


@dataclass(slots=True)
class _Seen:
    """What the folders of an export hold."""

    files: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    n_dead_links: int = 0
    n_closed: int = 0


def _list_folder(folder: str, seen: _Seen) -> list[str]:
    """Add the files of a folder to what is seen; give its folders."""
    below = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    below.append(entry.path)
                else:
                    _add(entry, seen)
    except OSError:
        seen.n_closed += 1
    return below


def _add(entry: "os.DirEntry[str]", seen: _Seen) -> None:
    """Add a file, or count a link; one that leads to itself must not cost its neighbours."""
    try:
        if entry.is_file():
            seen.files.append(entry.path)
        elif entry.is_symlink():
            _add_link(entry, seen)
    except OSError:
        seen.n_dead_links += 1


def _add_link(link: "os.DirEntry[str]", seen: _Seen) -> None:
    if link.is_dir():
        seen.links.append(link.path)
    else:
        seen.n_dead_links += 1


def _n_outside(links: Sequence[str], root: Path) -> int:
    """Count links to what is not listed anyway; links in circles stay inside."""
    inside = os.path.join(os.path.realpath(root), "")  # noqa: PTH118  (keeps the separator)
    return sum(not os.path.join(os.path.realpath(link), "").startswith(inside) for link in links)  # noqa: PTH118
