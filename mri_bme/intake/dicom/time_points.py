"""Which visit of a trial an examination belongs to, as its header names it (PS3.3 C.7.2.3)."""

import re

from mri_bme.intake.dicom.frames import Acquisition
from mri_bme.intake.dicom.wording import plain_text

DAYS_PER_MONTH = 365.25 / 12
_BASELINE = re.compile(
    r"(?:base ?line|bl|base|bsl|basal\w*|ausgang\w*|pre ?(?:treatment|dose|tx)?|vor ?therapie"
    r"|(?:v|t|w|d|m|visit|week|wk|day|month|time ?point|tp) ?0+|randomi[sz]ation|0+)"
)
_UNITS = (
    (r"(?:weeks?|wks?|w|wochen?|woche|semaines?|semanas?|settiman[ae]|uge|vecka|tydzien)", 7.0),
    (r"(?:days?|d|tage?|tag|jours?|j|dias?|giorn[io]|dag|dzien)", 1.0),
    (r"(?:months?|mo|m|monate?|mois|mes(?:es)?|mes[ei]|maaned)", DAYS_PER_MONTH),
    (r"(?:years?|yr|y|jahre?|ans?)", 365.25),
)
_ANY_NUMBER = re.compile(r"\d+")


def time_point_of(a: Acquisition) -> str:
    """Give the time point of a study, by its ID or else its description; empty for none."""
    return " ".join((a.time_point or a.time_point_name).split()).casefold()


def nominal_day(a: Acquisition) -> int | None:
    """Give the day that a time point is named after: 0 for a baseline, 98 for week 14."""
    found = (day_of_name(text) for text in (a.time_point, a.time_point_name) if text)
    return next((day for day in found if day is not None), None)


def day_of_name(name: str) -> int | None:
    """Read ``Baseline``, ``W14``, ``week 14``, ``Day 98``; None for ``Visit 2`` and its like."""
    text = " ".join(re.sub(r"[\W_]+", " ", plain_text(name)).split())
    if _BASELINE.fullmatch(text) or re.search(r"\bbase ?line\b", text):
        return 0
    for unit, days in _UNITS:
        for pattern in (rf"\b{unit} ?(\d{{1,3}})\b", rf"\b(\d{{1,3}}) ?{unit}\b"):
            found = re.search(pattern, text)
            if found:
                return round(int(found.group(1)) * days)
    return None


def order_of(name: str) -> tuple[int, str]:
    """Order names of visits by the number in them, then by their letters."""
    number = _ANY_NUMBER.search(name)
    return (int(number.group()) if number else 0, name)
