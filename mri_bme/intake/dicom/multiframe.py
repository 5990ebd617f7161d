"""Enhanced (multi-frame) MR objects: where every frame lies and what it shows."""

import struct
from collections.abc import Iterator

from mri_bme.intake.dicom.components import component_of
from mri_bme.intake.dicom.elements import LOSSY_SYNTAXES, RawHeader
from mri_bme.intake.dicom.frames import Acquisition, Frame, uid_digest
from mri_bme.intake.dicom.functional_groups import (
    Elements,
    GroupedObject,
    Value,
)
from mri_bme.intake.dicom.times import times_of
from mri_bme.intake.dicom.values import (
    LARGEST_NUMBER,
    integer_of,
    numbers_of,
    parts_of,
    positive,
    spacing_of,
    tesla,
    text_of,
    vector_of,
)

MAX_FRAMES = 100_000

FRAME_TYPE, TIMING, MODIFIER, ECHO = 0x00189226, 0x00189112, 0x00189115, 0x00189114
DIFFUSION, MEASURES, ORIENTATION, POSITION = 0x00189117, 0x00289110, 0x00209116, 0x00209113
CONTENT, CARDIAC = 0x00209111, 0x00189118
_OF_ACQUISITION = (FRAME_TYPE, TIMING, MODIFIER, ECHO, DIFFUSION, MEASURES, ORIENTATION)
_GROUPS = frozenset({*_OF_ACQUISITION, POSITION, CONTENT, CARDIAC})

