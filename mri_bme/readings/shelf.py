"""Where readings are kept: ``OUT/readings/READER/CASE``, plain files that outlive the room."""

import glob
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mri_bme.errors import InvalidVoxels, OutputRefused, UnreadableInput
from mri_bme.export.nifti import write_nifti
from mri_bme.files import remove_outdated, write_json
from mri_bme.intake.labels import read_labels
from mri_bme.intake.nifti import read_nifti_mask
from mri_bme.readings.audit import append, read_audit
from mri_bme.readings.layers import QUADRANTS, REFERENCE, Anatomy
from mri_bme.readings.reading import CHANGES, Reading, follow, opening, replayed
from mri_bme.record.schema import plain, software
from mri_bme.volume import Mask, VolumeGeometry

READINGS_FOLDER = "readings"
AUDIT_NAME = "audit.jsonl"
SUMMARY_NAME = "reading.json"
ENDINGS = {QUADRANTS: "desc-quadrants_dseg", REFERENCE: "desc-reference_mask"}

Clock = Callable[[], datetime]


def now() -> datetime:
    """Time in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a reading is kept. `folder` is the subject's, `name` that of the case."""

    out: Path
    reader: str
    folder: str
    name: str

    @property
    def path(self) -> Path:
        """Folder of the reading."""
        return self.out / READINGS_FOLDER / self.reader / self.name

    @property
    def is_first(self) -> bool:
        """Whether the reader read the subject for the first time there, not a second time."""
        return self.name == self.folder

    def mask_path(self, session: str) -> Path:
        """Where the mask of a visit is written, named as BIDS derivatives are."""
        by = "".join(letter for letter in self.reader if letter.isalnum())
        return self.path / f"{self.folder}_ses-{session}_label-BME_desc-{by}_mask.nii.gz"

    def anatomy_path(self, session: str, layer: str) -> Path:
        """Where quadrants or normal marrow are written: names that ``--rois-dir`` takes."""
        return self.path / f"{self.folder}_ses-{session}_{ENDINGS[layer]}.nii.gz"


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """Grid of a visit: as it is shown, as its files store it, and the session in their names."""

    geometry: VolumeGeometry
    stored: VolumeGeometry
    session: str


class Kept:
    """A reading on the disk. Every change is in the log before it is in the reading."""

    def __init__(self, place: Place, reading: Reading, *, clock: Clock = now) -> None:
        self.place, self.reading, self._clock = place, reading, clock
        self._written: dict[Path, object] = {}
        self._last: datetime | None = None

    def add(self, entry: Mapping[str, Any], *, seen: int | None = None) -> None:
        """Log a change and make it.

        Parameters
        ----------
        entry : mapping
            A line as `reading.follow` reads it, without its time.
        seen : int or None
            Version that whoever makes the change saw; None does not ask.

        Raises
        ------
        OutputRefused
            If the reading has changed since (`Outrun`: another tab or window), is signed
            (`Signed`), or the disk does not take it. Nothing is changed then.
        InvalidVoxels
            If there is nothing to undo or redo.
        """
        what = entry["what"]
        if seen is not None:
            self.check_seen(seen)
        if what in CHANGES - {"amended"}:
            self.reading.check_open()
        stack = {"undo": self.reading.done, "redo": self.reading.undone}.get(what)
        if stack is not None and not stack:
            raise InvalidVoxels(f"there is nothing to {what}")
        time = self._clock()
        append(self.place.path / AUDIT_NAME, {"at": time.isoformat(), **entry})
        follow(self.reading, entry)
        if self._last is not None:
            gap = (time - self._last).total_seconds()
            self.reading.seconds += gap if 0 <= gap <= 60 else 0
        self._last = time

    def check_seen(self, version: int) -> None:
        """Raise `Outrun` where the reading has changed since a version."""
        if version != self.reading.version:
            raise Outrun(
                "this case was changed in another tab or window since it was loaded here; "
                "load it again"
            )

    def write_files(
        self,
        grids: Mapping[str, Grid],
        *,
        edema_ml: Mapping[str, float] | None = None,
        reading: Reading | None = None,
        afresh: bool = False,
    ) -> None:
        """Write masks and summary.

        Parameters
        ----------
        grids : mapping
            Grid of each visit.
        edema_ml : mapping or None
            What the masks come to.
        reading : Reading or None
            What is written (`Reading.as_it_is`); None takes what is there now.
        afresh : bool
            Write masks again that were written before and did not change since.
        """
        reading = reading or self.reading
        if afresh:
            self._written.clear()
        for visit, mask in reading.masks.items():
            self._write_map(self.place.mask_path(grids[visit].session), mask, grids[visit])
        self._write_anatomy(reading, grids)
        self._write_summary(reading, grids, edema_ml or {})

    def _write_map(self, path: Path, held: NDArray[Any], grid: Grid) -> None:
        """Write a map on the grid that was acquired, unless the file holds it already."""
        if self._written.get(path) is held and path.is_file():
            return
        self._written.pop(path, None)
        write_nifti(path, held, grid.geometry, stored=grid.stored)
        self._written[path] = held

    def _write_anatomy(self, reading: Reading, grids: Mapping[str, Grid]) -> None:
        """Write quadrants and normal marrow of visits where they were moved, and no others."""
        moved = reading.moved
        for visit in reading.anatomy:
            grid = grids[visit]
            for layer in ENDINGS:
                path = self.place.anatomy_path(grid.session, layer)
                if visit in moved:
                    self._write_map(path, getattr(moved[visit], layer), grid)
                else:
                    remove_outdated(path)

    def is_told(self) -> bool:
        """Whether ``reading.json`` tells of the reading as it is now."""
        try:
            told = json.loads((self.place.path / SUMMARY_NAME).read_bytes())
            return bool(told["version"] == self.reading.version)
        except (OSError, ValueError, KeyError, TypeError):
            return False

    def _write_summary(
        self, reading: Reading, grids: Mapping[str, Grid], edema_ml: Mapping[str, float]
    ) -> None:
        """Write ``reading.json``: what was scored, whether it is signed, seconds."""
        write_json(
            self.place.path / SUMMARY_NAME,
            {
                "reader": self.place.reader,
                "subject_folder": self.place.folder,
                "case": self.place.name,
                "signed": reading.is_signed,
                "version": reading.version,
                "from_outlines": reading.from_outlines,
                "seconds": round(reading.seconds, 1),
                "visits": {
                    visit: {
                        "mask": self.place.mask_path(grids[visit].session).name,
                        **({"anatomy": "moved"} if visit in reading.moved else {}),
                        **({"edema_ml": plain(edema_ml[visit])} if visit in edema_ml else {}),
                        "scores": reading.scores.get(visit, {}),
                    }
                    for visit in sorted(reading.masks)
                },
                "Software": software(),
            },
        )


class Outrun(OutputRefused):
    """A change to a reading that has changed since it was seen."""


def take_up(
    place: Place,
    start: Mapping[str, NDArray[np.bool_]],
    *,
    from_outlines: bool,
    clock: Clock = now,
) -> Kept:
    """Open a reading: where its log ended, or from these masks when it is new.

    Raises
    ------
    UnreadableInput
        If the log was tampered with, or belongs to scans of another size.
    """
    log = place.path / AUDIT_NAME
    reading = replayed(read_audit(log))
    if reading is None:
        entry = {"at": clock().isoformat(), **opening(start, from_outlines=from_outlines)}
        append(log, entry)
        reading = replayed([entry])
        assert reading is not None  # noqa: S101
    fits = {v: m.shape for v, m in start.items()} == {v: m.shape for v, m in reading.masks.items()}
    if not fits:
        raise UnreadableInput(
            f"the reading of {place.name} by {place.reader} is of other scans than the results "
            "hold now; move it away, or take the results that it was made on"
        )
    return Kept(place, reading, clock=clock)


def find_readings(out: Path, *, folder: str = "") -> Iterator[tuple[Place, Mapping[str, Any]]]:
    """Find every reading in an output folder, or those of one subject, and its summary."""
    cases = f"{glob.escape(folder)}*" if folder else "*"  # a second reading is FOLDER_again2
    for path in sorted((out / READINGS_FOLDER).glob(f"*/{cases}/{SUMMARY_NAME}")):
        try:
            summary = json.loads(path.read_bytes())
            place = Place(
                out=out,
                reader=path.parents[1].name,
                folder=str(summary["subject_folder"]),
                name=path.parent.name,
            )
            summary["visits"], summary["signed"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise UnreadableInput(
                f"{READINGS_FOLDER}/{path.parents[1].name}/{path.parent.name}/{SUMMARY_NAME} is "
                "damaged; open the case in the reading room again"
            ) from error
        if folder in ("", place.folder):
            yield place, summary


def signed_anatomy(reading: Reading, place: Place, grids: Mapping[str, Grid]) -> dict[str, Anatomy]:
    """Give the anatomy that a reader moved, held against the files that tell it.

    Raises
    ------
    UnreadableInput
        If a file does not hold what was signed, or is gone.
    """
    for visit, held in reading.moved.items():
        grid = grids[visit]
        for layer in ENDINGS:
            what = f"the {layer} of {place.name} by {place.reader}"
            labels = read_labels(place.anatomy_path(grid.session, layer), grid.geometry, what=what)
            if not np.array_equal(labels, getattr(held, layer)):
                raise UnreadableInput(
                    f"{what} is not what was signed; a change is made in the reading room, as an "
                    "amendment"
                )
    return reading.moved


def signed_masks(place: Place, grids: Mapping[str, Grid]) -> dict[str, Mask]:
    """Read the masks of a signed reading from its files, and hold them against its log.

    Raises
    ------
    UnreadableInput
        If a file does not hold what was signed.
    GeometryMismatch
        If a mask lies on another grid than its scan.
    """
    reading = replayed(read_audit(place.path / AUDIT_NAME))
    masks = {}
    for visit, grid in grids.items():
        what = f"the mask of {place.name} by {place.reader}"
        mask = read_nifti_mask(place.mask_path(grid.session), grid.geometry, what=what)
        if reading is None or not np.array_equal(mask.voxels, reading.masks[visit]):
            raise UnreadableInput(
                f"{what} is not what was signed; a change is made in the reading room, as an "
                "amendment"
            )
        masks[visit] = mask
    return masks
