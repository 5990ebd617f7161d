"""Names that may leave the input: codes for subjects, hashes for UIDs."""

import hashlib
import hmac
import re
from collections.abc import Iterable

SUBJECT_DIGITS, UID_DIGITS, MARK_DIGITS = 12, 16, 6  # of four bits each
MIN_NAME_LETTERS = 3
PLACEHOLDER_WORDS = frozenset(
    {"phantom", "subject", "patient", "test", "anon", "anonymous", "anonymized", "anonymised"}
    | {"volunteer", "control", "case", "trial", "study", "sub", "name", "none", "unknown"}
)
"""What a de-identified export writes in place of a name."""
_PSEUDONYM = re.compile(rf"P[0-9a-f]{{{SUBJECT_DIGITS}}}(?![0-9a-f])")
_IDEOGRAPHS = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")  # names of one or two
_LETTERS = re.compile(r"[^\W\d_]+")


def keyed_digest(text: str, key: bytes) -> str:
    """Hash that nobody without the key can make, in hexadecimal."""
    return hmac.new(key, text.encode("utf-8", "replace"), hashlib.sha256).hexdigest()


def subject_pseudonym(patient_id: str, key: bytes) -> str:
    """Stand for a PatientID; the same ID and key always give the same one."""
    return f"P{keyed_digest(patient_id.strip(), key)[:SUBJECT_DIGITS]}"


def is_pseudonym(subject: str) -> bool:
    """Tell a name that `subject_pseudonym` may have given."""
    return bool(_PSEUDONYM.match(subject))


def uid_pseudonym(uid: str, key: bytes) -> str:
    """Stand for a UID, by 64 bits; empty for none."""
    return keyed_digest(uid, key)[:UID_DIGITS] if uid else ""


def name_words(values: Iterable[str]) -> set[str]:
    """Words of personal names by which two can be compared."""
    words: set[str] = set()
    for value in values:
        words |= {
            w.lower()
            for w in _LETTERS.findall(value)
            if len(w) >= MIN_NAME_LETTERS or _IDEOGRAPHS.search(w)
        }
    return words - PLACEHOLDER_WORDS
