"""Walk the elements of a DICOM file without building a data set.

Only wanted top-level elements are kept, nothing is read twice, lengths are believed
only as far as the file reaches, and pixel data are located but not read. This is what
makes an index of a large export fast and safe; everything nested (functional groups)
is left to pydicom.
"""

import struct
from dataclasses import dataclass, field

from mri_bme.intake.dicom.heads import (
    DELIMITERS,
    ITEM,
    ITEM_END,
    LONG,
    LONG_VRS,
    MAX_VALUE_BYTES,
    SEQUENCE_END,
    SHORT_VRS,
    UNDEFINED,
    Heads,
    heads_for,
)
from mri_bme.intake.dicom.octets import HEAD_BYTES, RAW_DEFLATE_WINDOW, InflatedOctets, Octets

IMPLICIT_LITTLE = "1.2.840.10008.1.2"
EXPLICIT_LITTLE = "1.2.840.10008.1.2.1"
DEFLATED_LITTLE = "1.2.840.10008.1.2.1.99"
EXPLICIT_BIG = "1.2.840.10008.1.2.2"
CLASSIC_MR = "1.2.840.10008.5.1.4.1.1.4"
MULTIFRAME_MR = frozenset({CLASSIC_MR + ".1", CLASSIC_MR + ".4"})
GE_PRIVATE_BIG_PIXELS = "1.2.840.113619.5.2"  # implicit little endian, pixels big endian
NATIVE_SYNTAXES = frozenset(
    {IMPLICIT_LITTLE, EXPLICIT_LITTLE, DEFLATED_LITTLE, EXPLICIT_BIG, GE_PRIVATE_BIG_PIXELS}
)

LOSSY_SYNTAXES = frozenset(
    f"1.2.840.10008.1.2.4.{number}" for number in ("50", "51", "53", "55", "81", "112")
)
"""JPEG with a discrete cosine transform, near-lossless JPEG-LS, lossy JPEG XL."""

PIXEL_DATA, FLOAT_PIXELS = 0x7FE00010, frozenset({0x7FE00008, 0x7FE00009})
PIXEL_TAGS = FLOAT_PIXELS | {PIXEL_DATA}
TRANSFER_SYNTAX, LAST_META_TAG = 0x00020010, 0x0002FFFF
MEDIA_CLASS = 0x00020002
META_TAGS = frozenset({TRANSFER_SYNTAX, MEDIA_CLASS, LAST_META_TAG})
WINDOW_BYTES = HEAD_BYTES
MAX_UID_BYTES = 128  # 64 are allowed
MAX_DEPTH = 32
MAX_ELEMENTS = 1_000_000
_CUT = "the file ends inside an element"


@dataclass(slots=True)
class RawHeader:
    """What a walk over one file found.

    `pixel_bytes` is the declared length, None for encapsulated pixel data;
    `damage` says why the walk ended early. `data` holds the data set (after inflation)
    to which `start` and `pixel_offset` refer.
    """

    syntax: str
    explicit: bool
    data: Octets
    start: int = 0
    tags: dict[int, bytes] = field(default_factory=dict)
    pixel_offset: int | None = None
    pixel_bytes: int | None = None
    has_float_pixels: bool = False
    ends_with_pixels: bool = False
    media_class: str = ""
    damage: str | None = None

    @property
    def is_little(self) -> bool:
        """Byte order of numbers in the header."""
        return self.syntax != EXPLICIT_BIG


class _Damaged(Exception):
    """The bytes stop making sense."""


class _Window:
    """The part of a source that is being looked at."""

    def __init__(self, source: Octets) -> None:
        self.source, self.base, self.buffer = source, 0, source.read(0, WINDOW_BYTES)

    def index_of(self, position: int, n: int) -> int:
        """Make `n` bytes from `position` on present; return their index in `buffer`."""
        index = position - self.base
        if index < 0 or index + n > len(self.buffer):
            self.buffer = self.source.read(position, max(WINDOW_BYTES, n))
            self.base, index = position, 0
            if len(self.buffer) < n:
                raise _Damaged(_CUT)
        return index

    def bytes_at(self, position: int, n: int) -> bytes:
        index = self.index_of(position, n)
        return self.buffer[index : index + n]


