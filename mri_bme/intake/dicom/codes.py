"""Identifiers that cannot be a name, initials or a date."""

import re

MAX_CODE = 32
_GROUPS = re.compile(r"[A-Za-z]+|\d+")
_SHAPE = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9]|[-_.](?=[A-Za-z0-9]))*")
_YEARS = range(1900, 2101)
WORDS_OF_CODES = frozenset(
    {"phantom", "subject", "subj", "sub", "trial", "site", "case", "study", "control", "volunteer"}
    | {"participant", "center", "centre", "arm", "visit", "screening", "rand", "random", "anon"}
    | {"healthy", "code", "no", "nr", "id"}
)
"""Words that trials put before numbers and that are nobody's name."""
MAX_DIGITS, MAX_RUN = 8, 5


def cannot_be_personal(patient_id: str) -> bool:
    """Tell whether an identifier is a number with words of a trial at most (``TRIAL-07``).

    Two or more other letters may be initials or a name; four digits may be a year, and
    three groups of numbers a date; a long number is one of a hospital.
    """
    if len(patient_id) > MAX_CODE or not _SHAPE.fullmatch(patient_id):
        return False
    groups = _GROUPS.findall(patient_id)
    numbers = [group for group in groups if group.isdigit()]
    words = [group.lower() for group in groups if not group.isdigit()]
    if not numbers or sum(len(word) == 1 for word in words) > 1:
        return False
    if any(len(word) > 1 and word not in WORDS_OF_CODES for word in words):
        return False
    is_short = sum(map(len, numbers)) <= MAX_DIGITS and max(map(len, numbers)) <= MAX_RUN
    has_year = any(len(number) == 4 and int(number) in _YEARS for number in numbers)
    return is_short and len(numbers) < 3 and not has_year


def is_of_a_phantom(patient_id: str, patient_name: str) -> bool:
    """Tell an object that says in its name that there was no person."""
    begins = patient_name.strip().lower().startswith("phantom")
    return begins and patient_id.lower().startswith("phantom") and cannot_be_personal(patient_id)
