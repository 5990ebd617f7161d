"""From the elements of one file to the frames it holds."""

import os
import struct
from dataclasses import dataclass
from functools import lru_cache
from sys import intern

from mri_bme.intake.dicom import vendors
from mri_bme.intake.dicom.completeness import pixel_cut
from mri_bme.intake.dicom.components import component_of
from mri_bme.intake.dicom.elements import (
    CLASSIC_MR,
    LOSSY_SYNTAXES,
    MULTIFRAME_MR,
    RawHeader,
    parse_header,
)
from mri_bme.intake.dicom.frames import Acquisition, Frame, uid_digest
from mri_bme.intake.dicom.free_text import MODALITIES
from mri_bme.intake.dicom.functional_groups import DamagedGroups
from mri_bme.intake.dicom.multiframe import read_frames
from mri_bme.intake.dicom.octets import open_octets
from mri_bme.intake.dicom.times import times_of
from mri_bme.intake.dicom.values import (
    LARGEST_NUMBER,
    integer_of,
    number_of,
    numbers_of,
    parts_of,
    positive,
    spacing_of,
    tesla,
    text_of,
    vector_of,
)

CHARACTER_SET = 0x00080005
IMAGE_TYPE, SOP_CLASS, SOP_UID, MODALITY = 0x00080008, 0x00080016, 0x00080018, 0x00080060
POSITION, ORIENTATION, INSTANCE_NUMBER = 0x00200032, 0x00200037, 0x00200013
ACQUISITION_NUMBER, TEMPORAL_INDEX, TRIGGER_TIME = 0x00200012, 0x00200100, 0x00181060
ACQUISITION_TIME, CONTENT_TIME, N_FRAMES = 0x00080032, 0x00080033, 0x00280008
ACQUISITION_DATE_TIME, ISSUER, SEX, TRIAL_SUBJECT = 0x0008002A, 0x00100021, 0x00100040, 0x00120040
TIME_POINT, TIME_POINT_NAME, EVENT_OFFSET, EVENT = 0x00120050, 0x00120051, 0x00120052, 0x00120053
IDENTITY_REMOVED, INVERTED, SUPPRESSION, AGE = 0x00120062, 0x00189009, 0x00189025, 0x00101010
N_IN_SERIES, LOSSY = 0x00201209, 0x00282110
RETIRED_POSITION, RETIRED_ORIENTATION = 0x00200030, 0x00200035  # ACR-NEMA

SHARED_TAGS = (
    *(CHARACTER_SET, IMAGE_TYPE, SOP_CLASS, 0x00080020, 0x00080021, 0x00080022, 0x00080023),
    *(0x00080050, MODALITY, 0x00080070, 0x0008103E, 0x00081090, 0x00100010, 0x00100020),
    *(0x00100030, 0x00180010, 0x00180015, 0x00180020, 0x00180021, 0x00180022, 0x00180023),
    *(0x00180024, 0x00180050, 0x00180080, 0x00180081, 0x00180082, 0x00180086, 0x00180087),
    *(0x00180088, 0x00180091, 0x00181030, 0x00181314, 0x00185100, 0x00189087, 0x0020000D),
    *(0x0020000E, 0x00200011, ORIENTATION, RETIRED_ORIENTATION, 0x00200052, 0x00201002),
    *(0x00280002, 0x00280004, 0x00280010, 0x00280011, 0x00280030, 0x00280100),
    *(ACQUISITION_DATE_TIME, ISSUER, SEX, TRIAL_SUBJECT, TIME_POINT, TIME_POINT_NAME),
    *(EVENT_OFFSET, EVENT, IDENTITY_REMOVED, AGE, INVERTED, SUPPRESSION, N_IN_SERIES, LOSSY),
)
FRAME_TAGS = (
    *(SOP_UID, POSITION, RETIRED_POSITION, INSTANCE_NUMBER, ACQUISITION_NUMBER),
    *(TEMPORAL_INDEX, TRIGGER_TIME, ACQUISITION_TIME, CONTENT_TIME, N_FRAMES),
)
PADDING, PADDING_LIMIT = 0x00280120, 0x00280121
PIXEL_TAGS = (0x00280101, 0x00280102, 0x00280103, PADDING, PADDING_LIMIT, 0x00281052, 0x00281053)
_ALL_SHARED = (*SHARED_TAGS, *vendors.HEADER_TAGS)
_NO_VALUES = (b"",) * len(_ALL_SHARED)
WANTED_TAGS = frozenset((*_ALL_SHARED, *FRAME_TAGS, *PIXEL_TAGS))