def parse_header(source: Octets, wanted: frozenset[int]) -> RawHeader | None:
    """Read the wanted top-level elements; None when the bytes are not DICOM."""
    window = _Window(source)
    start = _data_start(window.buffer)
    if start is None:
        return None
    syntax, media_class, position = _read_meta(window, start)
    if syntax == DEFLATED_LITTLE:
        source, position = InflatedOctets(source, position, RAW_DEFLATE_WINDOW), 0
        window = _Window(source)
    elif syntax not in NATIVE_SYNTAXES and not syntax.startswith("1.2.840.10008."):
        syntax = _guess_syntax(source.read(position, 8))
    first = source.read(position, 8)
    if len(first) >= 6:
        syntax = _correct_syntax(syntax, first)
    explicit = _guess_syntax(first) != IMPLICIT_LITTLE  # some compressed files are implicit
    header = RawHeader(syntax=syntax, explicit=explicit, data=source, start=position)
    header.media_class = media_class
    _walk(header, window, position, wanted)
    return header


def _data_start(head: bytes) -> int | None:
    """Offset of the first element, None when this is not DICOM."""
    if head[128:132] == b"DICM":
        return 132
    if len(head) >= 8 and _looks_like_element(head[:8]):
        return 0
    if len(head) >= 136 and not any(head[:128]) and _looks_like_element(head[128:136]):
        return 128  # a preamble without its four letters
    return None


def _looks_like_element(first: bytes) -> bool:
    """Files without preamble begin with group 0002 or 0008, in either byte order."""
    group, element = struct.unpack_from("<HH", first)
    if (group, element) == (0x0200, 0) or group == 0x0800:  # big endian
        return first[4:6] in SHORT_VRS | LONG_VRS
    if group not in (0x0002, 0x0008) or element > 0x9999:
        return False
    if first[4:6] in SHORT_VRS | LONG_VRS:
        return True
    return bool(struct.unpack_from("<I", first, 4)[0] < 1 << 16)


def _guess_syntax(first: bytes) -> str:
    if len(first) < 6 or first[4:6] not in SHORT_VRS | LONG_VRS:
        return IMPLICIT_LITTLE
    return EXPLICIT_BIG if first[0] == 0 and first[1] != 0 else EXPLICIT_LITTLE


def _correct_syntax(syntax: str, first: bytes) -> str:
    """Believe the bytes where a native syntax is mislabelled, as exporters do."""
    seen = _guess_syntax(first)
    explicit = syntax not in (IMPLICIT_LITTLE, GE_PRIVATE_BIG_PIXELS)
    if syntax in NATIVE_SYNTAXES and (explicit != (seen != IMPLICIT_LITTLE)):
        return seen
    if syntax == EXPLICIT_LITTLE and seen == EXPLICIT_BIG:
        return seen
    return syntax


def _read_meta(window: _Window, position: int) -> tuple[str, str, int]:
    """Transfer syntax, storage class, and the offset after the meta group (explicit little)."""
    tags: dict[int, bytes] = {}
    heads = heads_for(META_TAGS, explicit=True, little=True)
    for _ in range(100):
        try:
            position = _walk_usual(heads, window, position, tags)
            group, element, vr, length = struct.unpack("<HH2sH", window.bytes_at(position, 8))
            if group != 0x0002:
                break
            head = 8
            if vr in LONG_VRS:
                (length,), head = struct.unpack("<I", window.bytes_at(position + 8, 4)), 12
            elif vr not in SHORT_VRS:  # a meta group written without VRs
                (length,) = struct.unpack("<I", window.bytes_at(position + 4, 4))
            if (group << 16 | element) == TRANSFER_SYNTAX and length < MAX_UID_BYTES:
                tags[TRANSFER_SYNTAX] = window.bytes_at(position + head, length)
            position += head + length
        except _Damaged:
            break
    named = tags.get(TRANSFER_SYNTAX, b"")
    syntax = _text(named) if len(named) < MAX_UID_BYTES else ""
    syntax = syntax or _guess_syntax(window.source.read(position, 8))
    return syntax, _text(tags.get(MEDIA_CLASS, b"")), position


