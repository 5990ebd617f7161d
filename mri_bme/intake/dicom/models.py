"""Names of scanners, as far as they are known ones: any other text may hold anything."""

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
BRAND = frozenset(
    {
        "magnetom",
        "signa",
        "biograph",
        "mr",
        "mri",
        "system",
        "fit",
        "xr",
        "xt",
        "dstream",
        "cx",
        "x",
    }
    | {"s", "t", "plus", "max", "air", "ge", "siemens", "philips", "toshiba", "canon", "w", "y"}
)
LONGEST_NUMBER = 4


def model_words(text: str) -> str:
    """Name a scanner where every word of the text is of a known product; else say nothing."""
    words = plain_text(text).split()
    if not any(word in KNOWN or _is_number(word) for word in words):
        return ""
    if not all(word in KNOWN or word in BRAND or _is_number(word) for word in words):
        return ""
    return " ".join(words)


def _is_number(word: str) -> bool:
    """Tell product numbers (``mr750w``, ``450``) from longer ones, which may identify a device."""
    letters, digits = word.rstrip("0123456789w"), word.strip("abcdefghijklmnopqrstuvwxyz")
    return digits.isdigit() and len(digits) <= LONGEST_NUMBER and letters in {"", "mr", "umr"}
