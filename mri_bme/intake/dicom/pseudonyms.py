"""Names that may leave the input: codes for subjects, hashes for UIDs, clean texts."""

import hashlib
import hmac
import os
import re
import secrets
from collections.abc import Iterable, Set
from pathlib import Path

from mri_bme.errors import OutputRefused

KEY_VARIABLE = "MRI_BME_KEY_FILE"
KEY_BYTES = 32
PUBLIC_KEY = b"mri_bme"  # where nothing personal is hashed
MIN_NAME_LETTERS, MIN_INNER_LETTERS = 3, 5
PLACEHOLDER_WORDS = frozenset(
    {"phantom", "subject", "patient", "test", "anon", "anonymous", "anonymized", "anonymised"}
    | {"volunteer", "control", "case", "trial", "study", "sub", "name", "none", "unknown"}
)
"""What a de-identified export writes in place of a name."""
MAX_TEXT = 64
_PLAIN_CODE = re.compile(r"(?:[A-Za-z]{1,12}[-_.]?){0,3}\d{1,4}[A-Za-z]?(?:[-_.]\d{1,4}){0,3}")
_DATE_LIKE = re.compile(
    r"(?:19|20)\d{2}[-_.]?\d{2}[-_.]?\d{2}|\d{1,2}[-_.]\d{1,2}[-_.](?:19|20)\d{2}"
)
_IDENTIFIER_WORD = re.compile(r"^(?:mrn|ssn|dob|nhs|pat|pid|hn|acc)(?![a-z])", re.IGNORECASE)
_LONG_NUMBER = re.compile(r"\d(?:[-./]?\d){5,}")  # dates and record numbers, however written
_IDEOGRAPHS = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")  # names of one or two
_LETTERS = re.compile(r"[^\W\d_]+")
_PLAIN_FILE_NAME = re.compile(r"[A-Za-z]{0,5}[-_.]?\d{1,8}(?:\.\w{1,4})?(?:\.gz)?")


def key_path() -> Path:
    """Where the key of the pseudonyms is kept: with the user, never with the results."""
    named = os.environ.get(KEY_VARIABLE)
    if named:
        return Path(named)
    config = os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    return Path(config) / "mri_bme" / "pseudonym.key"


def read_key() -> bytes | None:
    """Read the key, None when there is none yet."""
    try:
        key = key_path().read_bytes()
    except OSError:
        return None
    return key if len(key) >= KEY_BYTES else None


def make_key() -> bytes:
    """Read the key, or make one that only its owner can read.

    Raises
    ------
    OutputRefused
        If it cannot be kept: pseudonyms of another run would differ.
    """
    key = read_key()
    if key is not None:
        return key
    path = key_path()
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(secrets.token_bytes(KEY_BYTES))
    except FileExistsError:
        pass  # another process made it first, or it is damaged: read again
    except OSError as error:
        raise OutputRefused(
            f"the key of the pseudonyms cannot be kept: {error.strerror}; name a writable file in "
            f"the environment variable {KEY_VARIABLE}"
        ) from error
    key = read_key()
    if key is None:
        raise OutputRefused(
            "the key file of the pseudonyms is damaged; restore it, or name another in "
            f"{KEY_VARIABLE}"
        )
    return key


def is_plain_code(patient_id: str, patient_name: str = "") -> bool:
    """Tell whether an identifier is a trial code (``02-01``, ``AXSPA_012``) and no person's.

    Long digit runs (record numbers), dates, and letters shared with the name are not.
    """
    if len(patient_id) > 32 or not _PLAIN_CODE.fullmatch(patient_id):
        return False
    if _DATE_LIKE.search(patient_id) or _IDENTIFIER_WORD.match(patient_id):
        return False
    digits = re.sub(r"\D", "", patient_id)
    if len(digits) > 8 or (patient_id.isdigit() and len(digits) > 4):
        return False
    if _PLAIN_CODE.fullmatch(patient_name):
        return True  # the name is a code as well
    name = patient_name.replace(patient_id, " ")
    return not name_words([name]) & {word.lower() for word in _LETTERS.findall(patient_id)}


def name_words(values: Iterable[str]) -> set[str]:
    """Words of personal values that must not appear in a text."""
    words: set[str] = set()
    for value in values:
        words |= {
            w.lower()
            for w in _LETTERS.findall(value)
            if len(w) >= MIN_NAME_LETTERS or _IDEOGRAPHS.search(w)
        }
    return words - PLACEHOLDER_WORDS


def subject_pseudonym(patient_id: str, patient_name: str, key: bytes) -> str:
    """Keep a plain code; replace anything else by a keyed hash."""
    if is_plain_code(patient_id, patient_name):
        return patient_id
    return f"P{keyed_digest(patient_id, key)[:10]}"


def keyed_digest(text: str, key: bytes) -> str:
    """Hash that nobody without the key can make, in hexadecimal."""
    return hmac.new(key, text.encode("utf-8", "replace"), hashlib.sha256).hexdigest()


def uid_pseudonym(uid: str) -> str:
    """Short hash of a UID; the same UID always gives the same one."""
    return hashlib.blake2b(uid.encode("utf-8", "replace"), digest_size=5).hexdigest()


def clean_text(text: str, personal_words: set[str] = frozenset()) -> str:  # type: ignore[assignment]
    """Make a description fit for a table: printable, short, without personal words."""
    shown = "".join(c if c.isprintable() else " " for c in text)
    shown = _LONG_NUMBER.sub("#", " ".join(shown.split()))
    if personal_words:
        shown = _LETTERS.sub(
            lambda m: "#" if m.group().lower() in personal_words else m.group(), shown
        )
    for word in sorted(personal_words, key=lambda w: (-len(w), w)):  # without a space between
        if len(word) >= MIN_INNER_LETTERS or _IDEOGRAPHS.search(word):
            shown = re.sub(re.escape(word), "#", shown, flags=re.IGNORECASE)
    return shown[:MAX_TEXT]


def file_label(path: Path, order: int, personal_words: set[str] = frozenset()) -> str:  # type: ignore[assignment]
    """Name a file in a message: its own name when that is a plain number, else its rank.

    Export tools put UIDs and names into file names, so only short plain ones are shown.
    """
    if plain_file_name(path.name, personal_words):
        return path.name
    return f"file no. {order + 1} in path order"


def plain_file_name(name: str, personal_words: Set[str]) -> bool:
    """Tell whether a file name is a plain number that may be shown."""
    words = {w.lower() for w in _LETTERS.findall(name)}
    return bool(_PLAIN_FILE_NAME.fullmatch(name)) and not words & personal_words
