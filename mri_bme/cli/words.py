"""What is wrong with the words of a command, said before anything is loaded.

Libraries take a second or two to load. A mistyped path is told before that, from the words as
they were typed; the command itself checks again what it reads.
"""

from collections.abc import Iterator, Mapping, Sequence
from os.path import realpath
from pathlib import Path

from mri_bme.errors import InvalidSettings, NothingUsable, UnreadableInput

N_READ: Mapping[str, int] = {
    "run": 1,
    "inspect": 1,
    "convert": 1,
    "rois": 1,
    "segment": 1,
    "register": 2,
    "report": 1,
    "export": 1,
    "stats": 1,
    "read": 1,
    "agreement": 1,
    "learn": 1,
    "send": 1,
}
"""How many of the first words after a command name something that must be there."""

RESULTS = frozenset({"report", "stats", "export", "read", "agreement", "learn"})
"""Commands that read what `mri-bme run` left."""

WRITES_BESIDE = frozenset({"run", "convert"})
"""Commands of the form ``INPUT OUT``."""

READ_OPTIONS: Mapping[str, frozenset[str]] = {
    "run": frozenset({"--config", "--manifest", "--rois-dir", "--atlas"}),
    "rois": frozenset({"--config", "--atlas", "--t1", "--bones", "--joint", "--reference"}),
    "segment": frozenset({"--config", "--rois", "--t1", "--reference"}),
    "stats": frozenset({"--clinical"}),
    "verify": frozenset({"--config", "--like", "--repeats", "--surfaces", "--acceptance"}),
    "phantom": frozenset({"--surfaces"}),
    "inspect": frozenset({"--config", "--manifest"}),
    "register": frozenset({"--config", "--fixed-mask", "--moving-mask"}),
    "sample-size": frozenset({"--config"}),
    "read": frozenset({"--task"}),
}
"""Options whose value must be there, by command."""

OF_A_SCAN = frozenset({"--t1", "--bones", "--joint", "--reference", "--rois", "--like"})
"""Of these, those that name a scan or what was drawn on it."""

DERIVATIVES = "derivatives"


def check_words(command: str, words: Sequence[str]) -> None:
    """Refuse words that name nothing.

    Parameters
    ----------
    command : str
        Name of the command.
    words : sequence of str
        What follows it, as typed. Of plain words only those before the first option are looked
        at: which options take a value is not known here, but for `READ_OPTIONS`.

    Raises
    ------
    NothingUsable, UnreadableInput
        If there is no such input.
    InvalidSettings
        If there are no such results, or an option names what is not there.
    """
    for word in _before_options(words)[: N_READ.get(command, 0)]:
        if not Path(word).exists():
            raise _missing(command, word)
    for option, word in options_with_values(words):
        if option in READ_OPTIONS.get(command, ()) and not Path(word).exists():
            kind = UnreadableInput if option in OF_A_SCAN else InvalidSettings
            raise kind(f"{option} {word} does not exist; check the path")


def remark_on_place(command: str, words: Sequence[str]) -> str:
    """Say that results will lie among the scans; empty where they do not.

    A BIDS tree keeps them in its folder ``derivatives``, where nobody takes them for scans.
    """
    plain = _before_options(words)
    if command not in WRITES_BESIDE or len(plain) < 2:
        return ""
    source, out = (Path(realpath(one)) for one in plain[:2])  # links in circles raise nothing
    if source not in out.parents or DERIVATIVES in out.relative_to(source).parts:
        return ""
    return (
        f"OUT ({plain[1]}) lies inside INPUT ({plain[0]}), so that every later run looks through "
        "the results, too; a folder beside it is better"
    )


def _before_options(words: Sequence[str]) -> list[str]:
    plain = []
    for word in words:
        if word.startswith("-"):
            break
        plain.append(word)
    return plain


def options_with_values(words: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Options with what follows them, as ``--config a.toml`` or ``--config=a.toml``."""
    for word, following in zip(words, [*words, ""][1:], strict=True):
        option, equals, value = word.partition("=")
        if option.startswith("--") and (equals or following):
            yield option, value if equals else following


def _missing(command: str, word: str) -> Exception:
    if command in RESULTS:
        return InvalidSettings(
            f"results {word} do not exist; name the OUT of an earlier `mri-bme run INPUT OUT`"
        )
    if command in WRITES_BESIDE or command == "inspect":
        return NothingUsable(f"input {word} does not exist; check the path")
    return UnreadableInput(f"{word} does not exist; check the path")
