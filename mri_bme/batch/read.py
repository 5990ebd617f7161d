"""Read the visits of one subject, each with what was drawn for it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from mri_bme.batch.inputs import Source, VisitUnit
from mri_bme.errors import InvalidVoxels, MriBmeError, UnreadableInput
from mri_bme.intake.dicom import index_study, series_storage_geometry
from mri_bme.intake.dicom.shown import shown_series
from mri_bme.intake.given import read_given
from mri_bme.intake.labels import read_labels
from mri_bme.intake.nifti import is_nifti, read_nifti, read_nifti_geometry
from mri_bme.intake.scanned_with import read_scanned_with
from mri_bme.intake.source import find_one_series, read_sized_series
from mri_bme.pipeline import VisitInput
from mri_bme.roi_sources import Given, given_by_role
from mri_bme.select_series import SeriesChoice, select_series
from mri_bme.settings import RoiSettings, SelectSettings, Settings
from mri_bme.study import Contrast, ScannedWith, Series, Visit
from mri_bme.volume import Mask, Volume, VolumeGeometry

CONTRAST_OF_NAME = (("stir", Contrast.STIR), ("tirm", Contrast.STIR), ("t2", Contrast.T2_FS))


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadVisit:
    """A visit in memory, and what its files are named and described by.

    `problem` says what went wrong when something of the visit could not be read.
    """

    visit: VisitInput
    stored: VolumeGeometry | None = None
    contrast: Contrast | None = None
    acquisition: Mapping[str, Any] = field(default_factory=dict)
    problem: str = ""


def read_visit(unit: VisitUnit, settings: Settings) -> ReadVisit:
    """Read a visit; what cannot be read becomes its reason."""
    if unit.volume is None:
        return ReadVisit(visit=_empty(unit, unit.reason), problem=unit.problem)
    try:
        return _read(unit, unit.volume, settings)
    except MriBmeError as error:
        return ReadVisit(visit=_empty(unit, str(error)), problem=str(error))


def _empty(unit: VisitUnit, reason: str) -> VisitInput:
    return VisitInput(
        label=unit.label, day=unit.day, volume=None, reason=reason, doubts=unit.doubts
    )


def _read(unit: VisitUnit, source: Source, settings: Settings) -> ReadVisit:
    found = _located(unit, source, settings.select)
    if isinstance(found, str):
        return ReadVisit(visit=_empty(unit, found))
    volume = _read_source(found.volume, "the volume", unit.orientation)
    _check_filled(volume)
    drawn = _Drawn(geometry=volume.geometry, unit=unit, may_fall_back=settings.rois.fall_back)
    visit = VisitInput(
        label=unit.label,
        day=unit.day,
        volume=volume,
        t1=None if found.t1 is None else _read_source(found.t1, "the T1W", unit.orientation),
        given=drawn.read_given(settings.rois),
        reference=drawn.read_reference(),
        doubts=(*unit.doubts, *found.doubts, *drawn.doubts),
        scanned_with=scanned_with_of(found.volume),
        shown={
            role: shown_series(source.series)
            for role, source in (("volume", found.volume), ("t1", found.t1))
            if source is not None and source.series is not None
        },
    )
    return ReadVisit(
        visit=visit,
        stored=_stored(found.volume, unit.orientation),
        contrast=_contrast(found.volume),
        acquisition=_acquisition(found.volume.series),
    )


def _check_filled(volume: Volume) -> None:
    """Refuse a picture of nothing, which otherwise reads as joints that were not found."""
    darkest, brightest = float(volume.voxels.min()), float(volume.voxels.max())
    if darkest == brightest:
        raise UnreadableInput(
            f"every voxel of the volume is {darkest:g}: its pixels were blanked or never filled; "
            "export it again"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Located:
    volume: Source
    t1: Source | None
    doubts: tuple[str, ...] = ()


def _located(unit: VisitUnit, source: Source, settings: SelectSettings) -> _Located | str:
    """Turn a folder or file of DICOM, named in a manifest, into its series."""
    if source.series is not None or is_nifti(_path(source)):
        return _Located(volume=source, t1=unit.t1)
    path = _path(source)
    if path.is_file():
        return _Located(volume=Source(series=find_one_series(path)), t1=unit.t1)
    index = index_study(path, keep_key=False, n_processes=1)
    choice = select_series(
        Visit(label=unit.label, day=unit.day, series=index.series), settings=settings
    )
    if choice.chosen is None:
        return reason_without_series(choice)
    t1 = unit.t1 or (Source(series=choice.t1) if choice.t1 else None)
    return _Located(volume=Source(series=choice.chosen), t1=t1, doubts=choice.doubts)


def reason_without_series(choice: SeriesChoice) -> str:
    """Say why a visit has nothing to measure, series by series."""
    if not choice.ranking:
        return "no MR series was found"
    reasons = dict.fromkeys(item.reason for item in choice.ranking)
    return f"none of {len(choice.ranking)} series can be measured: {'; '.join(reasons)}"


def _path(source: Source) -> Path:
    if source.path is None:
        raise TypeError("a series has no single path")
    return source.path


def _read_source(source: Source, what: str, orientation: str | None) -> Volume:
    if source.series is not None:
        return read_sized_series(source.series)
    path = _path(source)
    if is_nifti(path):
        return read_nifti(path, what=what, orientation=orientation)
    return read_sized_series(find_one_series(path))


def _stored(source: Source, orientation: str | None) -> VolumeGeometry:
    if source.series is not None:
        return series_storage_geometry(source.series)
    return read_nifti_geometry(_path(source), what="the volume", orientation=orientation)


@dataclass(slots=True, kw_only=True)
class _Drawn:
    """Reads what was drawn for a visit; what cannot be used fails the visit, or is a doubt."""

    geometry: VolumeGeometry
    unit: VisitUnit
    may_fall_back: bool
    doubts: list[str] = field(default_factory=list)

    def read_given(self, settings: RoiSettings) -> dict[str, Any]:
        """Read what ROIs are to be placed with, by role."""
        held = {}
        for role, given in given_by_role().items():

            def read(path: Path, given: Given = given) -> Any:
                orientation = self.unit.orientation
                return read_given(path, given, self.geometry, settings, orientation=orientation)

            held[role] = self._try(self.unit.given.get(role), given.what, read)
        return {role: found for role, found in held.items() if found is not None}

    def read_reference(self) -> Mask | None:
        """Read normal marrow that was drawn."""
        what = "reference marrow"

        def read(path: Path) -> Any:
            return read_labels(path, self.geometry, what=what, orientation=self.unit.orientation)

        labels = self._try(self.unit.reference, what, read)
        return None if labels is None else Mask(geometry=self.geometry, voxels=labels != 0)

    def _try(self, source: Source | None, what: str, read: Callable[[Path], Any]) -> Any:
        if source is None:
            return None
        try:
            found = read(_path(source))
            if isinstance(found, np.ndarray) and not found.any():
                raise InvalidVoxels(f"{what} is empty; draw it, or leave it out")
            return found
        except MriBmeError as error:
            if not self.may_fall_back:
                raise
            self.doubts.append(f"{what} was given and could not be used: {error}")
            return None


def _contrast(source: Source) -> Contrast | None:
    if source.series is not None:
        return source.series.contrast
    name = _path(source).name.lower()
    return next((contrast for part, contrast in CONTRAST_OF_NAME if part in name), None)


def scanned_with_of(source: Source) -> ScannedWith:
    """Tell how a volume was scanned, as far as its header, or the sidecar beside it, says."""
    if source.series is not None:
        return source.series.scanned_with
    path = _path(source)
    if is_nifti(path):
        return read_scanned_with(path, _contrast(source))
    return find_one_series(path).scanned_with


def _acquisition(series: Series | None) -> dict[str, Any]:
    if series is None:
        return {}
    facts = {
        "Contrast": series.contrast.value,
        "Plane": series.plane.value,
        "EchoTime": _seconds(series.echo_time_ms),
        "RepetitionTime": _seconds(series.repetition_time_ms),
        "InversionTime": _seconds(series.inversion_time_ms),
        "MagneticFieldStrength": series.field_tesla,
        "SliceThickness": series.slice_thickness_mm,
        "Manufacturer": series.manufacturer or None,
        "ManufacturersModelName": series.model or None,
        "SeriesPseudonym": series.series_id,
        "Defects": list(series.defects) or None,
    }
    return {name: value for name, value in facts.items() if value is not None}


def _seconds(milliseconds: float | None) -> float | None:
    return None if milliseconds is None else milliseconds / 1000
