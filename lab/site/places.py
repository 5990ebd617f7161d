"""Where a link of a document leads on the site, which holds `docs/` and a few files beside it."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from posixpath import normpath, relpath

ROOT = Path(__file__).parents[2]
DOCS = "docs"
BESIDE: Mapping[str, str] = {
    "CHANGELOG.md": "project/changelog.md",
    "CONTRIBUTING.md": "project/contributing.md",
    "SECURITY.md": "project/security.md",
    "mri_bme/place_rois/MODEL_CARD.md": "project/model-card.md",
    "mri_bme/segment_edema/MODEL_CARD.md": "project/judge-card.md",
    "sample_data/change.jpg": "assets/change.jpg",
    "README.md": "README.md",
}
"""Files outside `docs/` that the site shows, and where; the README is what the first page says."""

LINK = re.compile(r"(?P<open>!?\[[^\]]*\]\()(?P<path>[^)#:\s]+)(?P<rest>#[^)]*)?\)")
WORDS = re.compile(r"!?\[([^\]]*)\]")


def on_site(path: str) -> str | None:
    """Place on the site of a file of the repository; None where the site does not have it.

    Examples
    --------
    >>> on_site("docs/how-to/chart.md"), on_site("CHANGELOG.md"), on_site("pyproject.toml")
    ('how-to/chart.md', 'project/changelog.md', None)
    """
    if path.startswith(f"{DOCS}/"):
        return path.removeprefix(f"{DOCS}/")
    return BESIDE.get(path)


def with_links_of_site(text: str, *, document: str, page: str) -> str:
    """Rewrite the links of a document of the repository to those of its page on the site.

    Parameters
    ----------
    text : str
        Markdown.
    document : str
        Where it lies in the repository; links are relative to its folder.
    page : str
        Where it lies on the site.

    Returns
    -------
    str
        A link to what the site does not have becomes plain words.
    """

    def moved(found: re.Match[str]) -> str:
        target = normpath(str(PurePosixPath(document).parent / found["path"]))
        place = on_site(target)
        if place is None:
            words = WORDS.match(found["open"])
            return words[1] if words else ""
        link = relpath(place, str(PurePosixPath(page).parent))
        return f"{found['open']}{link}{found['rest'] or ''})"

    return LINK.sub(moved, text)


def pages_beside(root: Path = ROOT) -> Iterator[tuple[str, str]]:
    """Place and path of every file outside `docs/` that the site shows, where it exists."""
    for path, place in BESIDE.items():
        if path != "README.md" and (root / path).is_file():
            yield place, path
