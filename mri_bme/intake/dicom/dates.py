"""Dates of a header, true or shifted by an anonymiser."""

from datetime import date, timedelta
from functools import lru_cache

ONE_DAY = timedelta(days=1)
EARLIEST_YEAR = 1800  # anonymisers move dates back by decades; earlier ones are noise
NO_DATES = frozenset({date(1900, 1, 1), date(1800, 1, 1), date(1901, 1, 1)})
"""What is written where a date must stand and none shall be told."""


@lru_cache(maxsize=4096)
def parse_date(text: str) -> date | None:
    """Read a DA or the day of a DT; None when it is missing, no date, or says that there is none.

    The old form with dots or dashes is read too.
    """
    digits = text.strip().replace(".", "").replace("-", "")[:8]
    if len(digits) != 8 or not digits.isascii() or not digits.isdigit():
        return None
    try:
        found = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return None
    return found if found.year >= EARLIEST_YEAR and found not in NO_DATES else None
