"""Suggest what somebody who mistyped a name may have meant."""

from collections.abc import Iterable
from difflib import get_close_matches

MOST = 3


def did_you_mean(word: str, known: Iterable[str], *, otherwise: str = "") -> str:
    """Advise which known names are spelt almost like a word.

    Parameters
    ----------
    word : str
        What was typed; upper and lower case do not matter.
    known : iterable of str
        What exists.
    otherwise : str
        What to say when nothing comes near.

    Examples
    --------
    >>> did_you_mean("left_ilium_uper", ["left_ilium_upper", "sacrum"])
    'did you mean left_ilium_upper?'
    >>> did_you_mean("femur", ["left_ilium_upper", "sacrum"], otherwise="regions.csv lists them")
    'regions.csv lists them'
    """
    near = nearest_names(word, known)
    return f"did you mean {' or '.join(near)}?" if near else otherwise


def nearest_names(word: str, known: Iterable[str]) -> list[str]:
    """Find known names that are spelt almost like a word, the nearest first."""
    spelt = {name.casefold(): name for name in sorted(known, reverse=True)}
    return [spelt[name] for name in get_close_matches(word.casefold(), sorted(spelt), n=MOST)]
