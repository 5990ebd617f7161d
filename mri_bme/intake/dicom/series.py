"""From stacks of frames to series without personal values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from mri_bme.intake.dicom.catalogue import Catalogue, PackedFrames, SeriesKey
from mri_bme.intake.dicom.contrast import judge_contrast
from mri_bme.intake.dicom.fat_suppression import suppression_words
from mri_bme.intake.dicom.frames import Acquisition, Frame
from mri_bme.intake.dicom.free_text import field_words_only
from mri_bme.intake.dicom.merging import merge_split_series
from mri_bme.intake.dicom.models import model_words
from mri_bme.intake.dicom.parting import part_by_day
from mri_bme.intake.dicom.people import FoundSeries
from mri_bme.intake.dicom.pseudonyms import uid_pseudonym
from mri_bme.intake.dicom.stacks import Stack, stack_frames
from mri_bme.intake.dicom.vendors import describe_frames
from mri_bme.intake.dicom.witnesses import goes_on, heard, missing_parts, skipped_numbers
from mri_bme.study import Contrast, Instances, Plane, Series
from mri_bme.volume import VolumeGeometry

CORONAL_TILT = (-25.0, 10.0)  # degrees by which the slices' normal points up instead of back
SEMICORONAL_MAX_TILT = 75.0  # sacra lean 30 to 60 degrees
SPECTRAL = frozenset({Contrast.T2_FS, Contrast.PD_FS})  # fat is made dark by its frequency
MAX_SWIVEL, SAGITTAL_MIN_TILT = 35.0, 55.0  # degrees of the normal out of the midline plane


@dataclass(frozen=True, slots=True, kw_only=True)
class DamagedFiles:
    """Files that should have been images, named in words that may be shown.

    `labels` names them by their number, `by_series` holds those whose series is known,
    `by_folder` those that end before they say so; `missing` says per series what a
    DICOMDIR lists and nobody sent.
    """

    labels: Mapping[int, str]
    by_series: Mapping[str, Sequence[str]]
    by_folder: Mapping[Path, Sequence[str]]
    missing: Mapping[str, str]
    all_of_them: tuple[str, ...] = ()


def find_series(catalogue: Catalogue, damage: DamagedFiles, key: bytes) -> list[FoundSeries]:
    """Turn the frames of an export into series; the catalogue is empty afterwards.

    A series with damaged files is refused; where their series is unknown, the series
    beside them are flagged. `key` makes the pseudonyms of UIDs.
    """
    catalogue.join_nameless()
    catalogue.join_torn()
    stacks = merge_split_series(
        {key: _stacks_of_series(catalogue, key, damage.labels) for key in catalogue.keys}
    )
    found = [
        _found(heard(stack, members), number, len(members), damage, key)
        for members in stacks.values()
        for number, stack in enumerate(members, start=1)
    ]
    return sorted(found, key=lambda f: (f.series.number or 0, f.series.series_id))


def _stacks_of_series(
    catalogue: Catalogue, key: SeriesKey, labels: Mapping[int, str]
) -> list[Stack]:
    frames = catalogue.take(key, labels)
    describe_frames(frames)
    refused = catalogue.torn.get(key) or missing_parts(frames)
    stacks = [
        goes_on(skipped_numbers(stack, frames), frames)
        for of_one_day in part_by_day(frames)
        for stack in stack_frames(of_one_day, pixel_digest=pixel_digest)
    ]
    return [
        replace(
            stack,
            frames=catalogue.packed(stack.frames),
            refused="; ".join(filter(None, (stack.refused, refused))) or None,
        )
        for stack in stacks
    ]


def pixel_digest(frame: Frame) -> bytes:
    """Hash of the stored values; asked for where two images lie at one position."""
    from mri_bme.intake.dicom import pixels  # noqa: PLC0415  (loads every codec, and is rarely needed)

    return pixels.pixel_digest(frame)


def _found(
    stack: Stack, number: int, n_stacks: int, damage: DamagedFiles, key: bytes
) -> FoundSeries:
    a = stack.acquisition
    broken = damage.by_series.get(a.series_uid, ())
    if broken:
        reason = f"{len(broken)} of its files cannot be read: {'; '.join(broken[:3])}"
        stack = replace(stack, refused=f"{stack.refused}; {reason}" if stack.refused else reason)
    near = _damage_beside(stack, damage)
    if near:
        note = f"{len(near)} damaged file(s) beside it may belong to it: {'; '.join(near[:3])}"
        stack = replace(stack, defects=(*stack.defects, note))
    if a.series_uid in damage.missing:
        stack = replace(stack, defects=(*stack.defects, damage.missing[a.series_uid]))
    series_id = uid_pseudonym(f"{a.study_uid} {a.series_uid}", key)
    return FoundSeries(
        series=_series(stack, series_id if n_stacks == 1 else f"{series_id}-{number}", key),
        acquisition=a,
    )


def _damage_beside(stack: Stack, damage: DamagedFiles) -> list[str]:
    if not damage.by_folder:
        return []
    folders = sorted({Path(frame.path).parent for frame in stack.frames})
    return [note for folder in folders for note in damage.by_folder.get(folder, ())]


def _series(stack: Stack, series_id: str, key: bytes) -> Series:
    a = stack.acquisition
    judged = judge_contrast(a)
    return Series(
        series_id=series_id,
        study_id=uid_pseudonym(a.study_uid, key),
        number=a.series_number,
        description=field_words_only(a.description),
        contrast=judged.contrast,
        plane=plane_of(stack.geometry),
        geometry=_geometry(stack, key),
        instances=_instances(stack.frames),
        echo_time_ms=a.echo_time_ms,
        repetition_time_ms=a.repetition_time_ms,
        inversion_time_ms=a.inversion_time_ms,
        field_tesla=a.field_tesla,
        slice_thickness_mm=a.slice_thickness_mm,
        manufacturer=field_words_only(a.manufacturer),
        model=model_words(a.model),
        suppression=suppression_words(a) if judged.contrast in SPECTRAL else "",
        component=a.component,
        repeat=stack.repeat,
        is_3d=a.is_3d,
        contrast_reason=judged.reason,
        contrast_doubts=judged.doubts,
        is_named_only=judged.is_named_only,
        is_inverted=a.photometric == "MONOCHROME1",
        is_uncorrected=_is_uncorrected(a),
        refused=stack.refused,
        defects=stack.defects,
    )


def _geometry(stack: Stack, key: bytes) -> VolumeGeometry | None:
    if stack.geometry is None:
        return None
    frame = uid_pseudonym(stack.acquisition.frame_of_reference, key)
    return replace(stack.geometry, frame_of_reference=frame or None)


def _is_uncorrected(a: Acquisition) -> bool:
    """Tell a copy without distortion correction, which Siemens sends beside the corrected one."""
    corrected = {"DIS2D", "DIS3D"} & set(a.image_type)
    return not corrected and ("ND" in a.image_type or a.description.upper().endswith("_ND"))


def _instances(frames: Sequence[Frame]) -> Instances:
    if isinstance(frames, PackedFrames):
        return frames.instances()
    return Instances(
        (frame.path for frame in frames),
        (frame.frame for frame in frames),
        (f.instance_number if f.frame is None else f.frame + 1 for f in frames),
    )


def plane_of(geometry: VolumeGeometry | None) -> Plane:
    """Name the plane of the slices by their normal.

    The sacrum leans back from head to foot, so semicoronal slices (along it) have a
    normal that points back and up, by whatever angle; semiaxial slices (across it)
    point up and forward, and count as axial.
    """
    if geometry is None:
        return Plane.UNKNOWN
    left, back, head = geometry.directions[:, 0]
    if abs(left) >= np.sin(np.radians(SAGITTAL_MIN_TILT)):
        return Plane.SAGITTAL
    if abs(left) > np.sin(np.radians(MAX_SWIVEL)):
        return Plane.UNKNOWN
    upwards = float(np.degrees(np.arctan2(head if back >= 0 else -head, abs(back))))
    if CORONAL_TILT[0] <= upwards < CORONAL_TILT[1]:
        return Plane.CORONAL
    return Plane.SEMICORONAL if 0 < upwards < SEMICORONAL_MAX_TILT else Plane.AXIAL
