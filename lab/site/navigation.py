"""The order of pages; a page that it does not name is picked up, so that none is lost."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

Nav = list[Any]
ELSEWHERE = "More"
FOLDERS: Mapping[str, str] = {"how-to/": "Change it", "project/": "Project"}
"""Sections that take every page of a folder."""


def with_all_pages(nav: Sequence[Any], pages: Iterable[str]) -> Nav:
    """Add every page that a navigation does not name, to the section of its folder.

    Parameters
    ----------
    nav : sequence
        As in ``mkdocs.yml``: pages, ``{title: page}`` and ``{section: [...]}``.
    pages : iterable of str
        Every page of the site, relative to its folder.

    Examples
    --------
    >>> with_all_pages(["README.md", {"Change it": ["a.md"]}], ["README.md", "how-to/b.md", "c.md"])
    ['README.md', {'Change it': ['a.md', 'how-to/b.md']}, {'More': ['c.md']}]
    """
    sections: Nav = [dict(one) if isinstance(one, dict) else one for one in nav]
    for page in sorted(set(pages) - set(_named(nav))):
        title = next((t for folder, t in FOLDERS.items() if page.startswith(folder)), ELSEWHERE)
        _add(sections, title, page)
    return sections


def _named(nav: Any) -> Iterable[str]:
    if isinstance(nav, str):
        yield nav
    elif isinstance(nav, dict):
        for value in nav.values():
            yield from _named(value)
    else:
        for one in nav:
            yield from _named(one)


def _add(sections: Nav, title: str, page: str) -> None:
    for one in sections:
        if isinstance(one, dict) and title in one:
            one[title] = [*one[title], page]
            return
    sections.append({title: [page]})