ECHO_TIME, TE_EFFECTIVE, TR, FLIP = 0x00180081, 0x00189082, 0x00180080, 0x00181314
INVERSION_TIME, INVERSION_TIMES, IS_INVERTED = 0x00180082, 0x00189079, 0x00189009
ECHO_TRAIN, RF_ECHO_TRAIN, SUPPRESSION, B_VALUE = 0x00180091, 0x00189240, 0x00189025, 0x00189087
KIND, COMPLEX_PART, IMAGE_TYPE = 0x00089007, 0x00089208, 0x00080008
THICKNESS, BETWEEN, SPACING, PLANE = 0x00180050, 0x00180088, 0x00280030, 0x00200037
PLACE, STACK, PLACE_IN_STACK = 0x00200032, 0x00209056, 0x00209057
ACQUISITION_NUMBER = 0x00209156
TEMPORAL, DIMENSIONS, TIME, DELAY = 0x00209128, 0x00209157, 0x00189074, 0x00209153
_IN_GROUPS = frozenset(
    {TE_EFFECTIVE, TR, FLIP, INVERSION_TIMES, IS_INVERTED, ECHO_TRAIN, RF_ECHO_TRAIN, SUPPRESSION}
    | {B_VALUE, KIND, COMPLEX_PART, THICKNESS, BETWEEN, SPACING, PLANE, PLACE, STACK}
    | {ACQUISITION_NUMBER, TEMPORAL, DIMENSIONS, TIME, DELAY, PLACE_IN_STACK}
)
_TEXTS = {
    "sop_class": 0x00080016, "series_uid": 0x0020000E, "study_uid": 0x0020000D,
    "patient_id": 0x00100020, "patient_name": 0x00100010, "birth_date": 0x00100030,
    "accession": 0x00080050, "study_date": 0x00080020, "frame_of_reference": 0x00200052,
    "description": 0x0008103E, "protocol": 0x00181030, "manufacturer": 0x00080070,
    "model": 0x00081090, "body_part": 0x00180015, "patient_position": 0x00185100,
    "issuer": 0x00100021, "trial_subject": 0x00120040, "time_point": 0x00120050,
    "time_point_name": 0x00120051, "age": 0x00101010,
}  # fmt: skip
_OTHER_DATES = (0x00080022, 0x00080021, 0x00080023, 0x0008002A)
SEX, EVENT_OFFSET, EVENT, IDENTITY_REMOVED = 0x00100040, 0x00120052, 0x00120053, 0x00120062
CONCATENATION, PART, N_PARTS, N_IN_SERIES = 0x00209161, 0x00209162, 0x00209163, 0x00201209
LOSSY = 0x00282110
CHARACTER_SET, MODALITY, SOP_UID, INSTANCE_NUMBER = 0x00080005, 0x00080060, 0x00080018, 0x00200013
PULSE_SEQUENCE, SEQUENCE_NAME, SERIES_NUMBER = 0x00189005, 0x00180024, 0x00200011
ECHO_PULSE, ECHO_PLANAR, SCANNING_SEQUENCE = 0x00189008, 0x00189018, 0x00180020
DIMENSIONALITY, FIELD, SCAN_OPTIONS = 0x00180023, 0x00180087, 0x00180022
ROWS, COLUMNS, SAMPLES, PHOTOMETRIC = 0x00280010, 0x00280011, 0x00280002, 0x00280004
ALLOCATED, AGENT, N_FRAMES = 0x00280100, 0x00180012, 0x00280008
_ON_TOP = frozenset(
    {*_TEXTS.values(), *_OTHER_DATES, CHARACTER_SET, MODALITY, SOP_UID, INSTANCE_NUMBER}
    | {PULSE_SEQUENCE, SEQUENCE_NAME, SERIES_NUMBER, ECHO_PULSE, ECHO_PLANAR, SCANNING_SEQUENCE}
    | {DIMENSIONALITY, FIELD, SCAN_OPTIONS, ROWS, COLUMNS, SAMPLES, PHOTOMETRIC, ALLOCATED, AGENT}
    | {N_FRAMES, ECHO_TIME, TR, INVERSION_TIME, FLIP, ECHO_TRAIN}
    | {BETWEEN, COMPLEX_PART, IMAGE_TYPE, SUPPRESSION, SEX, EVENT_OFFSET, EVENT, IDENTITY_REMOVED}
    | {CONCATENATION, PART, N_PARTS, N_IN_SERIES, LOSSY}
)
_BINARY = {b"FD": "d", b"FL": "f", b"US": "H", b"UL": "I", b"SS": "h", b"SL": "i"}
_IMPLICIT = {
    **dict.fromkeys((TE_EFFECTIVE, INVERSION_TIMES, B_VALUE, DELAY, EVENT_OFFSET), b"FD"),
    **dict.fromkeys((TEMPORAL, DIMENSIONS, PLACE_IN_STACK), b"UL"),
    **dict.fromkeys((ACQUISITION_NUMBER, RF_ECHO_TRAIN, PART, N_PARTS), b"US"),
    **dict.fromkeys((ROWS, COLUMNS, SAMPLES, ALLOCATED), b"US"),
    FIELD: b"DS",
}
"""Value representations that files in implicit syntax do not name (PS3.6); others are text."""
_ECHO_WORDS = {"SPIN": ("SE",), "GRADIENT": ("GR",), "BOTH": ("SE", "GR")}
_COMPLEX_COMPONENTS = {"PHASE": "phase", "REAL": "real", "IMAGINARY": "imaginary"}


def read_frames(path: str, header: RawHeader) -> Iterator[Frame]:
    """Find the frames of an enhanced object.

    Raises
    ------
    DamagedGroups, struct.error, ValueError
        If its functional groups make no sense.
    """
    reader = _Reader(header)
    groups, damage = reader.checked_groups()
    found: dict[tuple[Value | str | None, ...], Acquisition] = {}
    common = {**_common(reader), "n_slices_declared": _n_places(reader, groups)}
    common["is_lossy"] = reader.is_lossy or header.syntax in LOSSY_SYNTAXES
    for index, group in enumerate(groups):
        macros = {**reader.shared, **group}
        stack_id = reader.text(reader.first.of(macros.get(CONTENT)).get(STACK))
        key = (stack_id, *(macros.get(tag) for tag in _OF_ACQUISITION))
        if key not in found:
            found[key] = _acquisition(reader, macros, stack_id, common)
        yield _frame(path, index, reader, macros, found[key], damage=damage)


