"""Whether the pixel data of a file are all there, told without reading them."""

from mri_bme.intake.dicom.elements import NATIVE_SYNTAXES, RawHeader, declared_pixel_bytes

MAX_SIDE = 8192
CUT_IN_PIXELS = "it is cut short in its pixel data"
RLE, JPEG_END = "1.2.840.10008.1.2.5", b"\xff\xd9"


def pixel_cut(header: RawHeader) -> str | None:
    """Say when the pixel data end before they should, without reading them."""
    if header.pixel_offset is None:
        return None
    rows_columns = [header.tags.get(tag, b"") for tag in (0x00280010, 0x00280011)]
    order = "little" if header.is_little else "big"
    sides = [
        int.from_bytes(value[:2], "little" if order == "little" else "big")
        for value in rows_columns
    ]
    if max(sides) > MAX_SIDE:
        return f"it declares {sides[0]} x {sides[1]} pixels, more than any MR image has"
    if header.ends_with_pixels:
        return None
    if header.has_float_pixels:
        return "its pixels are floating-point numbers; only integers are read: convert it first"
    return (_native_cut if header.syntax in NATIVE_SYNTAXES else _encapsulation_cut)(header)


def _native_cut(header: RawHeader) -> str | None:
    needed = declared_pixel_bytes(header)
    if needed is None or header.pixel_bytes is None or header.pixel_bytes < needed:
        return "its pixel data are shorter than its matrix"
    end, size = (header.pixel_offset or 0) + needed, header.data.size
    if size < end if size is not None else not header.data.read(end - 1, 1):
        return CUT_IN_PIXELS
    return None


def _encapsulation_cut(header: RawHeader) -> str | None:
    """Follow the fragments to their end.

    The delimiter behind the last one may be missing, where that one is whole.
    """
    position, last = header.pixel_offset or 0, (0, 0)
    if header.pixel_bytes is not None:
        return None if header.data.read(position, 1) else CUT_IN_PIXELS
    order = "little" if header.is_little else "big"
    for _ in range(1_000_000):
        head = header.data.read(position, 8)
        if head[:4] == b"\xfe\xff\xdd\xe0":
            return None
        if len(head) < 8:
            return None if not head and _is_whole_fragment(header, *last) else CUT_IN_PIXELS
        length = int.from_bytes(head[4:], "little" if order == "little" else "big")
        last = position + 8, length
        position += 8 + length
    return "its pixel data never end"


def _is_whole_fragment(header: RawHeader, begin: int, length: int) -> bool:
    """Tell by the marker that ends JPEG streams of every kind; others show only their length."""
    end = header.data.read(begin + max(length - 2, 0), 2)
    if length < 2 or len(end) < 2:
        return False
    is_jpeg = header.data.read(begin, 1) in (b"\xff", b"\0") and header.syntax != RLE
    before = header.data.read(begin + length - 3, 2)
    return not is_jpeg or JPEG_END in (end, before)
