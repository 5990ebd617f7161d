"""Why names in a table that the user brings are not those of the results."""

from collections.abc import Collection, Sequence

from mri_bme.inert import for_terminal
from mri_bme.nearest import nearest_names

MOST_SHOWN = 40  # letters of a cell that a message repeats


def why_no_match(
    keys: Collection[tuple[str, str]], subjects: Collection[str], visits: Collection[str]
) -> str:
    """Say why no row is about a subject and visit of the results."""
    if not keys:
        return "has no rows under its header"
    theirs = sorted({subject for subject, _ in keys})
    if not set(theirs) & set(subjects):
        said = (
            f"and the results have no subject in common: it has {_examples(theirs)}, the "
            f"results {_examples(sorted(subjects))}"
        )
        return said + hint(theirs, subjects)
    others = sorted({visit for subject, visit in keys if subject in subjects})
    return (
        f"and the results have no visit in common: it has {_examples(others)}, the results "
        f"{_examples(sorted(visits))}" + hint(others, visits, are_words=True)
    )


def _examples(names: Sequence[str]) -> str:
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(shown(name) or "an empty cell" for name in names[:3]) + more


def hint(names: Collection[str], known: Collection[str], *, are_words: bool = False) -> str:
    """Guess why names are not those of the results; empty without a guess.

    Words, as visits have, may be mistyped; of codes another one may be as near.
    """
    lowered = {name.lower() for name in known}
    if any(name.lower() in lowered for name in names if name not in known):
        return " (they differ in capital letters only)"
    meant = sorted({near for name in names for near in nearest_names(name, known)[:1]})
    if are_words and meant:
        return f" (did you mean {' or '.join(meant)}?)"
    numbers = {_digits(name) for name in known} - {""}
    if any(_digits(name) in numbers for name in names):
        return " (letters or leading zeros may have been dropped, as a spreadsheet does)"
    return ""


def _digits(name: str) -> str:
    return "".join(letter for letter in name if letter.isdecimal()).lstrip("0")


def shown(text: str) -> str:
    """Repeat what a user wrote so that it is only text, and not much of it."""
    plain = for_terminal(text).replace("\n", "?")
    return plain if len(plain) <= MOST_SHOWN else plain[:MOST_SHOWN] + "..."