class _Reader(GroupedObject):
    """An enhanced object, and how its values are written."""

    def __init__(self, header: RawHeader) -> None:
        super().__init__(header, on_top=_ON_TOP, in_groups=_GROUPS, in_items=_IN_GROUPS)
        self._charsets = text_of(self.top.get(CHARACTER_SET, (b"", b""))[1])

    def checked_groups(self) -> tuple[list[Elements], str | None]:
        """Give the groups of every frame, and what is wrong with their number."""
        declared = integer_of(self.top.get(N_FRAMES, (b"", b""))[1])
        declared = 1 if declared is None else declared
        groups = list(self.frame_groups())
        if not 1 <= declared <= MAX_FRAMES or len(groups) not in (0, declared):
            return [{}], f"it declares {declared} frames and describes {len(groups)}"
        return groups or [{} for _ in range(declared)], None

    @property
    def is_lossy(self) -> bool:
        return self.text(self.top.get(LOSSY)) == "01"

    def text(self, value: Value | None) -> str:
        return "" if value is None else text_of(value[1], self._charsets)

    def numbers(self, tag: int, elements: Elements) -> tuple[float, ...]:
        """Values of an element, binary or text; empty when one is no number."""
        vr, value = elements.get(tag, (b"", b""))
        code = _BINARY.get(vr or _IMPLICIT.get(tag, b""))
        if code is None:
            return numbers_of(value)
        n, order = len(value) // struct.calcsize(code), "<" if self.encoding.little else ">"
        found = struct.unpack_from(f"{order}{n}{code}", value)
        return found if all(abs(v) < LARGEST_NUMBER for v in found) else ()

    def number(self, tag: int, elements: Elements, fallback: int = 0) -> float | None:
        """First value of an element, else of one of the object."""
        found = self.numbers(tag, elements) or self.numbers(fallback, self.top)
        return float(found[0]) if found else None

    def whole(self, tag: int, elements: Elements) -> int | None:
        number = self.number(tag, elements)
        return None if number is None else round(number)

    def parts(self, value: Value | None) -> tuple[str, ...]:
        return () if value is None else parts_of(value[1])


def _common(reader: _Reader) -> dict[str, object]:
    """Fields of `Acquisition` that lie outside the functional groups."""
    top = reader.top
    return {
        **{name: reader.text(top.get(tag)) for name, tag in _TEXTS.items()},
        "modality": reader.text(top.get(MODALITY)).upper(),
        "other_dates": tuple(reader.text(top.get(tag)) for tag in _OTHER_DATES),
        "series_number": reader.whole(SERIES_NUMBER, top),
        "sequence_name": reader.text(top.get(PULSE_SEQUENCE))
        or reader.text(top.get(SEQUENCE_NAME)),
        "scan_options": reader.parts(top.get(SCAN_OPTIONS)),
        "is_3d": "3D" in reader.text(top.get(DIMENSIONALITY)).upper(),
        "field_tesla": tesla(reader.number(FIELD, top)),
        "rows": reader.whole(ROWS, top) or 0,
        "columns": reader.whole(COLUMNS, top) or 0,
        "samples_per_pixel": reader.whole(SAMPLES, top) or 1,
        "photometric": reader.text(top.get(PHOTOMETRIC)).upper(),
        "bits_allocated": reader.whole(ALLOCATED, top) or 16,
        "contrast_agent": AGENT in top,
        "sex": reader.text(top.get(SEX)).upper(),
        "event": reader.text(top.get(EVENT)).upper(),
        "event_offset_days": reader.number(EVENT_OFFSET, top),
        "is_identity_removed": reader.text(top.get(IDENTITY_REMOVED)).upper() == "YES",
        "n_in_series_declared": reader.whole(N_IN_SERIES, top),
        "concatenation": _concatenation(reader),
    }


def _concatenation(reader: _Reader) -> tuple[int, int] | None:
    number, total = reader.whole(PART, reader.top), reader.whole(N_PARTS, reader.top)
    if CONCATENATION not in reader.top and number is None:
        return None
    return number or 0, total or 0


def _n_places(reader: _Reader, groups: list[Elements]) -> int | None:
    """Count the slices of the largest stack by the numbers that its frames have in it.

    None where numbers say nothing: each stack of an interleaved scan counts its own.
    """
    highest: dict[str, float] = {}
    for group in groups:
        content = reader.first.of(group.get(CONTENT))
        stack, place = reader.text(content.get(STACK)), reader.number(PLACE_IN_STACK, content)
        highest[stack] = max(highest.get(stack, 0), place or 0)
    return round(max(highest.values(), default=0)) or None


