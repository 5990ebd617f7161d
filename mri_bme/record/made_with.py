"""What results were made with, in the words of a methods section."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from mri_bme.findings import AUTO, CONSENSUS
from mri_bme.record.subject import Facts

SHOWN_DIGITS = 12  # of a hash
BONE_NETWORK, EDEMA_JUDGE = "bone network", "edema judge"
CHANGED_SETTINGS, NONE_CHANGED = "settings other than the defaults", "none"
"""A fact of a subject, and its value where there are none."""
READ_BY_FACT = "read by"
READER_WORDS = {
    AUTO: "the program",
    CONSENSUS: "the consensus of the readers (their mean where they agreed, adjudicated elsewhere)",
    "mean": "the readers, as the mean of their volumes",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeWith:
    """Version, networks, settings and readers of a result.

    `version` is that of the code with its hash, `networks` the SHA-256 of each network that was
    used, by what it is called; `changed` the settings that differ from the defaults, None where
    that was not recorded. `read_by` are values of the column of that name.
    """

    version: str
    networks: Mapping[str, str] = field(default_factory=dict)
    changed: tuple[str, ...] | None = None
    read_by: tuple[str, ...] = ()


def made_with_in_words(made: MadeWith) -> str:
    """Write the sentences of a methods section on what results were made with.

    Examples
    --------
    >>> made_with_in_words(MadeWith(version="1.0+3f2a", changed=(), read_by=("auto",)))
    'The software was mri_bme 1.0+3f2a; all settings had their defaults. Edema is that of the program.'
    """  # noqa: E501  a sentence
    networks = [
        f"the {name} has the SHA-256 {sha256[:SHOWN_DIGITS]}"
        for name, sha256 in made.networks.items()
    ]
    software = "; ".join((f"The software was mri_bme {made.version}", *networks, *_settings(made)))
    return f"{software}.{_read_by(made)}"


def made_with_of(facts: Facts, *, version: str, read_by: str = "") -> MadeWith:
    """Tell what one subject was made with, from the facts of its page."""
    known = dict(facts)
    changed = known.get(CHANGED_SETTINGS)
    return MadeWith(
        version=known.get("code", version),
        networks={name: known[name] for name in (BONE_NETWORK, EDEMA_JUDGE) if name in known},
        changed=None if changed is None else () if changed == NONE_CHANGED else (changed,),
        read_by=(read_by,) if read_by else (),
    )


def _settings(made: MadeWith) -> tuple[str, ...]:
    if made.changed is None:
        return ()
    if not made.changed:
        return ("all settings had their defaults",)
    return (f"settings that differ from the defaults: {', '.join(made.changed)}",)


def _read_by(made: MadeWith) -> str:
    if not made.read_by:
        return ""
    readers = [READER_WORDS.get(who, f"reader {who}") for who in made.read_by]
    return f" Edema is that of {', '.join(readers)}."
