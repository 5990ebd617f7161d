"""What mkdocs asks while it builds the site (``mkdocs.yml``)."""

import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from lab.site.house import with_storeys
from lab.site.navigation import with_all_pages
from lab.site.places import DOCS, ROOT, pages_beside, with_links_of_site
from lab.site.reference import reference_page

API_PAGE = "api.md"


def on_files(files: Any, config: Any) -> Any:
    """Add what lies outside `docs/` and the page of the Python interface, and name all pages."""
    from mkdocs.structure.files import File  # noqa: PLC0415  only where a site is built

    for place, path in pages_beside():
        content = (ROOT / path).read_bytes()
        if place.endswith(".md"):
            text = with_links_of_site(content.decode(), document=path, page=place)
            files.append(File.generated(config, place, content=text))
        else:
            files.append(File.generated(config, place, content=content))
    files.append(File.generated(config, API_PAGE, content=reference_page()))
    pages = [file.src_uri for file in files.documentation_pages()]
    config.nav = with_all_pages(config.nav or [], pages)
    return files


def on_page_markdown(markdown: str, page: Any, **_others: Any) -> str:
    """Let links lead where things lie on the site, and draw the house."""
    place = page.file.src_uri
    if page.file.generated_by is None:
        markdown = with_links_of_site(markdown, document=f"{DOCS}/{place}", page=place)
    return with_storeys(markdown)