COLOUR_MR = CLASSIC_MR + ".3"
_STORAGE = "1.2.840.10008.5.1.4.1.1."
NO_IMAGE = (  # raw data, spectra, waveforms, states, reports, documents, radiotherapy
    *(f"{_STORAGE}{kind}" for kind in ("66", "4.2", "9.", "11.", "88.", "104.", "481.")),
)
DICOMDIR = "DICOMDIR"
DICOMDIR_CLASS = "1.2.840.10008.1.3.10"
PREAMBLE_BYTES = 132
ARCHIVE_SUFFIXES = (".zip", ".tar", ".tgz", ".tar.gz", ".7z", ".rar")
ARCHIVE_STARTS = (b"PK\x03\x04", b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07")
IMAGE_SUFFIXES = ("", ".dcm", ".dicom", ".ima")  # documents of an office are archives, too
NO_DICOM_SUFFIXES = (
    *(".txt", ".csv", ".tsv", ".json", ".md", ".log", ".xml", ".html", ".htm", ".ini", ".inf"),
    *(".cfg", ".toml", ".lock", ".tmp", ".db", ".js", ".css", ".py", ".pdf", ".nii", ".gz"),
)
MAX_B_VALUE = 1e5  # s/mm2
OTHER_DATES = (0x00080022, 0x00080021, 0x00080023, ACQUISITION_DATE_TIME)


@dataclass(frozen=True, slots=True)
class FileFound:
    """What one file is: frames of MR images, or why it gives none.

    `kind` counts what was skipped, as in ``SR``, ``not DICOM``; `damage` names a file
    that should have been an image.
    """

    frames: tuple[Frame, ...] = ()
    kind: str = ""
    damage: str | None = None
    series_uid: str = ""
    patient_id: str = ""


@lru_cache(maxsize=512)  # files of a series mostly lie side by side
def acquisition_of(values: tuple[bytes, ...], little: bool, syntax: str) -> Acquisition:
    """Interpret the shared elements of a classic object (in the order of `SHARED_TAGS`)."""
    found = dict(zip(_ALL_SHARED, values, strict=True))
    charsets = text_of(found[CHARACTER_SET])

    def text(tag: int) -> str:
        return intern(text_of(found[tag], charsets))

    def number(tag: int) -> float | None:
        return number_of(found[tag])

    def unsigned(tag: int, default: int) -> int:
        value = found[tag][:2]
        return int.from_bytes(value, "little" if little else "big") if value else default

    image_type = parts_of(found[IMAGE_TYPE])
    spacing = numbers_of(found[0x00280030])
    orientation = numbers_of(found[ORIENTATION] or found[RETIRED_ORIENTATION])
    private = vendors.header_facts(found, little)
    scanning = _scanning_sequence(parts_of(found[0x00180020]), text(INVERTED))
    times = times_of(
        number(0x00180081),
        number(0x00180080),
        number(0x00180082),
        is_gradient_echo="GR" in scanning and "SE" not in scanning,
    )
    return Acquisition(
        sop_class=text(SOP_CLASS),
        modality=text(MODALITY).upper(),
        series_uid=text(0x0020000E),
        study_uid=text(0x0020000D),
        patient_id=text(0x00100020),
        patient_name=text(0x00100010),
        birth_date=text(0x00100030),
        accession=text(0x00080050),
        study_date=text(0x00080020),
        other_dates=tuple(text(tag) for tag in OTHER_DATES),
        issuer=text(ISSUER),
        sex=text(SEX).upper(),
        age=text(AGE).upper(),
        trial_subject=text(TRIAL_SUBJECT),
        time_point=text(TIME_POINT),
        time_point_name=text(TIME_POINT_NAME),
        event_offset_days=_double(found[EVENT_OFFSET], little),
        event=text(EVENT).upper(),
        is_identity_removed=text(IDENTITY_REMOVED).upper() == "YES",
        frame_of_reference=text(0x00200052),
        series_number=integer_of(found[0x00200011]),
        description=text(0x0008103E),
        protocol=text(0x00181030),
        sequence_name=text(0x00180024),
        image_type=image_type,
        n_tiles=int(private.get("n_tiles", 1)),
        component=component_of(image_type, text(0x0008103E)),
        scanning_sequence=scanning,
        sequence_variant=parts_of(found[0x00180021]),
        scan_options=parts_of(found[0x00180022]),
        fat_suppression=text(SUPPRESSION).upper(),
        is_3d=text(0x00180023).upper() == "3D",
        echo_time_ms=times.echo_ms,
        repetition_time_ms=times.repetition_ms,
        inversion_time_ms=times.inversion_ms,
        were_seconds=times.were_seconds,
        flip_angle=number(0x00181314),
        echo_train_length=integer_of(found[0x00180091]),
        echo_number=text(0x00180086),
        b_value=_b_value(_double(found[0x00189087], little), private.get("b_value")),
        field_tesla=tesla(number(0x00180087)),
        slice_thickness_mm=positive(number(0x00180050)),
        spacing_between_slices_mm=positive(number(0x00180088)),
        manufacturer=text(0x00080070),
        model=text(0x00081090),
        body_part=text(0x00180015),
        patient_position=text(0x00185100),
        rows=unsigned(0x00280010, 0),
        columns=unsigned(0x00280011, 0),
        samples_per_pixel=unsigned(0x00280002, 1),
        photometric=text(0x00280004).upper(),
        bits_allocated=unsigned(0x00280100, 16),
        orientation=orientation if len(orientation) == 6 else None,
        pixel_spacing_mm=spacing_of(spacing),
        contrast_agent=bool(text(0x00180010)),
        n_images_declared=integer_of(found[0x00201002]),
        n_in_series_declared=integer_of(found[N_IN_SERIES]),
        is_lossy=text(LOSSY) == "01" or syntax in LOSSY_SYNTAXES,
    )


def _scanning_sequence(words: tuple[str, ...], inverted: str) -> tuple[str, ...]:
    """Add what some classic objects say in an attribute of enhanced ones."""
    return (*words, "IR") if inverted.upper() == "YES" and "IR" not in words else words


def _double(value: bytes, little: bool) -> float | None:
    if len(value) != 8:
        return number_of(value)
    found = float(struct.unpack("<d" if little else ">d", value)[0])
    return found if abs(found) < LARGEST_NUMBER else None


def _b_value(public: float | None, private: float | None) -> float | None:
    value = private if public is None else public
    return value if value is not None and 0 <= value < MAX_B_VALUE else None


def find_frames(path: str) -> FileFound:
    """Say what one file holds."""
    with open_octets(path) as source:
        header = parse_header(source, WANTED_TAGS)
        if header is None:
            return _junk(path, source.read(0, 512))
        cut = pixel_cut(header)
        found = _classify(path, header)
    if cut and found.frames:
        for frame in found.frames:
            frame.damage = frame.damage or cut
    return found


def _classify(path: str, header: RawHeader) -> FileFound:
    sop_class = text_of(header.tags.get(SOP_CLASS, b""))
    modality = text_of(header.tags.get(MODALITY, b"")).upper()
    series_uid = text_of(header.tags.get(0x0020000E, b""))
    if DICOMDIR_CLASS in (sop_class, header.media_class):
        return FileFound(kind=DICOMDIR)
    if not header.tags:
        return _without_elements(header)
    if header.pixel_offset is not None and _has_functional_groups(header, sop_class, modality):
        return _multiframe(path, header, series_uid)
    if not _is_mr(header, sop_class, modality):
        return _no_mr(header, sop_class, modality)
    if header.pixel_offset is None:
        return _damaged(header, header.damage or "it holds no pixel data")
    return FileFound(frames=_classic_frames(path, header), series_uid=series_uid)


def _without_elements(header: RawHeader) -> FileFound:
    is_other = header.media_class.startswith(NO_IMAGE)
    damage = None if is_other else "it ends before it says what it is"
    return FileFound(kind="empty DICOM", damage=damage)


def _no_mr(header: RawHeader, sop_class: str, modality: str) -> FileFound:
    """Count another object; one that ends before its matrix may have been an MR image."""
    is_other = sop_class.startswith(NO_IMAGE) or modality not in ("MR", "")
    if header.damage and not header.tags.get(0x00280010) and not is_other:
        return _damaged(header, header.damage)
    kind = _kind_of_object(sop_class, modality)
    return FileFound(kind=kind, series_uid=text_of(header.tags.get(0x0020000E, b"")))


def _multiframe(path: str, header: RawHeader, series_uid: str) -> FileFound:
    try:
        return FileFound(frames=tuple(read_frames(path, header)), series_uid=series_uid)
    except (DamagedGroups, struct.error, ValueError) as error:
        return _damaged(header, f"its functional groups cannot be read ({error})")


def _damaged(header: RawHeader, damage: str) -> FileFound:
    charsets = text_of(header.tags.get(CHARACTER_SET, b""))
    return FileFound(
        kind="damaged",
        damage=damage,
        series_uid=text_of(header.tags.get(0x0020000E, b"")),
        patient_id=text_of(header.tags.get(0x00100020, b""), charsets),
    )


def _has_functional_groups(header: RawHeader, sop_class: str, modality: str) -> bool:
    """Enhanced MR, or some other class of MR object with frames and no place of its own."""
    if sop_class in MULTIFRAME_MR:
        return True
    is_many = (integer_of(header.tags.get(N_FRAMES, b"")) or 1) > 1
    is_other = sop_class not in (CLASSIC_MR, COLOUR_MR) and not sop_class.startswith(NO_IMAGE)
    return modality == "MR" and is_many and is_other and POSITION not in header.tags


def _is_mr(header: RawHeader, sop_class: str, modality: str) -> bool:
    """Believe the class, then the modality; without both, an image with a place is one."""
    if sop_class in (CLASSIC_MR, *MULTIFRAME_MR):
        return True
    if POSITION not in header.tags or sop_class.startswith(NO_IMAGE):
        return False
    return modality == "MR" or not (modality or sop_class)


def _kind_of_object(sop_class: str, modality: str) -> str:
    if sop_class == COLOUR_MR:
        return "colour MR"
    if sop_class.startswith(NO_IMAGE):
        return "MR without pixels" if modality == "MR" else _plain_kind(modality)
    return "MR without geometry" if modality == "MR" else _plain_kind(modality)


def _plain_kind(modality: str) -> str:
    return modality if modality in MODALITIES else "other DICOM"


def _junk(path: str, head: bytes) -> FileFound:
    """Say what is no DICOM; files that a copy left empty or cut at once are damaged images."""
    name = os.path.basename(path).lower()  # noqa: PTH119  (in the hot path)
    if name.endswith(ARCHIVE_SUFFIXES) or _is_hidden_archive(name, head):
        return FileFound(kind="archive")
    is_note = name.startswith(".") or name.endswith(NO_DICOM_SUFFIXES)
    if not head:
        return FileFound(kind="empty file", damage=None if is_note else "it is empty")
    is_cut = len(head) <= PREAMBLE_BYTES and not any(head[:128])
    if is_cut and not is_note:
        return FileFound(kind="damaged", damage="it ends before its header")
    return FileFound(kind="not DICOM")


def _is_hidden_archive(name: str, head: bytes) -> bool:
    """Tell an archive that bears the name of an image; of a tar the word stands further in."""
    is_packed = head.startswith(ARCHIVE_STARTS) or head[257:262] == b"ustar"
    return is_packed and os.path.splitext(name)[1] in IMAGE_SUFFIXES  # noqa: PTH122  (hot path)


def _classic_frames(path: str, header: RawHeader) -> tuple[Frame, ...]:
    tags = header.tags
    if ACQUISITION_DATE_TIME in tags:  # the rest differs from slice to slice
        tags[ACQUISITION_DATE_TIME] = tags[ACQUISITION_DATE_TIME][:8]
    values = tuple(map(tags.get, _ALL_SHARED, _NO_VALUES))
    n_frames = integer_of(tags.get(N_FRAMES, b"")) or 1
    time = tags.get(ACQUISITION_TIME, b"") or tags.get(CONTENT_TIME, b"")
    frame = Frame(
        path=path,
        frame=None,
        acquisition=acquisition_of(values, header.is_little, header.syntax),
        sop_uid=uid_digest(tags.get(SOP_UID, b"")),
        position=vector_of(tags.get(POSITION) or tags.get(RETIRED_POSITION, b"")),
        instance_number=integer_of(tags.get(INSTANCE_NUMBER, b"")),
        acquisition_number=integer_of(tags.get(ACQUISITION_NUMBER, b"")),
        temporal_index=integer_of(tags.get(TEMPORAL_INDEX, b"")),
        trigger_time_ms=number_of(tags.get(TRIGGER_TIME, b"")),
        time=text_of(time),
    )
    if n_frames > 1:
        frame.damage = f"it holds {n_frames} frames without saying where each one lies"
    return (frame,)
