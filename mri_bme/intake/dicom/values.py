"""What the values of elements say; whatever cannot be read says nothing."""

import warnings

from mri_bme.intake.dicom.frames import Vector

LARGEST_NUMBER = 1e12  # beyond any millimetre, millisecond or count
_DELIMITERS = {ord(c) for c in "\\^="}
_OF_NUMBERS = b"0123456789+-.eE, \0\\"


def text_of(value: bytes, charsets: str = "") -> str:
    """Decode a text value; what cannot be decoded is replaced, never fatal."""
    value = value.strip(b" \0")
    if value.isascii() and b"\x1b" not in value:
        return value.decode("ascii")
    import pydicom.charset  # noqa: PLC0415  (slow to load, and most headers are ASCII)

    names = [name.strip() for name in charsets.split("\\")]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            encodings = pydicom.charset.convert_encodings(names)
            return str(pydicom.charset.decode_bytes(value, encodings, _DELIMITERS))
        except (LookupError, UnicodeError, ValueError):
            return value.decode("latin-1")


def parts_of(value: bytes) -> tuple[str, ...]:
    """Values of a multi-valued code string, upper case, without empty ones."""
    parts = value.decode("latin-1").upper().split("\\")
    return tuple(part.strip(" \0") for part in parts if part.strip(" \0"))


def numbers_of(value: bytes) -> tuple[float, ...]:
    """Values of a decimal string; empty when one of them is no finite number."""
    if not value or value.translate(None, _OF_NUMBERS):  # "nan" and "1_0" are no numbers here
        return ()
    if b"\0" in value or b"," in value:
        value = value.replace(b"\0", b" ").replace(b",", b".")
    try:
        numbers = [float(part) for part in value.split(b"\\")]
    except ValueError:
        return ()
    return tuple(numbers) if max(map(abs, numbers)) < LARGEST_NUMBER else ()


def number_of(value: bytes) -> float | None:
    """First value of a decimal string."""
    numbers = numbers_of(value)
    return numbers[0] if numbers else None


def integer_of(value: bytes) -> int | None:
    """First value of an integer string."""
    if not value:
        return None
    value = value.strip(b" \0")
    if value.isdigit() and len(value) < 12:
        return int(value)
    number = number_of(value)
    return None if number is None or abs(number) > 2**40 else round(number)


def vector_of(value: bytes) -> Vector | None:
    """Three coordinates."""
    numbers = numbers_of(value)
    return (numbers[0], numbers[1], numbers[2]) if len(numbers) == 3 else None


def positive(value: float | None) -> float | None:
    """Believe positive numbers only."""
    return value if value is not None and value > 0 else None


def tesla(value: float | None) -> float | None:
    """Field strength; some scanners write gauss."""
    if value is None or value <= 0:
        return None
    return value / 10000 if value > 100 else value


def spacing_of(values: tuple[float, ...]) -> tuple[float, float] | None:
    """Distances between rows and between columns; both must be positive."""
    if len(values) != 2 or min(values) <= 0:
        return None
    return values[0], values[1]
