"""Names of scanners, as far as they are known ones: any other text may hold anything."""

import re

from mri_bme.intake.dicom.wording import plain_text

_KNOWN = """
avanto aera altea amira cima espree essenza flow free harmony impact lumina prisma sempra skyra sola
sonata spectra symphony terra trio verio vida
achieva ambition elition evolution gyroscan ingenia intera multiva panorama prodiva
architect artist brivo creator discovery excite explorer hdx hdxt hero horizon optima
pioneer premier prime voyager
adept centurian elan galan gracian orian titan vantage
airis aperto echelon oasis smart synergy trillium velocity
omega umr upmr
"""
"""Product names of Siemens, Philips, GE, Canon, Fujifilm and United Imaging."""
KNOWN = frozenset(_KNOWN.split())
SERIES = frozenset({"magnetom", "signa", "mri", "system"})
MAKERS = frozenset({"ge", "siemens", "philips", "toshiba", "canon"})
TRIMS = frozenset(
    {"biograph", "mr", "fit", "xr", "xt", "dstream", "cx", "x", "s", "t", "plus", "max", "air"}
    | {"w", "y"}
)
LONGEST_NUMBER = 4
_PARTED_NUMBER = re.compile(r"\bmr (?=\d)")  # MR 750w is MR750w


def model_words(text: str) -> str:
    """Name a scanner where every word of the text is of a known product; else say nothing.

    Whoever wrote the header may have put maker and series before the name or not: the name is
    told without them, so that one scanner has one.

    Examples
    --------
    >>> model_words("MAGNETOM Skyra fit"), model_words("Skyra_fit")
    ('skyra fit', 'skyra fit')
    """
    words = _PARTED_NUMBER.sub("mr", plain_text(text).replace("_", " ")).split()
    if not any(word in KNOWN or _is_number(word) for word in words):
        return ""
    beside = SERIES | MAKERS | TRIMS
    if not all(word in KNOWN or word in beside or _is_number(word) for word in words):
        return ""
    return " ".join(word for word in words if word not in SERIES | MAKERS)


def _is_number(word: str) -> bool:
    """Tell product numbers (``mr750w``, ``450``) from longer ones, which may identify a device."""
    letters, digits = word.rstrip("0123456789w"), word.strip("abcdefghijklmnopqrstuvwxyz")
    return digits.isdigit() and len(digits) <= LONGEST_NUMBER and letters in {"", "mr", "umr"}
