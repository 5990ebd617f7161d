"""How a number is written for people: on a page, in a notebook, in a terminal."""

from mri_bme.findings import Interval

MINUS = "−"
DASH = "–"
NBSP = "\u00a0"


def millilitres(value: float | None, *, signed: bool = False) -> str:
    """Volume with two digits below 10 mL and one above; a missing one is a dash."""
    if value is None:
        return DASH
    digits = 2 if abs(value) < 9.995 else 1
    text = f"{abs(value):.{digits}f}"
    if float(text) == 0:
        return text
    sign = MINUS if value < 0 else "+" if signed else ""
    return f"{sign}{text}"


def interval_ml(interval: Interval | None, *, signed: bool = False) -> str:
    """Write an interval as ``1.20 to 2.40``."""
    if interval is None:
        return DASH
    low = millilitres(interval.low, signed=signed)
    return f"{low} to {millilitres(interval.high, signed=signed)}"


def percent(value: float | None, *, signed: bool = False) -> str:
    """Whole per cent; a missing one is a dash."""
    if value is None:
        return DASH
    text = f"{abs(value):.0f}{NBSP}%"
    sign = MINUS if value < 0 else "+" if signed else ""
    return text if text.startswith("0") else f"{sign}{text}"


def fixed(value: float | None, digits: int) -> str:
    """Write a number with so many digits behind the point; a missing one is a dash."""
    if value is None:
        return DASH
    text = f"{value:.{digits}f}"
    return f"{0:.{digits}f}" if float(text) == 0 else text.replace("-", MINUS)


def hundredths(value: float) -> str:
    """Write a ratio with two digits behind the point, and a proper minus."""
    return fixed(value, 2)


def decimal(value: float) -> str:
    """Write any number with three digits that count, and a proper minus."""
    return f"{value:.3g}".replace("-", MINUS)
