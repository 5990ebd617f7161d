"""Debian's Chromium, driven by Playwright with real keys and a real mouse, without a network."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lab.benchmark.study.browser import QUIET, installed_chromium

DESKTOP, PHONE = (1400, 900), (390, 844)

Open = Callable[..., Any]
"""Opens a file: ``open_page(path, size=DESKTOP, scheme="light", hash="")`` gives the page."""


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api")
    found = installed_chromium()
    if found is None:
        pytest.skip("no Chromium here (Debian: apt-get install chromium)")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=found, args=list(QUIET))
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium: Any) -> Iterator[Open]:
    """Open files; a page that complained, or asked for anything but files, fails its test."""
    contexts, said, asked = [], [], []

    def opened(
        path: Path, *, size: tuple[int, int] = DESKTOP, scheme: str = "light", part: str = ""
    ) -> Any:
        context = chromium.new_context(
            viewport={"width": size[0], "height": size[1]},
            color_scheme=scheme,
            has_touch=size == PHONE,
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(path.resolve().as_uri() + part)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert said == []
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []
