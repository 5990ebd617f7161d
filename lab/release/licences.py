"""Under which licences everything stands that an installation brings along."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError, distribution

from packaging.requirements import Requirement

COPYLEFT = re.compile(r"\b(?:A?GPL|GNU (?:Affero )?General Public)", re.IGNORECASE)
"""Licences that would bind a program that is shipped with them; the Lesser GPL is not one."""

LESSER = re.compile(r"LGPL|Lesser", re.IGNORECASE)
EXCEPTION = re.compile(r"WITH|exception", re.IGNORECASE)
LONGEST = 60
OFFERED = ("cluster", "figures", "pacs", "parquet", "read", "surfaces")
"""Extras that add to what the program does; those for developers bring what is not shipped."""

UNSAID = "not said in its metadata"
READ_BY_HAND = {"flatbuffers": "Apache-2.0", "python-gdcm": "BSD-3-Clause"}
"""Licences of packages whose metadata hold none, or a text in its place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Licensed:
    """A package that is brought along."""

    name: str
    version: str
    licence: str

    @property
    def is_permissive(self) -> bool:
        """Whether the program may be shipped with it under a licence of its own."""
        found = COPYLEFT.search(LESSER.sub("", self.licence))
        return found is None or EXCEPTION.search(self.licence) is not None


def brought_along(root: str = "mri-bme", extras: Iterable[str] = ()) -> tuple[Licensed, ...]:
    """List every package that `root` needs, directly or not, as installed here."""
    found: dict[str, Distribution] = {}
    waiting = [(root, frozenset(extras))]
    while waiting:
        name, wanted = waiting.pop()
        try:
            one = distribution(name)
        except PackageNotFoundError:
            continue
        key = _key(one.metadata["Name"])
        if key in found and not wanted:
            continue
        found[key] = one
        waiting += [
            (need.name, frozenset(need.extras))
            for need in map(Requirement, one.requires or ())
            if _is_needed(need, wanted) and _key(need.name) not in found
        ]
    return tuple(_licensed(found[key]) for key in sorted(found) if key != _key(root))


def _is_needed(need: Requirement, extras: frozenset[str]) -> bool:
    marker = need.marker
    return marker is None or any(marker.evaluate({"extra": extra}) for extra in ("", *extras))


def _key(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _licensed(one: Distribution) -> Licensed:
    name = one.metadata["Name"]
    licence = READ_BY_HAND.get(name) or next(_said(one), UNSAID)
    return Licensed(name=name, version=one.version, licence=licence)


def _said(one: Distribution) -> Iterator[str]:
    """Read what the metadata say: the expression first, then classifiers, then the old field."""
    told = one.metadata
    if "License-Expression" in told:
        yield told["License-Expression"]
    classified = [c for c in told.get_all("Classifier") or () if c.startswith("License ::")]
    words = [c.rpartition(" :: ")[2] for c in classified]
    if words and words != ["OSI Approved"]:
        yield " or ".join(words)
    first = told["License"].strip().splitlines() if "License" in told else []
    if first and len(first[0]) <= LONGEST:
        yield first[0]


HEAD = """# Licences

`mri_bme` stands under the Apache License 2.0 (`LICENSE`). `NOTICE` names what it contains of
others. This page lists what an installation brings along: `python -m lab.release licences` made it.

| Package | Licence |
| --- | --- |
"""


def licences_page(packages: Iterable[Licensed]) -> str:
    """Write the table of packages, without versions, which differ between installations."""
    return HEAD + "".join(f"| {one.name} | {one.licence} |\n" for one in packages)
