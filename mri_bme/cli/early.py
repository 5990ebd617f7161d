"""Options, settings and choices that do not exist, said before a command's libraries are loaded.

Settings are checked by the code that resolves them for the command, which loads `pydantic` and
nothing larger; choices by the names below, which are those of the command.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from mri_bme.cli.words import options_with_values
from mri_bme.errors import InvalidSettings
from mri_bme.nearest import did_you_mean

CONFIG, SET = "--config", "--set"
TAKE_SETTINGS = frozenset(
    {"inspect", "listen", "register", "rois", "run", "sample-size", "segment", "verify"}
)
"""Commands with ``--config``; those of them with ``--set`` are checked for that, too."""

AXES = ("axes", ("lps", "ras"))

CHOICES: Mapping[str, Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "phantom": {
        "--scenario": (
            "scenario",
            (
                *("letter", "partial", "unchanged", "worse", "new_contralateral", "healthy"),
                *("bilateral_severe", "tiny", "shifted_slab"),
            ),
        ),
        "--vendor": ("vendor", ("siemens", "ge", "philips", "any")),
        "--artifact": (
            "artifact",
            (
                *("ghosting", "wrap", "failed_fat_suppression", "metal", "motion", "noise"),
                *("transmit", "gas"),
            ),
        ),
        "--artifact-at": ("visit", ("both", "baseline", "week14")),
        "--surface-axes": AXES,
        "--contrast": ("contrast", ("measured", "bloch")),
        "--sequence": ("sequence", ("stir", "t2fs", "spair", "dixon", "t1w")),
    },
    "verify": {"--surface-axes": AXES},
    "export": {"--as": ("format", ("dicom", "nrrd", "rtstruct", "bids"))},
}
"""What an option may name, and what that is called, by command."""


def check_early(command: str, words: Sequence[str]) -> None:
    """Refuse options, settings, and choices of options that do not exist.

    Parameters
    ----------
    command : str
        Name of the command.
    words : sequence of str
        What follows it, as typed.

    Raises
    ------
    InvalidSettings
        With the nearest names that exist.
    """
    _check_options(command, words)
    options = tuple(options_with_values(words))
    for option, word in options:
        what, known = CHOICES.get(command, {}).get(option, ("", ()))
        if what and word not in known:
            raise unknown_choice(what, word, known)
    if command in TAKE_SETTINGS and {CONFIG, SET} & {option for option, _ in options}:
        _check_settings(options, is_run=command == "run")


def _check_options(command: str, words: Sequence[str]) -> None:
    from mri_bme.cli.known_options import known_options  # noqa: PLC0415  only where one is given

    before = words[: words.index("--")] if "--" in words else words  # files may follow, as -- x
    given = [word.partition("=")[0] for word in before if word.startswith("--")]
    known = known_options(command) if given else frozenset()
    for option in given:
        if known and option not in known:
            advice = did_you_mean(option, known, otherwise=f"`mri-bme {command} --help` lists all")
            raise InvalidSettings(f"{command} has no option {option}; {advice}")


def unknown_choice(what: str, word: str, known: Iterable[str]) -> InvalidSettings:
    """Say that there is no such choice, and which comes near."""
    advice = did_you_mean(word, known, otherwise=f"choose one of {', '.join(known)}")
    there_is = "there are" if what == "axes" else "there is"
    return InvalidSettings(f"{there_is} no {what} {word!r}; {advice}")


def _check_settings(options: Sequence[tuple[str, str]], *, is_run: bool) -> None:
    from mri_bme.batch.flags import flags_of_config  # noqa: PLC0415  loaded for settings only
    from mri_bme.batch.resolve import RUN_TABLE, read_config, resolve_settings  # noqa: PLC0415

    configs = [Path(word) for option, word in options if option == CONFIG]
    config = configs[-1] if configs else None
    tables = read_config(config)
    if is_run and config is not None:
        flags_of_config(tables.get(RUN_TABLE, {}), config.parent)
    resolve_settings(tables, [word for option, word in options if option == SET])