def _text(value: bytes) -> str:
    return value.strip(b" \0").decode("ascii", "replace")


def _walk(header: RawHeader, window: _Window, position: int, wanted: frozenset[int]) -> None:
    try:
        _walk_elements(header, window, position, wanted)
    except _Damaged as damage:
        header.damage = str(damage)


def _walk_elements(
    header: RawHeader, window: _Window, position: int, wanted: frozenset[int]
) -> None:
    heads = heads_for(wanted, explicit=header.explicit, little=header.is_little)
    last_wanted, tried_end = max(wanted), False
    for _ in range(MAX_ELEMENTS):
        position = _walk_usual(heads, window, position, header.tags)
        found = _element_at(header, window, position)
        if found is None:
            return
        tag, head, length, nested = found
        if tag > last_wanted:
            if tag in PIXEL_TAGS:
                header.pixel_offset = position + head
                header.pixel_bytes = None if length == UNDEFINED else length
                header.has_float_pixels = tag in FLOAT_PIXELS
                return
            if not tried_end:
                tried_end = True
                if _find_pixels_at_end(header):
                    return
        position += head
        if length == UNDEFINED:
            position = _skip_items(window, position, nested, header.is_little, 0)
            continue
        if tag in wanted:
            if length > MAX_VALUE_BYTES:
                raise _Damaged(f"element {tag:08x} declares {length} bytes")
            header.tags[tag] = window.bytes_at(position, length)
        position += length
    raise _Damaged("more elements than any image has")


def _walk_usual(heads: Heads, window: _Window, position: int, tags: dict[int, bytes]) -> int:
    """Pass elements as long as their heads are plain and lie in the window.

    This is the hot path of indexing: one look-up per element, by its first eight bytes.
    """
    buffer, index = window.buffer, position - window.base
    last, n = len(buffer) - 12, len(buffer)
    while 0 <= index <= last:
        step, tag = heads[buffer[index : index + 8]]
        if tag > 0:
            if index + step > n:
                break
            tags[tag] = buffer[index + 8 : index + step]
        elif tag == LONG:
            length = int.from_bytes(buffer[index + 8 : index + 12], heads.byte_order)
            if length == UNDEFINED:
                break
            step = 12 + length
        elif not step:
            break
        index += step
    return window.base + index


def _element_at(
    header: RawHeader, window: _Window, position: int
) -> tuple[int, int, int, bool] | None:
    """Tag, bytes before the value, its length, and whether its items are explicit.

    None at the end of the file.
    """
    index = position - window.base
    if index < 0 or index + 12 > len(window.buffer):
        index = 0
        if not _refill(window, position):
            return None
    order, explicit = "<" if header.is_little else ">", header.explicit
    group, element, vr, length = struct.unpack_from(order + "HH2sH", window.buffer, index)
    tag, head = group << 16 | element, 8
    if explicit and vr in LONG_VRS:
        if len(window.buffer) < index + 12:
            raise _Damaged(_CUT)
        (length,), head = struct.unpack_from(order + "I", window.buffer, index + 8), 12
    elif not explicit or vr not in SHORT_VRS:
        if explicit and tag not in DELIMITERS:
            if not any(window.buffer[index : index + 8]):
                return None  # zero padding after the last element
            raise _Damaged(f"element {tag:08x} has no value representation")
        (length,) = struct.unpack_from(order + "I", window.buffer, index + 4)
    return tag, head, length, explicit and vr != b"UN"


