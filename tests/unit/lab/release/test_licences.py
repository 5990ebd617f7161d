"""Nothing is brought along under a licence that binds the program."""

import re

import pytest

from lab.release.licences import OFFERED, UNSAID, Licensed, brought_along, licences_page
from lab.site.places import ROOT


def licensed(licence: str) -> Licensed:
    return Licensed(name="x", version="1", licence=licence)


@pytest.mark.parametrize(
    ("licence", "is_permissive"),
    [
        ("MIT", True),
        ("BSD-3-Clause AND Zlib", True),
        ("LGPL-2.1-or-later", True),
        ("GNU Lesser General Public License v3", True),
        ("GPL-3.0-only", False),
        ("AGPLv3", False),
        ("GNU General Public License (GPL)", False),
        ("GPL-3.0-or-later WITH GCC-exception-3.1", True),
    ],
)
def test_copyleft_is_recognized(licence: str, is_permissive: bool) -> None:
    assert licensed(licence).is_permissive == is_permissive


def test_everything_that_is_brought_along_is_permissive_and_says_so() -> None:
    found = brought_along(extras=OFFERED)
    assert {"numpy", "scipy", "pydicom"} <= {one.name for one in found}
    assert [one.name for one in found if not one.is_permissive or one.licence == UNSAID] == []


def test_the_page_lists_all_of_it() -> None:
    page = (ROOT / "docs" / "licences.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"^\| (\S+) \|", page, re.MULTILINE))
    missing = {one.name for one in brought_along(extras=OFFERED)} - listed
    assert not missing, "run: python -m lab.release licences > docs/licences.md"
    assert licences_page([licensed("MIT")]).endswith("| x | MIT |\n")
