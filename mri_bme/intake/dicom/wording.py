"""Words of a series' name: one alphabet, one case, word by word."""

import re
import unicodedata
from functools import lru_cache

_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_WITHOUT = re.compile(
    r"\bw\s?/\s?o(?:ut)?\b|\bw-o\b|(?<![a-z])[so]\s?/(?!\s?[a-z]\b)|(?<![a-z])o\."
)
_MINUS = re.compile(r"(?:(?<=[\s(_])|^)-(?=[a-z])|\(\s*-\s*\)")
_WORD = re.compile(r"[a-z]+|\d+|[^\W\d_a-z]+")
_LETTERS = str.maketrans({"ß": "ss", "ı": "i", "ł": "l", "ø": "o", "æ": "ae", "đ": "d", "œ": "oe"})
_ACCENTS = ("\u0300", "\u036f")
WITHOUT, MINUS = "without", "minus"


@lru_cache(maxsize=512)
def plain_text(text: str) -> str:
    """Give a text without accents and capitals, words in CamelCase parted."""
    parted = unicodedata.normalize("NFKD", _CAMEL.sub(" ", text))
    bare = "".join(c for c in parted if not _ACCENTS[0] <= c <= _ACCENTS[1])
    return unicodedata.normalize("NFC", bare).casefold().translate(_LETTERS)


@lru_cache(maxsize=512)
def words_of(text: str) -> tuple[str, ...]:
    """Give the words and numbers of a text, ``w/o``, ``s/`` and a leading minus as words."""
    plain = _WITHOUT.sub(f" {WITHOUT} ", plain_text(text))
    return tuple(_WORD.findall(_MINUS.sub(f" {MINUS} ", plain)))