def _refill(window: _Window, position: int) -> bytes:
    """Load the next elements; empty at the end of the file."""
    window.buffer, window.base = window.source.read(position, WINDOW_BYTES), position
    size = window.source.size
    if size is not None and position > size:
        raise _Damaged(_CUT)
    if len(window.buffer) < 8:
        if window.buffer.strip(b"\0"):
            raise _Damaged(_CUT)
        return b""
    return window.buffer


def _find_pixels_at_end(header: RawHeader) -> bool:
    """Look for native pixel data where they end with the file; saves walking private groups."""
    size, n = header.data.size, declared_pixel_bytes(header)
    if size is None or not n or header.syntax not in NATIVE_SYNTAXES:
        return False
    order = "<" if header.is_little else ">"
    length, head = n + n % 2, 12 if header.explicit else 8
    if size < length + head:
        return False
    found = header.data.read(size - length - head, head)
    group, element = struct.unpack_from(order + "HH", found)
    declared = struct.unpack_from(order + "I", found, head - 4)[0]
    if (group, element) != (0x7FE0, 0x0010) or declared != length:
        return False
    header.pixel_offset, header.pixel_bytes = size - length, length
    header.ends_with_pixels = True
    return True


def declared_pixel_bytes(header: RawHeader) -> int | None:
    """Bytes that the declared matrix needs when it is not compressed; None if undeclared."""
    rows, columns, allocated = (whole(header, tag) for tag in (0x00280010, 0x00280011, 0x00280100))
    if rows is None or columns is None or allocated is None:
        return None
    samples = whole(header, 0x00280002) or 1
    frames = header.tags.get(0x00280008, b"1").strip(b" \0")
    n_frames = int(frames) if frames.isdigit() and len(frames) < 8 else 1
    return (rows * columns * samples * max(n_frames, 1) * allocated + 7) // 8


def whole(header: RawHeader, tag: int) -> int | None:
    """Value of a US element."""
    value = header.tags.get(tag, b"")
    if len(value) < 2:
        return None
    return int.from_bytes(value[:2], "little" if header.is_little else "big")


def _skip_items(window: _Window, position: int, explicit: bool, little: bool, depth: int) -> int:
    """Position after a sequence (or encapsulated value) of undefined length."""
    if depth > MAX_DEPTH:
        raise _Damaged("sequences are nested deeper than any image needs")
    order = "<" if little else ">"
    for _ in range(MAX_ELEMENTS):
        group, element, length = struct.unpack(order + "HHI", window.bytes_at(position, 8))
        tag = group << 16 | element
        position += 8
        if tag == SEQUENCE_END:
            return position
        if tag != ITEM:
            raise _Damaged("a sequence holds something other than items")
        if length == UNDEFINED:
            position = _skip_item(window, position, explicit, little, depth)
        else:
            position += length
    raise _Damaged("a sequence never ends")


def _skip_item(window: _Window, position: int, explicit: bool, little: bool, depth: int) -> int:
    order = "<" if little else ">"
    for _ in range(MAX_ELEMENTS):
        group, element, vr, length = struct.unpack(order + "HH2sH", window.bytes_at(position, 8))
        tag, head = group << 16 | element, 8
        if tag == ITEM_END:
            return position + 8
        if not explicit:
            (length,) = struct.unpack(order + "I", window.bytes_at(position + 4, 4))
        elif vr in LONG_VRS:
            (length,), head = struct.unpack(order + "I", window.bytes_at(position + 8, 4)), 12
        elif vr not in SHORT_VRS:
            raise _Damaged(f"element {tag:08x} has no value representation")
        position += head
        if length == UNDEFINED:
            nested = explicit and vr != b"UN"
            position = _skip_items(window, position, nested, little, depth + 1)
        else:
            position += length
    raise _Damaged("an item never ends")
