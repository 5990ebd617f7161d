"""A reading room that runs, and readers who use it in a real browser."""

import json
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mri_bme.reading_room.links import room_key
from mri_bme.reading_room.serve import links
from mri_bme.readings.task import Task

PATIENCE_S = 300.0  # only where something hangs; a busy machine takes a minute to start a room
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
CORRECTING = Task()


@dataclass
class OpenRoom:
    """A room that answers, and the link of each reader."""

    links: dict[str, str]
    process: subprocess.Popen[str] | None = None

    @property
    def address(self) -> str:
        return next(iter(self.links.values())).split("/enter")[0]

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()


@contextmanager
def served(out: Path, *arguments: str, port: int = 0) -> Iterator[OpenRoom]:
    """Open a room as a user does, in a process of its own; it ends when the block is left."""
    command = [sys.executable, "-m", "mri_bme", "read", str(out), "--port", str(port), *arguments]
    said_path = out.parent / "said"
    with said_path.open("w") as said:
        process = subprocess.Popen(command, stdout=said, stderr=subprocess.STDOUT, text=True)
    try:
        yield OpenRoom(_links_once_open(process, said_path), process)
    finally:
        process.terminate()
        process.wait(timeout=20)


def _links_once_open(process: subprocess.Popen[str], said_path: Path) -> dict[str, str]:
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        assert process.poll() is None, said_path.read_text()
        links = dict(re.findall(r"^(\S+): (http\S+)$", said_path.read_text(), re.MULTILINE))
        for link in links.values():
            port = int(link.split("/enter")[0].rsplit(":", 1)[1])
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                return links
        time.sleep(0.1)
    raise AssertionError("the room did not open")


@contextmanager
def served_here(out: Path, task: Task = CORRECTING) -> Iterator[OpenRoom]:
    """Open a room in a thread of this process, which starts faster."""
    import uvicorn  # noqa: PLC0415  an extra

    from mri_bme.reading_room.app import make_app  # noqa: PLC0415
    from mri_bme.reading_room.room import Room  # noqa: PLC0415

    key = room_key(out)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        room = Room(out, task, key=key)
        app = make_app(room, hosts=[f"127.0.0.1:{port}"])
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", ws="none", lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        lines = links(room.readers, host="127.0.0.1", port=port, days=1, key=key)
        try:
            yield OpenRoom(dict(line.split(": ", 1) for line in lines))
        finally:
            server.should_exit = True
            thread.join(timeout=20)


class Reader:
    """Somebody with a browser. Everything that reached it is kept in `traffic`."""

    def __init__(self, browser: Any, link: str) -> None:
        self.page = browser.new_context(viewport={"width": 1400, "height": 900}).new_page()
        self.traffic: list[str] = []
        self.errors: list[str] = []
        self.page.on("response", self._keep)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.goto(link)
        self.until("window.room && room.acts")

    def _keep(self, response: Any) -> None:
        kind = response.headers.get("content-type", "")
        if "json" in kind:
            try:
                self.traffic.append(response.url + " " + response.text())
            except Exception:
                self.traffic.append(response.url)

    def until(self, condition: str) -> None:
        """Wait until something holds in the page."""
        self.awaited(f"Boolean({condition})")

    def awaited(self, expression: str) -> Any:
        """Wait until the page has something to answer, and take that very answer."""
        end = time.monotonic() + PATIENCE_S
        while not (found := self.page.evaluate(expression)):
            assert time.monotonic() < end, (expression, self.page.inner_text("#alert"), self.errors)
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

    def look_at(self, slice_: int, *, visit: int = 0) -> None:
        self.page.evaluate(f"room.activate({visit}); room.goTo({slice_})")

    def point(self, row: int, column: int) -> tuple[float, float]:
        x, y = self.page.evaluate(f"room.view.pointOf({row}, {column})")
        return x, y

    def click(self, row: int, column: int) -> None:
        self.page.mouse.click(*self.point(row, column))

    def drag(self, start: tuple[int, int], end: tuple[int, int]) -> None:
        """Draw a line with the mouse from voxel to voxel, once the page stands still."""
        self.page.evaluate(STANDS_STILL)
        self.page.mouse.move(*self.point(*start))
        self.page.mouse.down()
        self.page.mouse.move(*self.point(*end), steps=8)
        self.page.mouse.up()

    def use(self, tool: str, *, radius_mm: float | None = None) -> None:
        if radius_mm is not None:
            self.page.evaluate(f"room.radius_mm = {radius_mm}")
        self.page.evaluate(f"room.use({json.dumps(tool)})")

    def press(self, words: str) -> None:
        self.page.get_by_role("button", name=words, exact=True).first.click()

    def drawn(self, visit: int = 0) -> list[int]:
        """Places of the voxels that the page shows as drawn."""
        found: list[int] = self.page.evaluate(
            f"(mask => [...mask.keys()].filter(i => mask[i]))(room.told.visits[{visit}].mask)"
        )
        return found

    def numbers(self) -> dict[str, Any]:
        found: dict[str, Any] = self.awaited(f"{SAVED} && room.numbers")
        return found
