"""Nothing that unblinds reaches a blind reader's browser: not its traffic, not its memory.

Marks that occur nowhere else are planted in the results: in the name of the subject, the labels
and days of its visits, a table of arms, and what another reader wrote and drew.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from read_study import LESION, boxes_are_found, drawn, leave_study, sign
from reading_browser import Reader, served_here

from mri_bme.batch.recall import recall_subject
from mri_bme.readings.measured import numbers_of
from mri_bme.readings.task import Task

pytest.importorskip("starlette")

SUBJECT, FOLDER = "703133770", "sub-703133770"
VISITS = (("okapi", 0), ("numbat", 46_368))
OTHER = "ocelot"
ARM, WORDS = "pangolin_arm", "quagga words"
THEIRS = (slice(4, 6), slice(31, 38), slice(64, 71))
TASK = Task(
    readers=("kudu", OTHER), visits="hidden", outlines="after", ask=("masks", "sparcc"), seed=4
)
NAMES = (SUBJECT, "okapi", "numbat", "46368", OTHER, "pangolin", "quagga")
KEPT_BY_THE_BROWSER = """async () => JSON.stringify([
  Object.entries(localStorage), Object.entries(sessionStorage), await indexedDB.databases(),
  await caches.keys(), document.title, document.cookie, history.state, location.href,
  performance.getEntries().map((one) => one.name), document.documentElement.outerHTML])"""
ARRAYS_OF_THE_PAGE = """() => {
  const seen = new Set(), found = [], rest = [window.room];
  while (rest.length) {
    const one = rest.pop();
    if (!one || typeof one !== "object" || seen.has(one)) continue;
    seen.add(one);
    if (one instanceof Uint8Array) found.push([...one.keys()].filter((at) => one[at]));
    else if (!ArrayBuffer.isView(one) && !(one instanceof Node)) rest.push(...Object.values(one));
  }
  return found;
}"""


@dataclass
class Watched:
    """A reader, and every byte that came to their browser or left it."""

    reader: Reader
    answers: list[Any] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    sockets: list[str] = field(default_factory=list)

    def keep(self, answer: Any) -> None:
        self.answers.append(answer)

    def traffic(self) -> Iterator[tuple[str, bytes]]:
        """Text of all requests and headers, and the body of each answer."""
        for request in self.asked:
            yield request, b""
        for answer in self.answers:
            told = f"{answer.status} {answer.url} {json.dumps(answer.all_headers())}"
            yield told, b"" if answer.status in (303, 304) else answer.body()

    def memory(self) -> str:
        """Every string and number on the heap of the page, and what the browser keeps of it."""
        session = self.reader.page.context.new_cdp_session(self.reader.page)
        parts: list[str] = []
        session.on("HeapProfiler.addHeapSnapshotChunk", lambda told: parts.append(told["chunk"]))
        session.send("HeapProfiler.takeHeapSnapshot", {"captureNumericValue": True})
        session.detach()
        strings = json.loads("".join(parts))["strings"]
        assert "room" in strings
        return "\n".join([*strings, self.reader.page.evaluate(KEPT_BY_THE_BROWSER)])


def watched(chromium: Any, link: str) -> Watched:
    reader = Reader(chromium, link, watch=False)
    found = Watched(reader)
    reader.page.on("response", found.keep)
    reader.page.on(
        "request",
        lambda r: found.asked.append(f"{r.method} {r.url} {json.dumps(r.headers)} {r.post_data}"),
    )
    reader.page.on("websocket", lambda socket: found.sockets.append(socket.url))
    reader.enter()
    return found


def in_runs(mask: np.ndarray) -> str:
    """The first runs of a mask as JSON has them."""
    places = np.flatnonzero(mask)
    (ends,) = np.nonzero(np.diff(places) > 1)
    return f"[{places[0]},{ends[0] + 1},{places[ends[0] + 1]},"


def test_a_blind_browser_holds_nothing_that_unblinds(tmp_path: Path, chromium: Any) -> None:
    out = tmp_path / "out"
    with boxes_are_found():
        leave_study(out, tmp_path, {SUBJECT: ((LESION,), ())}, VISITS)
    (out / "arms.csv").write_text(f"subject,arm\n{SUBJECT},{ARM}\n")
    theirs = drawn(THEIRS)
    sparcc = {"first": 1, "slices": {"2": {"quadrants": ["left_ilium_lower"]}}}
    sign(
        out, OTHER, FOLDER, {"okapi": theirs, "numbat": drawn()},
        scores={"okapi": {"sparcc": sparcc, "comment": WORDS}},
    )  # fmt: skip
    program = recall_subject(out, FOLDER).result
    found = program.visits[0].segmentation
    assert found is not None
    volume = numbers_of(program)["visits"]["okapi"]["edema_ml"]
    shown = f"{volume:.2f} mL"
    masks = {"program": found.mask.voxels, "reader": theirs}
    runs = {whose: in_runs(mask) for whose, mask in masks.items()}
    places = {whose: np.flatnonzero(mask).tolist() for whose, mask in masks.items()}

    with served_here(out, TASK) as room:
        blind = watched(chromium, room.links["kudu"])
        reader = blind.reader
        reader.look_at(4)
        reader.use("paint", radius_mm=0.5)
        reader.page.route("**/act", lambda route: route.abort())
        reader.drag((40, 66), (40, 70))
        reader.until("Object.keys(localStorage).length === 1")  # kept, as it cannot be sent
        memory = blind.memory()
        assert "unsent" in memory
        reader.page.unroute("**/act")
        reader.saved()
        told = list(blind.traffic())
        text = "\n".join(asked + body.decode("latin-1") for asked, body in told)
        assert "api/case" in text
        for mark in (*NAMES, *runs.values(), str(volume), shown):
            assert mark not in text, mark
            assert mark not in memory, mark
        bodies = [np.frombuffer(body, np.uint8) for _, body in told if len(body) == theirs.size]
        assert len(bodies) == 4  # marrow and normal marrow of both visits
        held = [np.flatnonzero(body).tolist() for body in bodies]
        held += reader.page.evaluate(ARRAYS_OF_THE_PAGE)
        assert len(held) >= 10
        assert places["program"] not in held
        assert places["reader"] not in held
        assert blind.sockets == []

        for visit in range(2):  # who signs is told what the program gives, and nothing else
            reader.look_at(4, visit=visit)
            reader.page.get_by_role("button", name="Keep this score").click()
            reader.page.locator("#read").check()
        reader.saved()
        reader.page.locator("#sign").click()
        reader.until("room.told.signed && room.told.shows_program && room.numbers?.visits")
        text = "\n".join(asked + body.decode("latin-1") for asked, body in blind.traffic())
        memory = blind.memory()
        assert str(volume) in text
        assert runs["program"] in text.replace(" ", "")
        assert shown in memory
        assert places["program"] in reader.page.evaluate(ARRAYS_OF_THE_PAGE)
        for mark in (*NAMES, runs["reader"]):
            assert mark not in text, mark
            assert mark not in memory, mark
        assert places["reader"] not in reader.page.evaluate(ARRAYS_OF_THE_PAGE)
        assert reader.errors == []
