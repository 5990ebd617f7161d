"""Where a command may write: never over what it reads, nor over a file of somebody else."""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from mri_bme.batch.lock import LOCK_NAME
from mri_bme.batch.made_with import PROVENANCE_NAME
from mri_bme.batch.own_files import record_own, recorded_names, set_aside_changed
from mri_bme.cli.voice import remark
from mri_bme.errors import InvalidSettings, OutputRefused
from mri_bme.export.conversion import sidecar_of

MAKER = "Software"
MADE_HERE = "mri_bme "


def check_outputs(
    outputs: Iterable[tuple[Path | None, Path | None]],
    *,
    inputs: Iterable[Path | None],
    force: bool,
) -> None:
    """Refuse to write over an input, or over a file that this program did not make.

    Parameters
    ----------
    outputs : iterable of (file, JSON beside it)
        What will be written; None is left out. A file counts as made here when the JSON
        beside it names this software, or when it is that JSON.
    inputs : iterable of Path or None
        What will be read.
    force : bool
        Write over files of others, but never over an input.

    Raises
    ------
    InvalidSettings
        If a file is to be written twice, over an input, or over a file of somebody else.
    """
    read = [path for path in inputs if path is not None]
    written: set[Path] = set()
    for path, sidecar in outputs:
        if path is None:
            continue
        if any(_is_same(path, other) for other in read):
            raise InvalidSettings(f"{path.name} is an input; choose another name for the output")
        if path.is_dir():
            raise InvalidSettings(f"{path.name} is a folder; name a file for the output")
        if path.resolve() in written:
            raise InvalidSettings(f"{path.name} is named for two outputs; choose another name")
        written.add(path.resolve())
        if path.exists() and not force and not _is_made_here(sidecar):
            raise InvalidSettings(
                f"{path.name} is there already and was not made by mri-bme; choose another name, "
                "or --force to write over it"
            )


def _is_same(path: Path, other: Path) -> bool:
    """Whether two paths lead to one file, by links too; spelling by case does not matter."""
    if path.exists() and other.exists():
        return path.samefile(other)
    return path.resolve() == other.resolve()


def _is_made_here(sidecar: Path | None) -> bool:
    if sidecar is None:
        return False
    try:
        facts = json.loads(sidecar.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(facts, dict) and str(facts.get(MAKER, "")).startswith(MADE_HERE)


def check_folders(source: Path, out: Path) -> None:
    """Refuse a folder of results that is a file, or the folder that is read.

    Raises
    ------
    OutputRefused
        If OUT is a file, or a link that leads nowhere.
    InvalidSettings
        If both are one folder.
    """
    if out.is_symlink() and not out.exists():
        raise OutputRefused(f"{out.name} is a link to nothing; name a folder for the output")
    if out.exists() and not out.is_dir():
        raise OutputRefused(f"{out.name} is a file; name a folder for the output")
    if source.exists() and out.resolve() == source.resolve():
        raise InvalidSettings("INPUT and OUT are one folder; name another one for the results")


def check_beginnings(files: Mapping[Path, str], *, force: bool) -> None:
    """Refuse to write over a file that does not begin as those that this command writes.

    Parameters
    ----------
    files : mapping of Path to str
        How each file begins when it was made here, as the header of a table.
    force : bool
        Write over files of others.

    Raises
    ------
    InvalidSettings
        If one of the files is of somebody else.
    """
    for path, beginning in files.items():
        if path.exists() and not force and not _begins(path, beginning):
            raise InvalidSettings(
                f"{path.name} is there already and was not made by mri-bme; choose another place, "
                "or --force to write over it"
            )


def _begins(path: Path, beginning: str) -> bool:
    expected = beginning.encode()
    try:
        with path.open("rb") as stream:
            return stream.read(len(expected)) == expected
    except OSError:
        return False


def check_results(out: Path, names: Iterable[str], *, force: bool = False) -> None:
    """Refuse a folder where somebody else's files bear the names of results.

    A folder is ours once a run has locked it, or left its provenance there.

    Raises
    ------
    InvalidSettings
        If a file of one of `names` lies in a folder that no run has written to.
    """
    if force or (out / LOCK_NAME).is_file() or _holds(out / PROVENANCE_NAME, "settings_sha256"):
        return
    there = sorted(name for name in names if (out / name).exists())
    if there:
        raise InvalidSettings(
            f"{out.name} holds {', '.join(there)}, which mri-bme did not make and would write "
            "over; name another folder for the results"
        )


def check_pictures(folder: Path, names: Iterable[str], *, force: bool) -> None:
    """Refuse to write over pictures that lie there without the sidecar that each of ours has.

    Raises
    ------
    InvalidSettings
        If one of `names` is there, was not recorded as made here, and has no sidecar.
    """
    if force:
        return
    own = recorded_names(folder)
    foreign = [
        name
        for name in names
        if name not in own
        and (folder / name).exists()
        and not (folder / sidecar_of(name)).is_file()
    ]
    if foreign:
        raise InvalidSettings(
            f"{len(foreign)} pictures that mri-bme did not make lie where it would write, first "
            f"{foreign[0]}; choose another place, or --force to write over them"
        )


@contextmanager
def own_files(folder: Path, *, force: bool = False) -> Iterator[list[str]]:
    """Keep what somebody edited among the files that this command wrote here before.

    An edited file becomes ``NAME.changed``, and that is said; with `force` it is written over.

    Yields
    ------
    list of str
        To be filled with the names, below `folder`, of the files that are written.

    Raises
    ------
    OutputRefused
        If an edited file cannot be kept.
    """
    try:
        kept = () if force else set_aside_changed(folder)
    except OSError as error:
        raise OutputRefused(f"cannot keep a file that was edited: {error.strerror}") from error
    tell_kept(kept)
    written: list[str] = []
    try:
        yield written
    finally:
        if written and folder.is_dir():
            record_own(folder, written)


def tell_kept(names: Iterable[str]) -> None:
    """Say under which names edited files are kept."""
    for name in names:
        remark(f"a file was edited since it was written; it is kept as {name}")


def _holds(path: Path, key: str) -> bool:
    try:
        return key in json.loads(path.read_text(encoding="utf-8"))
    except (OSError, TypeError, ValueError):
        return False