def _scanning_sequence(reader: _Reader) -> tuple[str, ...]:
    """Classic words for what an enhanced object says in EchoPulseSequence and its like."""
    classic = reader.parts(reader.top.get(SCANNING_SEQUENCE))
    words = _ECHO_WORDS.get(reader.text(reader.top.get(ECHO_PULSE)).upper(), ())
    is_planar = reader.text(reader.top.get(ECHO_PLANAR)).upper() == "YES"
    return classic or ((*words, "EP") if is_planar else words)


def _acquisition(
    reader: _Reader, macros: Elements, stack_id: str, common: dict[str, object]
) -> Acquisition:
    kind, timing, modifier, echo, diffusion, measures, plane = (
        reader.first.of(macros.get(tag)) for tag in _OF_ACQUISITION
    )
    number, top = reader.number, reader.top
    image_type = reader.parts(kind.get(KIND)) or reader.parts(top.get(IMAGE_TYPE))
    scanning = _scanning_sequence(reader)
    if reader.text(modifier.get(IS_INVERTED)).upper() == "YES":
        scanning = tuple(dict.fromkeys((*scanning, "IR")))
    suppression = reader.text(modifier.get(SUPPRESSION)).upper()
    times = times_of(
        number(TE_EFFECTIVE, echo, ECHO_TIME),
        number(TR, timing, TR),
        number(INVERSION_TIMES, modifier, INVERSION_TIME),
        is_gradient_echo="GR" in scanning and "SE" not in scanning,
    )
    train = number(ECHO_TRAIN, timing) or number(RF_ECHO_TRAIN, timing, ECHO_TRAIN)
    orientation = reader.numbers(PLANE, plane)
    return Acquisition(
        **common,  # type: ignore[arg-type]
        image_type=image_type,
        component=_component(reader, image_type, kind, str(common["description"])),
        scanning_sequence=scanning,
        fat_suppression=suppression or reader.text(top.get(SUPPRESSION)).upper(),
        echo_time_ms=times.echo_ms,
        repetition_time_ms=times.repetition_ms,
        inversion_time_ms=times.inversion_ms,
        were_seconds=times.were_seconds,
        flip_angle=number(FLIP, timing, FLIP),
        echo_train_length=None if train is None else round(train),
        b_value=number(B_VALUE, diffusion),
        slice_thickness_mm=positive(number(THICKNESS, measures)),
        spacing_between_slices_mm=positive(number(BETWEEN, measures, BETWEEN)),
        orientation=orientation if len(orientation) == 6 else None,
        pixel_spacing_mm=spacing_of(reader.numbers(SPACING, measures)),
        stack_id=stack_id,
    )


def _component(
    reader: _Reader, image_type: tuple[str, ...], kind: Elements, description: str
) -> str:
    component = component_of(image_type, description)
    if component != "magnitude":
        return component
    part = reader.text(kind.get(COMPLEX_PART)) or reader.text(reader.top.get(COMPLEX_PART))
    return _COMPLEX_COMPONENTS.get(part.upper(), component)


def _frame(
    path: str,
    index: int,
    reader: _Reader,
    macros: Elements,
    acquisition: Acquisition,
    *,
    damage: str | None,
) -> Frame:
    place = reader.first.of(macros.get(POSITION))
    content = reader.first.of(macros.get(CONTENT))
    return Frame(
        path=path,
        frame=index,
        acquisition=acquisition,
        sop_uid=f"{uid_digest(reader.top.get(SOP_UID, (b'', b''))[1])}#{index}",
        position=vector_of(place.get(PLACE, (b"", b""))[1]),
        instance_number=(reader.whole(INSTANCE_NUMBER, reader.top) or 0) * MAX_FRAMES + index,
        acquisition_number=reader.whole(ACQUISITION_NUMBER, content),
        temporal_index=reader.whole(TEMPORAL, content),
        trigger_time_ms=reader.number(DELAY, reader.first.of(macros.get(CARDIAC))),
        time=reader.text(content.get(TIME)),
        dimensions=tuple(map(round, reader.numbers(DIMENSIONS, content))),
        damage=damage,
    )
