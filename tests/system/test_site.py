"""The documentation is a site that builds without a warning and needs no network."""

import importlib.util
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest

from lab.site.places import ROOT

FETCHED = {
    "script": "src", "img": "src", "link": "href", "iframe": "src", "source": "src", "video": "src",
}  # fmt: skip
IN_GATE = "MRI_BME_GATE" in os.environ

pytestmark = pytest.mark.skipif(
    not IN_GATE and importlib.util.find_spec("material") is None,
    reason="the tools of the site are not installed (pip install '.[docs]')",
)


class Fetched(HTMLParser):
    """What a browser fetches to show a page."""

    def __init__(self) -> None:
        super().__init__()
        self.places: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        place = dict(attrs).get(FETCHED.get(tag, ""))
        if place:
            self.places.append(place)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "-q", "-d", str(folder)],
        cwd=ROOT,
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == "", "built with a warning"
    return folder


def pages(site: Path) -> Iterator[tuple[Path, str]]:
    for path in sorted(set(site.rglob("*.html")) - {site / "404.html"}):  # servers only
        yield path, path.read_text(encoding="utf-8")


def test_every_document_is_a_page_that_the_first_page_leads_to(site: Path) -> None:
    first = (site / "index.html").read_text(encoding="utf-8")
    for document in (ROOT / "docs").rglob("*.md"):
        name = document.relative_to(ROOT / "docs").with_suffix(".html")
        name = name.with_name("index.html") if name.stem == "README" else name
        assert (site / name).is_file()
        assert f'href="{name.as_posix()}"' in first


def test_no_page_fetches_anything_from_elsewhere(site: Path) -> None:
    for path, text in pages(site):
        parser = Fetched()
        parser.feed(text)
        for place in parser.places:
            assert not re.match(r"(https?:)?//", place), f"{path.name} fetches {place}"
            file = path.parent / place.partition("#")[0].partition("?")[0]
            assert not place.partition("#")[0] or file.is_file(), f"{path.name} lacks {place}"
    for style in site.rglob("*.css"):
        assert not re.search(r"url\(\s*['\"]?https?:|@import", style.read_text(encoding="utf-8"))


def test_search_works_from_a_folder(site: Path) -> None:
    text = (site / "search" / "search_index.js").read_text(encoding="utf-8")
    assert text.startswith("var __index = ")
    assert "smallest detectable change" in text


def test_the_reference_says_what_the_code_says(site: Path) -> None:
    page = (site / "api.html").read_text(encoding="utf-8")
    for name in ("place_rois", "segment_edema", "VolumeGeometry", "ChangeReport"):
        assert re.search(rf'id="mri_bme\.[\w.]*{name}"', page)
    assert "Examples:" in page
