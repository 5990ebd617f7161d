"""What mouse, fingers and keys do on the pictures of the reading room."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from read_study import SHAPE, add_t1
from reading_browser import Reader, served_here

pytest.importorskip("starlette")

GREY_OF_MARROW = """() => {
  const { view } = room, [x, y] = view.pointOf(22, 50), box = view.canvas.getBoundingClientRect();
  const scale = view.canvas.width / box.width;
  const [across, down] = [(x - box.left) * scale, (y - box.top) * scale];
  return view.canvas.getContext("2d").getImageData(across, down, 1, 1).data[0];
}"""
Point = tuple[float, float]


def row_of(slice_: int, row: int, columns: range) -> set[int]:
    return {int(np.ravel_multi_index((slice_, row, column), SHAPE)) for column in columns}


def dragged(reader: Reader, start: Point, by: Point, button: str) -> None:
    mouse = reader.page.mouse
    mouse.move(*start)
    mouse.down(button=button)
    mouse.move(start[0] + by[0], start[1] + by[1], steps=3)
    mouse.up(button=button)


def test_the_right_button_sets_the_window_of_a_contrast_and_draws_nothing(
    study: Path, chromium: Any
) -> None:
    add_t1(study, "sub-02", "baseline")
    with served_here(study) as room:
        reader = Reader(chromium, room.links["R1"])
        page, told = reader.page, reader.page.locator("#window")
        reader.open("sub-02")
        reader.look_at(4)
        reader.use("paint", radius_mm=0.5)
        assert told.inner_text() == "W 3.00 L 1.50 × marrow"
        grey = page.evaluate(GREY_OF_MARROW)
        assert grey == pytest.approx(255 / 3, abs=25)  # marrow is a third of white
        height = page.evaluate("room.view.canvas.clientHeight")
        dragged(reader, reader.point(40, 66), (0, height / 6), "right")
        assert told.inner_text() == "W 3.00 L 1.00 × marrow"  # down: brighter
        assert page.evaluate(GREY_OF_MARROW) > grey + 15
        dragged(reader, reader.point(40, 66), (60, 0), "right")
        width, level = told.inner_text().split()[1:4:2]
        assert (float(width) > 3.5, level) == (True, "1.00")
        assert reader.drawn() == []
        reader.drag((40, 66), (40, 70))  # and the left button still draws
        reader.saved()
        assert set(reader.drawn()) == row_of(4, 40, range(66, 71))
        shown = told.inner_text()
        page.evaluate("room.activate(1)")
        assert told.inner_text() == shown  # equal marrow is as bright at both visits
        page.keyboard.press("t")
        reader.until("room.besides[0]")
        page.evaluate("room.besides[0].canvas.focus()")
        assert told.inner_text() == "W 1.00 L 0.50 of the brightest of T1W"
        page.keyboard.press("<")
        assert told.inner_text() == "W 0.87 L 0.50 of the brightest of T1W"
        page.evaluate("room.view.canvas.focus()")
        assert told.inner_text() == shown
        for place in range(2):
            reader.look_at(4, visit=place)
            page.locator("#read").check()
        reader.saved()
        page.locator("#sign").click()
        reader.until("room.told.signed")
        assert told.inner_text() == shown  # the case is still open
        page.mouse.dblclick(*reader.point(40, 66), button="right")
        assert told.inner_text() == "W 3.00 L 1.50 × marrow"
        page.keyboard.press(".")
        page.locator("#contrast").press("ArrowRight")
        assert told.inner_text() not in {"W 3.00 L 1.50 × marrow", shown}
        page.keyboard.press("Escape")
        page.mouse.dblclick(*reader.point(40, 66))
        assert told.inner_text() == "W 3.00 L 1.50 × marrow"
        page.keyboard.press(".")
        reader.open("sub-01")
        assert told.inner_text() == "W 3.00 L 1.50 × marrow"
        assert reader.errors == []


def test_one_finger_draws_two_move_and_zoom_and_a_palm_disturbs_no_stroke(
    study: Path, chromium: Any
) -> None:
    with served_here(study) as room:
        reader = Reader(chromium, room.links["R1"])
        reader.open("sub-02")
        reader.look_at(4)
        reader.use("paint", radius_mm=0.5)
        touch = reader.page.context.new_cdp_session(reader.page)
        touch.send("Emulation.setTouchEmulationEnabled", {"enabled": True, "maxTouchPoints": 5})

        def fingers(what: str, *points: Point) -> None:
            down = [{"x": x, "y": y, "id": n} for n, (x, y) in enumerate(points)]
            touch.send("Input.dispatchTouchEvent", {"type": f"touch{what}", "touchPoints": down})

        first, last = reader.point(40, 66), reader.point(40, 70)
        fingers("Start", first)
        fingers("Start", first, (first[0] - 100, first[1]))
        fingers("Move", (first[0] + 25, first[1]), (first[0] - 175, first[1]))
        fingers("End")
        reader.until("Math.abs(room.look.zoom - 2) < 0.1")
        assert reader.drawn() == []
        reader.page.keyboard.press("0")
        assert reader.point(40, 66) == pytest.approx(first)
        palm = (first[0] - 80, first[1] + 60)
        fingers("Start", first)
        fingers("Move", ((first[0] + last[0]) / 2, first[1]))
        fingers("Start", ((first[0] + last[0]) / 2, first[1]), palm)
        fingers("Move", last, (palm[0] - 30, palm[1]))
        fingers("End")
        reader.until("room.acts.version > 0 && room.acts.isEmpty")
        assert set(reader.drawn()) == row_of(4, 40, range(66, 71))
        assert reader.page.evaluate("room.look.zoom") == 1
        fingers("Start", reader.point(44, 66))  # a tap is a voxel
        fingers("End")
        reader.until("room.acts.version > 1 && room.acts.isEmpty")
        assert set(reader.drawn()) == row_of(4, 40, range(66, 71)) | row_of(4, 44, range(66, 67))
        assert reader.errors == []


def test_keys_mean_what_they_say_with_caps_lock_and_on_other_keyboards(
    study: Path, chromium: Any
) -> None:
    with served_here(study) as room:
        reader = Reader(chromium, room.links["R1"])
        page = reader.page
        reader.open("sub-02")
        reader.look_at(4)
        page.keyboard.press("P")  # Caps Lock
        assert page.evaluate("room.tool") == "paint"
        page.evaluate(  # the right Alt, by which many keyboards write a bracket, comes with both
            """() => document.dispatchEvent(new KeyboardEvent("keydown",
              { key: "[", ctrlKey: true, altKey: true, modifierAltGraph: true }))"""
        )
        assert page.evaluate("room.radius_mm") == 1
        page.evaluate("room.radius_mm = 0.5")
        line = row_of(4, 40, range(66, 71))
        page.mouse.move(*reader.point(40, 66))
        page.mouse.down()
        page.mouse.move(*reader.point(40, 68))
        page.mouse.wheel(0, 100)  # slips in the middle of a stroke
        page.keyboard.press("ArrowDown")
        page.keyboard.press("e")
        page.mouse.move(*reader.point(40, 70))
        page.mouse.up()
        reader.saved()
        assert set(reader.drawn()) == line
        assert page.evaluate("[room.tool, room.view.slice]") == ["paint", 4]
        for keys, drawn in (
            ("Control+z", set()),
            ("Control+Shift+Z", line),
            ("z", set()),
            ("Control+y", line),
        ):
            page.keyboard.press(keys)
            reader.saved()
            assert set(reader.drawn()) == drawn
        assert reader.errors == []


def test_a_browser_that_keeps_nothing_loses_no_stroke_that_the_server_can_have(
    study: Path, chromium: Any
) -> None:
    """Its disk is full, or it was told to store nothing."""
    with served_here(study) as room:
        reader = Reader(chromium, room.links["R1"])
        reader.open("sub-02")
        reader.look_at(4)
        reader.use("paint", radius_mm=0.5)
        reader.page.evaluate(
            """() => {
              const refuse = () => { throw new DOMException("full", "QuotaExceededError"); };
              const names = ["setItem", "removeItem", "getItem"];
              for (const name of names) Storage.prototype[name] = refuse;
            }"""
        )
        reader.drag((40, 66), (40, 70))
        reader.until("room.acts.version > 0 && room.acts.isEmpty")
        reader.open("sub-01")
        reader.open("sub-02")
        assert set(reader.drawn()) == row_of(4, 40, range(66, 71))
        assert reader.errors == []
