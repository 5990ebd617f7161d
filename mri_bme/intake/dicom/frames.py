"""One image plane as its header describes it, and what many planes of a series share."""

import hashlib
from dataclasses import dataclass

Vector = tuple[float, float, float]


UID_DIGEST_BYTES = 12  # two of a billion UIDs share one with a chance of 1e-11


def uid_digest(uid: bytes) -> str:
    """Stand for a UID in less memory; empty for none."""
    uid = uid.strip(b" \0")
    return hashlib.blake2b(uid, digest_size=UID_DIGEST_BYTES).hexdigest() if uid else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Acquisition:
    """What the planes of a stack have in common; made once and shared by all of them.

    Identifying values (UIDs, names, dates) are here because stacks, visits and
    subjects are told apart by them; they never leave `mri_bme.intake.dicom`.
    `other_dates` are those of acquisition, series, content, and the date of the
    acquisition's date and time. `concatenation` is which part of how many (0 where the
    header does not say) an object is.
    """

    sop_class: str = ""
    modality: str = ""
    series_uid: str = ""
    study_uid: str = ""
    patient_id: str = ""
    patient_name: str = ""
    birth_date: str = ""
    accession: str = ""
    study_date: str = ""
    other_dates: tuple[str, ...] = ()
    issuer: str = ""
    sex: str = ""
    age: str = ""
    trial_subject: str = ""
    time_point: str = ""
    time_point_name: str = ""
    event_offset_days: float | None = None
    event: str = ""
    is_identity_removed: bool = False
    frame_of_reference: str = ""
    series_number: int | None = None
    description: str = ""
    protocol: str = ""
    sequence_name: str = ""
    image_type: tuple[str, ...] = ()
    component: str = "magnitude"
    n_tiles: int = 1
    scanning_sequence: tuple[str, ...] = ()
    sequence_variant: tuple[str, ...] = ()
    scan_options: tuple[str, ...] = ()
    fat_suppression: str = ""
    is_3d: bool = False
    echo_time_ms: float | None = None
    repetition_time_ms: float | None = None
    inversion_time_ms: float | None = None
    were_seconds: bool = False
    flip_angle: float | None = None
    echo_train_length: int | None = None
    echo_number: str = ""
    b_value: float | None = None
    field_tesla: float | None = None
    slice_thickness_mm: float | None = None
    spacing_between_slices_mm: float | None = None
    manufacturer: str = ""
    model: str = ""
    body_part: str = ""
    patient_position: str = ""
    rows: int = 0
    columns: int = 0
    samples_per_pixel: int = 1
    photometric: str = ""
    bits_allocated: int = 16
    orientation: tuple[float, ...] | None = None
    pixel_spacing_mm: tuple[float, float] | None = None
    stack_id: str = ""
    contrast_agent: bool = False
    n_images_declared: int | None = None
    n_in_series_declared: int | None = None
    n_slices_declared: int | None = None
    is_lossy: bool = False
    concatenation: tuple[int, int] | None = None


@dataclass(slots=True, kw_only=True)
class Frame:
    """One plane: where its pixels are, where it lies, and what orders it among its like.

    `number` is the place of the file in path order; `sop_uid` a digest of the UID, with
    the number of the frame in a multi-frame object.
    """

    path: str
    frame: int | None
    acquisition: Acquisition
    sop_uid: str
    position: Vector | None
    instance_number: int | None = None
    acquisition_number: int | None = None
    temporal_index: int | None = None
    trigger_time_ms: float | None = None
    time: str = ""
    dimensions: tuple[int, ...] = ()
    damage: str | None = None
    number: int = 0
