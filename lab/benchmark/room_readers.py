"""A reader who is timed in a reading room: in Chromium, or without a browser over HTTP."""

import http.client
import json
import time
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

PATIENCE_MS = 120_000
TIMED = """(kind) => {
  window.timed = new Promise((resolve) => {
    const told = {};
    let start = null;
    const look = () => {
      const { acts, numbers } = window.room;
      if (acts.isEmpty && acts.version > told.from) told.kept ??= performance.now() - start;
      const isDone = told.kept !== undefined && numbers && numbers.version === acts.version;
      if (isDone && !window.room.hasMoved) {
        resolve({ kept: told.kept / 1000, measured: (performance.now() - start) / 1000 });
      } else requestAnimationFrame(look);
    };
    window.addEventListener(kind, () => {
      start = performance.now();
      told.from = window.room.acts.version;
      requestAnimationFrame(look);
    }, { capture: true, once: true });
  });
}"""
"""Time from an event of the reader's hand until it is kept, and until its numbers are shown."""
OPEN = "Boolean(window.room?.told && room.numbers && room.numbers.version === room.acts.version)"


class Reader(Protocol):
    """Does what a reader does, and tells how many seconds passed until it was done."""

    through: str

    def entered(self, link: str) -> float:
        """Follow the link, until scans and numbers of the first case are there."""

    def opened(self) -> float:
        """Open the case anew."""

    def stroke(
        self, visit: int, index: int, row: int, column: int, half: int
    ) -> tuple[float, float]:
        """Paint along a row; until it is kept, and until it is measured."""

    def undone(self) -> float:
        """Take the last act back, until it is measured."""

    def moved(self) -> float:
        """Move the left joint outwards by some voxels, until everything has followed."""


@contextmanager
def browser_reader(executable: str) -> Iterator[Reader]:
    """Read in Debian's Chromium, with a real mouse and keyboard."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415  for those who have it

    with sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=executable, args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_context(viewport={"width": 1400, "height": 900}).new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.goto("about:blank")  # the browser runs before its reader comes
        yield _InBrowser(page)
        browser.close()


class _InBrowser:
    through = "in Chromium"

    def __init__(self, page: Any) -> None:
        self._page, self._link = page, ""

    def entered(self, link: str) -> float:
        self._link = link
        return self.opened()

    def opened(self) -> float:
        began = time.perf_counter()
        self._page.goto(self._link)
        while not self._page.evaluate(OPEN):  # the page's policy lets nobody wait by eval
            self._page.wait_for_timeout(20)
        return time.perf_counter() - began

    def stroke(
        self, visit: int, index: int, row: int, column: int, half: int
    ) -> tuple[float, float]:
        page = self._page
        page.evaluate(f"room.activate({visit}); room.goTo({index}); room.use('paint')")
        page.mouse.move(*self._point(row, column - half))
        page.mouse.down()
        page.mouse.move(*self._point(row, column + half), steps=8)
        page.evaluate(f"({TIMED})('pointerup')")
        page.mouse.up()
        told = page.evaluate("window.timed")
        return told["kept"], told["measured"]

    def undone(self) -> float:
        self._page.evaluate(f"({TIMED})('keydown')")
        self._page.keyboard.press("z")
        return float(self._page.evaluate("window.timed")["measured"])

    def moved(self) -> float:
        page = self._page
        index = page.evaluate(
            "(room.activate(0), room.visit.lines.left.joint.findIndex((one) => one.length > 3))"
        )
        page.evaluate(f"room.goTo({index}); room.use('joint')")
        row, column = page.evaluate(f"room.visit.lines.left.joint[{index}][1]")
        page.mouse.move(*self._point(row, column))
        page.mouse.down()
        page.mouse.move(*self._point(row, column + 6), steps=5)
        page.evaluate(f"({TIMED})('pointerup')")
        page.mouse.up()
        return float(page.evaluate("window.timed")["measured"])

    def _point(self, row: float, column: float) -> tuple[float, float]:
        x, y = self._page.evaluate(f"room.view.pointOf({row}, {column})")
        return x, y


@contextmanager
def http_reader() -> Iterator[Reader]:
    """Read by requests alone: what a browser asks for, without drawing it."""
    yield _OverHttp()


class _OverHttp:
    through = "over HTTP, nothing drawn"

    def entered(self, link: str) -> float:
        began = time.perf_counter()
        address = urllib.parse.urlsplit(link)
        self._host = address.netloc
        self._connection = http.client.HTTPConnection(self._host, timeout=PATIENCE_MS / 1000)
        self._connection.request("GET", f"{address.path}?{address.query}")
        answer = self._connection.getresponse()
        answer.read()
        self._headers = {
            "cookie": answer.headers["set-cookie"].split(";")[0],
            "origin": f"http://{self._host}",
        }
        me = json.loads(self._asked("api/me"))
        self._headers["x-reading-room"] = me["token"]
        self._case = f"api/case/{me['cases'][0]['code']}"
        self._told: dict[str, Any] = {}
        self.opened()
        return time.perf_counter() - began

    def opened(self) -> float:
        began = time.perf_counter()
        self._told = json.loads(self._asked(self._case))
        for visit in self._told["visits"]:
            for name in ("volume", "marrow", "reference"):
                self._asked(visit[name])
        self._asked(f"{self._case}/numbers")
        return time.perf_counter() - began

    def stroke(
        self, visit: int, index: int, row: int, column: int, half: int
    ) -> tuple[float, float]:
        _, rows, columns = self._told["visits"][visit]["shape"]
        first = (index * rows + row) * columns + column
        lines = range(-half // 2, half // 2 + 1)
        runs = [n for r in lines for n in (first + r * columns - half, 2 * half + 1)]
        return self._done({"what": "stroke", "visit": visit, "on": runs, "off": []})

    def undone(self) -> float:
        return self._done({"what": "undo"})[1]

    def moved(self) -> float:
        joints = self._told["visits"][0]["lines"]["left"]["joint"]
        index = next(n for n, line in enumerate(joints) if len(line) > 3)
        line = [[row, column + 6 * (n == 1)] for n, (row, column) in enumerate(joints[index])]
        act = {"what": "joint", "visit": 0, "side": "left", "slice": index, "reach": 1}
        _, measured = self._done({**act, "line": line})
        began = time.perf_counter()
        self._asked(self._case)
        return measured + time.perf_counter() - began

    def _done(self, act: dict[str, Any]) -> tuple[float, float]:
        began = time.perf_counter()
        sent = json.dumps({**act, "version": self._told["version"]})
        self._told["version"] = json.loads(self._asked(f"{self._case}/act", sent))["version"]
        kept = time.perf_counter() - began
        self._asked(f"{self._case}/numbers")
        return kept, time.perf_counter() - began

    def _asked(self, path: str, body: str | None = None) -> bytes:
        method = "GET" if body is None else "POST"
        self._connection.request(method, f"/{path}", body=body, headers=self._headers)
        answer = self._connection.getresponse()
        content = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{path.rsplit('/', 1)[-1]} was answered {answer.status}")
        return content
