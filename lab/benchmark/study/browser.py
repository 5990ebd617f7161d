"""A reading room in a process of its own, and somebody who uses it in a real browser."""

import json
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PATIENCE_S = 300.0  # only where something hangs; a busy machine takes a minute to start a room
QUIET = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
)
STANDS_STILL = """async () => {
  const frame = () => new Promise((next) => requestAnimationFrame(next));
  const places = () => JSON.stringify(
    [...document.querySelectorAll("canvas")].map((one) => one.getBoundingClientRect()));
  for (let before = "", still = 0; still < 5; still = places() === before ? still + 1 : 0) {
    before = places();
    await frame();
  }
}"""
SAVED = "room.acts.isEmpty && room.numbers && room.numbers.version === room.acts.version"
Voxel = tuple[int, int]
"""Row and column on the slice that is shown."""


def installed_chromium() -> str | None:
    """Where Chromium is installed; None where it is not."""
    return shutil.which("chromium") or shutil.which("google-chrome")


@contextmanager
def browser() -> Iterator[Any]:
    """Start the installed Chromium, without a network of its own.

    Raises
    ------
    FileNotFoundError
        If there is none.
    """
    from playwright.sync_api import sync_playwright  # noqa: PLC0415  for tests and the lab only

    found = installed_chromium()
    if found is None:
        raise FileNotFoundError("no Chromium here (Debian: apt-get install chromium)")
    with sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=found, args=list(QUIET))
        yield started
        started.close()


@dataclass
class OpenRoom:
    """A room that answers, and the link of each reader."""

    links: dict[str, str]
    process: subprocess.Popen[str] | None = None

    @property
    def address(self) -> str:
        """Scheme, host and port of the room."""
        return next(iter(self.links.values())).split("/enter")[0]

    def kill(self) -> None:
        """End its process at once, as a power cut would."""
        assert self.process is not None  # noqa: S101
        self.process.kill()
        self.process.wait()


@contextmanager
def served(out: Path, *arguments: str, port: int = 0) -> Iterator[OpenRoom]:
    """Open a room as a user does, in a process of its own; it ends when the block is left."""
    command = [sys.executable, "-m", "mri_bme", "read", str(out), "--port", str(port), *arguments]
    said_path = out.parent / "said"
    with said_path.open("w") as said:
        process = subprocess.Popen(command, stdout=said, stderr=subprocess.STDOUT, text=True)  # noqa: S603
    try:
        yield OpenRoom(_links_once_open(process, said_path), process)
    finally:
        process.terminate()
        process.wait(timeout=20)


def _links_once_open(process: subprocess.Popen[str], said_path: Path) -> dict[str, str]:
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        assert process.poll() is None, said_path.read_text()  # noqa: S101
        links = dict(re.findall(r"^(\S+): (http\S+)$", said_path.read_text(), re.MULTILINE))
        for link in links.values():
            port = int(link.split("/enter")[0].rsplit(":", 1)[1])
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                return links
        time.sleep(0.1)
    raise AssertionError("the room did not open")


class Reader:
    """Somebody with a browser, who follows a link.

    What is told as JSON is kept in `traffic`. Without `watch` nothing is kept, and the link is
    followed when they `enter`, for whoever wants to watch by other means.
    """

    def __init__(self, browser: Any, link: str, *, watch: bool = True) -> None:
        self.page = browser.new_context(viewport={"width": 1400, "height": 900}).new_page()
        self.traffic: list[str] = []
        self.errors: list[str] = []
        self.link = link
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        if watch:
            self.page.on("response", self._keep)
            self.enter()

    def enter(self) -> None:
        """Follow the link, and wait until a case is open."""
        self.page.goto(self.link)
        self.until("window.room && room.acts")

    def _keep(self, response: Any) -> None:
        kind = response.headers.get("content-type", "")
        if "json" in kind:
            try:
                self.traffic.append(response.url + " " + response.text())
            except Exception:  # of a page that was left, answers have no text
                self.traffic.append(response.url)

    def until(self, condition: str) -> None:
        """Wait until something holds in the page."""
        self.awaited(f"Boolean({condition})")

    def awaited(self, expression: str) -> Any:
        """Wait until the page has something to answer, and take that very answer."""
        end = time.monotonic() + PATIENCE_S
        while not (found := self.page.evaluate(expression)):
            told = (expression, self.page.inner_text("#alert"), self.errors)
            assert time.monotonic() < end, told  # noqa: S101
            self.page.wait_for_timeout(20)
        return found

    def open(self, name: str) -> None:
        """Open a case by its name, and wait until it is the one that is shown."""
        self.until("room.told")
        self.page.evaluate("void (window.toldBefore = room.told)")
        self.page.locator("#cases button", has_text=name).click()
        is_it = f"room.code === room.me.cases.find(c => c.name === '{name}').code"
        self.until(f"room.told !== window.toldBefore && {is_it}")

    def saved(self) -> None:
        """Wait until the server has everything, and has measured it."""
        self.until(SAVED)

    def written(self) -> None:
        """Wait until the masks on the disk are those on the page; the log has them before."""
        self.until(f"{SAVED} && room.numbers.written === room.acts.version")

    def look_at(self, slice_: int, *, visit: int = 0) -> None:
        """Turn to a slice of a visit."""
        self.page.evaluate(f"room.activate({visit}); room.goTo({slice_})")

    def point(self, row: int, column: int) -> tuple[float, float]:
        """Where the middle of a voxel is on the page, pixels."""
        x, y = self.page.evaluate(f"room.view.pointOf({row}, {column})")
        return x, y

    def click(self, row: int, column: int) -> None:
        """Click into a voxel of the visit that is active."""
        self.page.mouse.click(*self.point(row, column))

    def drag(self, start: Voxel, end: Voxel) -> None:
        """Draw a line with the mouse from voxel to voxel, once the page stands still."""
        self.page.evaluate(STANDS_STILL)
        self.page.mouse.move(*self.point(*start))
        self.page.mouse.down()
        self.page.mouse.move(*self.point(*end), steps=8)
        self.page.mouse.up()

    def draw(self, path: list[Voxel]) -> None:
        """Draw along voxels with the mouse held down, once the page stands still."""
        self.page.evaluate(STANDS_STILL)
        points = self.page.evaluate("path => path.map(([r, c]) => room.view.pointOf(r, c))", path)
        self.page.mouse.move(*points[0])
        self.page.mouse.down()
        for x, y in points[1:]:
            self.page.mouse.move(x, y)
        self.page.mouse.up()

    def use(self, tool: str, *, radius_mm: float | None = None) -> None:
        """Take up a tool, and a brush."""
        if radius_mm is not None:
            self.page.evaluate(f"room.radius_mm = {radius_mm}")
        self.page.evaluate(f"room.use({json.dumps(tool)})")

    def press(self, words: str) -> None:
        """Press the button with these words."""
        self.page.get_by_role("button", name=words, exact=True).first.click()

    def drawn(self, visit: int = 0) -> list[int]:
        """Places of the voxels that the page shows as drawn."""
        found: list[int] = self.page.evaluate(
            f"(mask => [...mask.keys()].filter(i => mask[i]))(room.told.visits[{visit}].mask)"
        )
        return found

    def numbers(self) -> dict[str, Any]:
        """Give what the reading comes to, once it is measured."""
        found: dict[str, Any] = self.awaited(f"{SAVED} && room.numbers")
        return found
