"""Turn every series of an export into a NIfTI file with a sidecar, and a table of all."""

import csv
import hashlib
import io
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mri_bme.errors import InvalidGeometry, InvalidVoxels, UnreadableInput
from mri_bme.export.nifti import write_nifti
from mri_bme.files import write_text
from mri_bme.inert import for_cell
from mri_bme.intake.dicom import (
    StudyIndex,
    read_private_scale,
    read_stack_voxels,
    series_storage_geometry,
)
from mri_bme.study import Series, Subject, Visit
from mri_bme.version import __version__

COLUMNS = (
    *("subject", "visit", "day", "series", "number", "description", "contrast", "plane"),
    *("component", "repeat", "n_slices", "status", "reason", "defects", "file"),
)
SERIES_TABLE = "series.csv"
OK, REFUSED = "ok", "refused"
_UNSAFE = re.compile(r"[^A-Za-z0-9]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class ConvertedSeries:
    """What became of one series; `file` is relative to the output, empty when refused."""

    subject: str
    visit: str
    day: int | None
    series: Series
    status: str
    reason: str = ""
    file: str = ""


def convert_index(
    index: StudyIndex,
    out: Path,
    *,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[ConvertedSeries, ...]:
    """Write every series below `out`, then the table `series.csv`.

    File names hold pseudonyms and numbers only, never a text from a header. A series
    that cannot be read becomes a row with the reason.

    Raises
    ------
    OutputRefused
        If `out` cannot be written to or is full; the table is then not written.
    """
    todo = _named(index)
    converted = []
    for n_done, (subject, visit, series, file) in enumerate(todo, start=1):
        converted.append(_convert(subject, visit, series, out, file))
        if progress is not None:
            progress(n_done, len(todo))
    write_text(out / SERIES_TABLE, series_table(converted))
    return tuple(converted)


def files_of(index: StudyIndex) -> tuple[str, ...]:
    """Name the pictures that `convert_index` would write, below its output."""
    return tuple(file for *_, file in _named(index))


def sidecar_of(file: str) -> str:
    """Name the sidecar of a picture."""
    return file.replace(".nii.gz", ".json")


def _named(index: StudyIndex) -> list[tuple[Subject, Visit, Series, str]]:
    names = file_names([subject.subject_id for subject in index.subjects])
    return [
        (p, v, s, _file_of(names[p.subject_id], v, s))
        for p in index.subjects
        for v in p.visits
        for s in v.series
    ]


def series_table(converted: Iterable[ConvertedSeries]) -> str:
    """One CSV row per series."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(_row(item) for item in converted)
    return stream.getvalue()


def _row(item: ConvertedSeries) -> tuple[Any, ...]:
    s = item.series
    return (
        *(item.subject, item.visit, item.day, s.series_id, s.number, for_cell(s.description)),
        *(s.contrast.value, s.plane.value, s.component, f"{s.repeat[0]}/{s.repeat[1]}"),
        *(s.n_slices, item.status, item.reason, for_cell("; ".join(s.defects)), item.file),
    )


def _convert(
    subject: Subject, visit: Visit, series: Series, out: Path, file: str
) -> ConvertedSeries:
    known = {"subject": subject.subject_id, "visit": visit.label, "day": visit.day}
    try:
        stored = series_storage_geometry(series)
        voxels = read_stack_voxels(series)
        check_finite(voxels)
    except (UnreadableInput, InvalidGeometry, InvalidVoxels) as error:
        reason = series.refused or str(error)
        return ConvertedSeries(**known, series=series, status=REFUSED, reason=reason)  # type: ignore[arg-type]
    assert series.geometry is not None  # noqa: S101  (series_storage_geometry has raised)
    write_nifti(out / file, compact(voxels), series.geometry, stored=stored)
    sidecar = json.dumps(_sidecar(subject, visit, series), indent=2, allow_nan=False)
    write_text(out / sidecar_of(file), sidecar + "\n")
    return ConvertedSeries(**known, series=series, status=OK, file=file)  # type: ignore[arg-type]


def check_finite(voxels: NDArray[np.float32]) -> None:
    """Refuse intensities that overflowed or are undefined."""
    if not np.isfinite(voxels).all():
        raise InvalidVoxels("voxels are NaN or infinite after rescaling; check slope and intercept")


def compact(voxels: NDArray[np.float32]) -> NDArray[Any]:
    """Store whole numbers as 16-bit integers; the values stay the same."""
    low, high = float(voxels.min()), float(voxels.max())
    for kind in (np.int16, np.uint16):
        limits = np.iinfo(kind)
        if limits.min <= low and high <= limits.max and np.array_equal(voxels, np.rint(voxels)):
            return voxels.astype(kind)
    return voxels


def file_names(subjects: Iterable[str]) -> dict[str, str]:
    """Give each subject letters and digits of its own for file names.

    Codes that differ only by case or punctuation (``02-01``, ``0201``) get a short hash.
    """
    plain = {subject: _plain(subject) for subject in subjects}
    counts = Counter(name.lower() for name in plain.values())
    return {
        subject: name if counts[name.lower()] == 1 else name + _short_hash(subject)
        for subject, name in plain.items()
    }


def _short_hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:6]


def _file_of(label: str, visit: Visit, series: Series) -> str:
    day = _plain(visit.label)
    number = "none" if series.number is None else f"{series.number:04d}"
    folder = f"sub-{label}/ses-{day}"
    name = f"sub-{label}_ses-{day}_series-{number}_{_plain(series.series_id, '-')}"
    return f"{folder}/{name}_{_plain(series.contrast.value)}.nii.gz"


def _plain(text: str, between: str = "") -> str:
    return _UNSAFE.sub(between, text) or "none"


def _sidecar(subject: Subject, visit: Visit, series: Series) -> dict[str, Any]:
    """Gather what is known of a series besides its voxels; BIDS keys (seconds) where they exist."""
    values = {
        "Subject": subject.subject_id,
        "Visit": visit.label,
        "DaysSinceBaseline": visit.day,
        "Series": series.series_id,
        "SeriesNumber": series.number,
        "SeriesDescription": series.description,
        "Contrast": series.contrast.value,
        "ContrastReason": series.contrast_reason,
        "ContrastDoubts": list(series.contrast_doubts),
        "Plane": series.plane.value,
        "Component": series.component,
        "Repeat": f"{series.repeat[0]}/{series.repeat[1]}",
        "Modality": "MR",
        "Manufacturer": series.manufacturer,
        "MagneticFieldStrength": series.field_tesla,
        "EchoTime": _seconds(series.echo_time_ms),
        "RepetitionTime": _seconds(series.repetition_time_ms),
        "InversionTime": _seconds(series.inversion_time_ms),
        "SliceThickness": series.slice_thickness_mm,
        "SpacingBetweenSlices": _spacing(series),
        "IntensityScale": "stored value x RescaleSlope + RescaleIntercept",
        **read_private_scale(series),
        "Defects": list(series.defects),
        "ConversionSoftware": "mri-bme",
        "ConversionSoftwareVersion": __version__,
    }
    return {key: value for key, value in values.items() if value not in (None, "")}


def _seconds(milliseconds: float | None) -> float | None:
    return None if milliseconds is None else round(milliseconds / 1000, 9)


def _spacing(series: Series) -> float | None:
    return None if series.geometry is None else round(series.geometry.spacing_mm[0], 6)
