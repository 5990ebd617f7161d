"""A sitting of a simulated reader, or of the adjudicator, at a browser with a reading room."""

import re
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lab.benchmark.study.browser import Reader
from lab.benchmark.study.simulated import (
    ADJUDICATOR,
    SimulatedReader,
    impression_of,
    sparcc_seen,
    strokes_of,
)
from lab.benchmark.study.subjects import Truth, Truths
from mri_bme.readings.deal import Dealt

BRUSH_MM = 0.5  # less than a voxel: the brush is the voxel under the pointer
SPARCC_BUTTON = re.compile("Keep this score|Scored")
Bools = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class Sitting:
    """Who sits there, what they were dealt, what is true of it, and where pictures are kept.

    A simulated reader is told what is true by the study, never by the browser.
    """

    reader: Reader
    who: SimulatedReader
    dealt: Mapping[str, Dealt]
    truths: Truths
    pictures: Path
    seed: int

    def read_all(self) -> list[float]:
        """Read every case in the order of the list; gives the seconds that each took."""
        seconds = []
        codes = [case["code"] for case in self.reader.page.evaluate("room.me.cases")]
        for number, code in enumerate(codes):
            began = time.monotonic()
            self._open(number, code)
            for visit, label in enumerate(self.dealt[code].visits):
                self._read_visit(code, visit, self._truth(code, label))
            if number == 0:
                self.picture("read")
            self._sign()
            if number == 0:
                self.picture("signed")
            seconds.append(time.monotonic() - began)
            sys.stderr.write(f"{self.who.code}: {number + 1} of {len(codes)} signed\n")
        return seconds

    def adjudicate_all(self) -> int:
        """Judge every case on which readers differ; gives how many there were."""
        codes = [case["code"] for case in self.reader.page.evaluate("room.me.cases")]
        for number, code in enumerate(codes):
            self._open(number, code)
            for visit, label in enumerate(self.dealt[code].visits):
                truth = self._truth(code, label)
                mask = ADJUDICATOR.drawn(truth, np.random.default_rng(0))
                self._look_where(mask, visit)
                if number == 0 and visit == 0:
                    self.picture("before")
                self._take("STAPLE" if number == 0 else self._nearest(mask, visit))
                self._score(mask, visit, truth)
            if number == 0:
                self.picture("taken")
            self._sign()
        return len(codes)

    def picture(self, what: str) -> None:
        """Take a picture of the page as it is."""
        self.reader.page.mouse.move(5, 5)
        self.reader.page.wait_for_timeout(300)
        path = self.pictures / f"{self.who.code}-{what}.png"
        self.reader.page.screenshot(path=path)

    def _open(self, number: int, code: str) -> None:
        self.reader.page.locator("#cases button").nth(number).click()
        self.reader.until(f"room.code === '{code}' && room.numbers")

    def _truth(self, code: str, label: str) -> Truth:
        return self.truths[self.dealt[code].folder, label]

    def _read_visit(self, code: str, visit: int, truth: Truth) -> None:
        mask = self.who.drawn(truth, np.random.default_rng([self.seed, int(code, 16), visit]))
        for slice_, paths in strokes_of(mask).items():
            self.reader.look_at(slice_, visit=visit)
            self.reader.use("paint", radius_mm=BRUSH_MM)
            for path in paths:
                self.reader.draw(path)
        self._score(mask, visit, truth)
        self._look_where(mask, visit)

    def _look_where(self, mask: Bools, visit: int) -> None:
        """Turn to the slice with most edema, or to the middle."""
        counts = mask.sum(axis=(1, 2))
        middle = len(counts) // 2
        self.reader.look_at(int(counts.argmax()) if counts.any() else middle, visit=visit)

    def _score(self, mask: Bools, visit: int, truth: Truth) -> None:
        page = self.reader.page
        first = page.evaluate(f"room.told.visits[{visit}].first_sparcc")
        self.reader.look_at(first, visit=visit)
        self.reader.use("score")
        for slice_, seen in sparcc_seen(mask, truth, self._shown(visit, mask), first).items():
            self.reader.look_at(slice_, visit=visit)
            for name, place in seen.quadrants.items():
                self.reader.click(*place)
                self._until_scored(visit, slice_ - first, "quadrants", name)
            for kind in ("deep", "intense"):
                for side in getattr(seen, kind):
                    page.locator(f"[data-more='{side} {kind}']").click()
                    self._until_scored(visit, slice_ - first, kind, side)
        page.get_by_role("button", name=SPARCC_BUTTON).click()
        page.get_by_role("button", name=str(impression_of(mask, truth)), exact=True).click()
        page.locator("#read").check()
        self.reader.saved()

    def _until_scored(self, visit: int, place: int, kind: str, name: str) -> None:
        """Wait until a click has become a score that the server has."""
        scored = f"room.told.visits[{visit}].scores.sparcc?.slices[{place}]?.{kind}"
        self.reader.until(f"{scored}?.includes('{name}') && room.acts.isEmpty")

    def _shown(self, visit: int, mask: Bools) -> NDArray[np.uint8]:
        """Quadrants as the page has them."""
        labels = self.reader.page.evaluate(f"[...room.told.visits[{visit}].marrow]")
        return np.array(labels, np.uint8).reshape(mask.shape)

    def _take(self, whose: str) -> None:
        self.reader.press(f"Take {whose}")
        self.reader.saved()

    def _nearest(self, mask: Bools, visit: int) -> str:
        """Reader whose mask is nearest to what the adjudicator sees."""
        told: list[dict[str, Any]] = self.reader.page.evaluate(
            "room.told.readings.map((one, n) => ({reader: one.reader, "
            f"mask: [...room.told.visits[{visit}].others[n]]}}))"
        )
        sizes: dict[str, int] = {
            one["reader"]: int(np.sum(np.array(one["mask"], bool) != mask.reshape(-1)))
            for one in told
        }
        return min(sizes, key=sizes.__getitem__)

    def _sign(self) -> None:
        self.reader.saved()
        self.reader.page.locator("#sign").click()
        self.reader.until("room.told.signed && room.numbers?.visits && room.acts.isEmpty")
