"""What a DICOMDIR lists and the export does not hold."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mri_bme.intake.dicom.frames import uid_digest
from mri_bme.intake.dicom.free_text import is_plain_file_name

MAX_NAMED_FILES = 3
VERSION_SUFFIX = ";"  # of ISO 9660 discs copied name by name


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingFiles:
    """Files of one series that a DICOMDIR lists and that are not there."""

    series_uid: str
    number: int | None
    names: tuple[str, ...]
    n_listed: int

    @property
    def name(self) -> str:
        """The series by its number."""
        return "a series without a number" if self.number is None else f"series {self.number}"

    def described(self) -> str:
        """Say how many of how many, and the names that may be shown."""
        shown = [n for n in self.names if is_plain_file_name(n)][:MAX_NAMED_FILES]
        named = f" ({', '.join(shown)}{', ...' if len(self.names) > len(shown) else ''})"
        return (
            f"{len(self.names)} of {self.n_listed} files that the DICOMDIR lists are missing"
            f"{named if shown else ''}"
        )


def missing_files(
    dicomdir: Path, paths: Iterable[Path], instances: Set[str]
) -> tuple[MissingFiles, ...]:
    """Compare a DICOMDIR with what was found: by file name, then by SOP instance UID.

    `instances` are digests of the UIDs found. Only MR series count. A DICOMDIR that
    cannot be read lists nothing.
    """
    present = _names_below(dicomdir.parent, paths)
    listed: dict[tuple[str, int | None], list[tuple[str, bool]]] = defaultdict(list)
    for series, image in _images(dicomdir):
        name = "/".join(_components(image))
        uid = _text(image, "ReferencedSOPInstanceUIDInFile")
        is_there = name.lower() in present or uid_digest(uid.encode()) in instances
        key = (_text(series, "SeriesInstanceUID"), _whole(series, "SeriesNumber"))
        listed[key].append((name.rpartition("/")[2], is_there))
    return tuple(
        MissingFiles(
            series_uid=uid,
            number=number,
            names=tuple(name for name, is_there in files if not is_there),
            n_listed=len(files),
        )
        for (uid, number), files in listed.items()
        if not all(is_there for _, is_there in files)
    )


def _names_below(folder: Path, paths: Iterable[Path]) -> set[str]:
    """Relative names in lower case, whole and without what copying adds to them."""
    names = set()
    for path in paths:
        if path.is_relative_to(folder):
            name = path.relative_to(folder).as_posix().lower()
            names |= {name, name.partition(VERSION_SUFFIX)[0], name.removesuffix(".gz")}
            names.add(name[: len(name) - len(path.suffix)])
    return names


def _images(dicomdir: Path) -> Iterator[tuple[Any, Any]]:
    """Pairs of a series record and a record of one of its files."""
    from mri_bme.intake.dicom.datasets import quietly, read_dataset  # noqa: PLC0415  (loads pydicom)

    try:
        with quietly():
            records = list(
                read_dataset(dicomdir, with_pixels=False).get("DirectoryRecordSequence") or ()
            )
            yield from _follow(records)
    except MemoryError:
        raise
    except Exception:
        return  # nothing can be learnt from a damaged one


def _follow(records: Sequence[Any]) -> Iterator[tuple[Any, Any]]:
    by_offset = {record.seq_item_tell: record for record in records}
    for series in records:
        if _text(series, "DirectoryRecordType") != "SERIES":
            continue
        if _text(series, "Modality") not in ("MR", ""):
            continue
        offset = _whole(series, "OffsetOfReferencedLowerLevelDirectoryEntity")
        seen = set()
        while offset in by_offset and offset not in seen:
            seen.add(offset)
            image = by_offset[offset]
            if _components(image):
                yield series, image
            offset = _whole(image, "OffsetOfTheNextDirectoryRecord")


def _components(record: Any) -> list[str]:
    value = record.get("ReferencedFileID") or []
    return [value] if isinstance(value, str) else [str(part) for part in value]


def _text(record: Any, keyword: str) -> str:
    return str(record.get(keyword) or "").strip(" \0")


def _whole(record: Any, keyword: str) -> int | None:
    value = _text(record, keyword)
    return int(value) if value.isdigit() else None
