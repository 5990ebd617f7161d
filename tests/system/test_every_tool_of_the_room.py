"""What the page for readers promises, tried as a reader does: tools, scores, signing, practice."""

import json
import os
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from read_study import LESION, SHAPE, boxes_are_found, drawn, leave_study, sign
from reading_browser import Reader, served_here

from mri_bme.batch.recall import recall_subject
from mri_bme.readings.audit import read_audit
from mri_bme.readings.task import Task

pytest.importorskip("starlette")

EVERYTHING = Task(ask=("masks", "sparcc", "berlin", "asas", "impression", "quality"))


HAS_FOCUS = """([selector, words]) => {
  const { activeElement: one } = document;
  return one.matches(selector) && (!words || one.textContent === words);
}"""
PICTURE = "room.view.canvas.toDataURL()"


def row_of(slice_: int, row: int, columns: range) -> set[int]:
    return {int(np.ravel_multi_index((slice_, row, column), SHAPE)) for column in columns}


def reading_of(study: Path, folder: str) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    place = study / "readings" / "R1" / folder
    return read_audit(place / "audit.jsonl"), json.loads((place / "reading.json").read_text())


def test_painting_above_the_cut_off_and_filling_between_slices(study: Path, chromium: Any) -> None:
    with served_here(study) as room:
        reader = Reader(chromium, room.links["R1"])
        reader.open("sub-01")
        reader.until("room.visit.above")
        reader.press("Clear this visit")
        reader.until("!room.visit.mask.some(Boolean)")
        reader.page.keyboard.press("p")
        reader.page.evaluate("room.radius_mm = 0.5")
        reader.page.keyboard.press("c")
        reader.look_at(3)
        reader.drag((20, 63), (20, 77))  # from the lesion into normal marrow
        bright = {at for at in row_of(3, 20, range(63, 78)) if reader.page.evaluate(
            f"room.visit.above[{at}]")}  # fmt: skip
        assert row_of(3, 20, range(64, 72)) <= bright < row_of(3, 20, range(63, 78))
        assert set(reader.drawn()) == bright
        reader.page.keyboard.press("c")
        reader.drag((20, 63), (20, 77))
        assert set(reader.drawn()) == row_of(3, 20, range(63, 78))
        reader.look_at(5)
        reader.drag((20, 63), (20, 77))
        reader.page.keyboard.press("f")
        reader.until("room.acts.isEmpty")
        filled = row_of(4, 20, range(63, 78))
        assert len(filled & set(reader.drawn())) > len(filled) / 2
        reader.page.keyboard.press("z")
        reader.until("room.acts.isEmpty")
        assert not filled & set(reader.drawn())
        assert reader.errors == []


def test_a_lesion_is_rejected_and_accepted_with_one_key_each_and_erased_voxel_by_voxel(
    study: Path, chromium: Any
) -> None:
    with served_here(study) as room:
        reader = Reader(chromium, room.links["R1"])
        reader.open("sub-01")
        found = reader.numbers()["visits"]
        whole = set(reader.drawn())
        reader.look_at(3)
        reader.page.mouse.move(*reader.point(20, 68))
        for keys in ("r1", "a"):
            for key in keys:
                reader.page.keyboard.press(key)
            reader.until("room.acts.isEmpty")
            assert set(reader.drawn()) == (set() if keys == "r1" else whole)
        assert reader.numbers()["visits"] == found
        reader.page.keyboard.press("e")
        reader.page.evaluate("room.radius_mm = 0.5")
        reader.drag((20, 66), (20, 70))
        assert set(reader.drawn()) == whole - row_of(3, 20, range(66, 71))
        assert reader.numbers()["visits"][0]["edema_ml"] < found[0]["edema_ml"]
        assert reader.errors == []
    log, _ = reading_of(study, "sub-01")
    assert [line.get("reason", "") for line in log if line["what"] == "stroke"] == [
        "vessel",
        "",
        "",
    ]


def test_a_border_that_is_dragged_takes_its_quadrants_along(study: Path, chromium: Any) -> None:
    with served_here(study) as room:
        reader = Reader(chromium, room.links["R1"])
        reader.open("sub-01")
        reader.numbers()
        reader.look_at(3)
        reader.page.keyboard.press("l")
        at = int(np.ravel_multi_index((3, 34, 70), SHAPE))  # just below the border
        before = reader.page.evaluate(f"room.visit.marrow[{at}]")
        border = reader.page.evaluate("Math.round(room.visit.lines.left.border[3])")
        reader.drag((border, 66), (border + 10, 66))
        reader.until(f"room.acts.isEmpty && room.visit.marrow[{at}] !== {before}")
        assert (before, reader.page.evaluate(f"room.visit.marrow[{at}]")) == (2, 1)
        assert reader.errors == []


def test_while_both_visits_are_measured_anew_the_page_says_so_and_keeps_what_is_drawn(
    study: Path, chromium: Any
) -> None:
    with served_here(study) as room:
        reader = Reader(chromium, room.links["R1"])
        reader.open("sub-02")
        reader.look_at(3)
        reader.use("joint")
        held: list[Any] = []
        reader.page.route("**/act", lambda route: held.append(route))  # noqa: PLW0108  (a wrapped builtin has no attributes)
        border = reader.page.evaluate("Math.round(room.visit.lines.left.border[3])")
        reader.drag((border, 66), (border + 10, 66))
        reader.use("paint", radius_mm=0.5)
        reader.drag((40, 66), (40, 70))
        reader.until("room.acts.queue.length === 2")
        state, moving = reader.page.locator("#state"), reader.page.locator("#moving")
        reader.until("document.getElementById('state').textContent.includes('kept here')")
        assert re.fullmatch(
            r"both visits are measured anew, \d+ s; 1 kept here meanwhile", state.inner_text()
        )
        assert moving.is_visible()
        assert "being measured" in reader.page.inner_text("#panel")
        held[0].continue_()
        reader.page.unroute("**/act")
        reader.saved()
        reader.until("!room.hasMoved")
        assert moving.is_hidden()
        assert row_of(3, 40, range(66, 71)) <= set(reader.drawn())
        assert reader.errors == []
    log = read_audit(study / "readings" / "R1" / "sub-02" / "audit.jsonl")
    kinds = [line["what"] for line in log]
    assert kinds.index("moved") < kinds.index("stroke")


def test_a_lost_tab_loses_no_stroke(study: Path, chromium: Any) -> None:
    with served_here(study) as room:
        reader = Reader(chromium, room.links["R1"])
        reader.open("sub-02")
        reader.look_at(4)
        reader.use("paint", radius_mm=0.5)
        reader.page.route("**/act", lambda route: route.abort())  # the server is out of reach
        reader.drag((40, 66), (40, 70))
        reader.until("!document.getElementById('alert').hidden")
        context = reader.page.context
        reader.page.close(run_before_unload=False)
        reader.page = context.new_page()
        reader.enter()
        reader.open("sub-02")
        reader.saved()
        assert set(reader.drawn()) == row_of(4, 40, range(66, 71))
    log, _ = reading_of(study, "sub-02")
    assert [line["what"] for line in log].count("stroke") == 1


def test_a_stroke_whose_answer_was_lost_with_the_tab_brings_those_behind_it(
    study: Path, chromium: Any
) -> None:
    with served_here(study) as room:
        reader = Reader(chromium, room.links["R1"])
        reader.open("sub-02")
        reader.look_at(4)
        reader.use("paint", radius_mm=0.5)

        def without_answer(route: Any) -> None:
            route.fetch()
            route.abort()

        reader.page.route("**/act", without_answer)
        reader.drag((40, 66), (40, 70))
        reader.drag((44, 66), (44, 70))
        reader.until("room.acts.queue.length === 2 && !document.getElementById('alert').hidden")
        context = reader.page.context
        reader.page.close(run_before_unload=False)
        reader.page = context.new_page()
        reader.enter()
        reader.open("sub-02")
        reader.saved()
        both = row_of(4, 40, range(66, 71)) | row_of(4, 44, range(66, 71))
        assert set(reader.drawn()) == both
    log, _ = reading_of(study, "sub-02")
    assert [line["what"] for line in log].count("stroke") == 2


def test_a_stroke_on_a_picture_that_was_zoomed_and_moved_is_the_voxels_under_the_pointer(
    study: Path, chromium: Any
) -> None:
    with served_here(study) as room:
        reader = Reader(chromium, room.links["R1"])
        reader.open("sub-02")
        reader.look_at(4)
        page, at = reader.page, [round(place) for place in reader.point(40, 66)]
        under = f"room.view.spotAt({{clientX: {at[0]}, clientY: {at[1]}}})"
        before = page.evaluate(under)
        page.mouse.move(*at)
        page.keyboard.down("Control")
        for _ in range(4):
            page.mouse.wheel(0, -100)
        page.keyboard.up("Control")
        reader.until("room.look.zoom > 2")
        assert page.evaluate(under) == pytest.approx(before, abs=0.05)
        at = reader.point(40, 66)
        page.mouse.move(*at)
        page.mouse.down(button="middle")
        page.mouse.move(at[0] - 40, at[1] + 30)
        page.mouse.up(button="middle")
        assert reader.point(40, 66) == pytest.approx((at[0] - 40, at[1] + 30), abs=1)
        reader.use("paint", radius_mm=0.5)
        reader.drag((40, 66), (40, 70))
        reader.saved()
        assert set(reader.drawn()) == row_of(4, 40, range(66, 71))
        other = page.evaluate("[room.views[1].layout(), room.views[0].layout()].map(v => v.sx)")
        assert other[0] == pytest.approx(other[1], rel=0.2)  # both look as near
        page.keyboard.press("0")
        assert page.evaluate("room.look.zoom") == 1
        assert reader.errors == []


def test_the_legend_hides_an_outline_and_keys_work_after_a_box_was_ticked(
    study: Path, chromium: Any
) -> None:
    with served_here(study) as room:
        reader = Reader(chromium, room.links["R1"])
        reader.open("sub-01")
        reader.until("room.told.visits[0].program.lesions.length && room.numbers")
        legend = reader.page.locator("#legend button")
        assert "this reading" in legend.all_inner_texts()
        reader.look_at(3)
        shown = reader.page.evaluate(PICTURE)
        for name in ("mine", "found"):
            reader.page.locator(f"#legend [data-layer={name}]").click()
        assert reader.page.evaluate(PICTURE) != shown
        reader.until("document.querySelectorAll('#legend [aria-pressed=false]').length === 2")
        reader.page.keyboard.press("p")  # who draws sees it
        reader.until("document.querySelectorAll('#legend [aria-pressed=false]').length === 1")
        reader.page.keyboard.press("Escape")
        reader.page.locator("#legend [data-layer=found]").click()
        reader.page.mouse.move(0, 0)
        assert reader.page.evaluate(PICTURE) == shown
        reader.page.locator("#read").check()
        reader.saved()
        reader.page.keyboard.press("ArrowDown")
        assert reader.page.evaluate("room.view.slice") == 4
        assert reader.errors == []


def test_a_case_is_read_and_signed_by_the_keyboard_alone(study: Path, chromium: Any) -> None:
    """Controls are drawn anew at every key; the one that has the focus keeps it."""
    with served_here(study) as room:
        reader = Reader(chromium, room.links["R1"])
        reader.open("sub-01")
        reader.until("room.told.visits[0].program.lesions.length && room.numbers")
        page = reader.page

        def tab_to(selector: str, words: str = "") -> None:
            for _ in range(80):
                if page.evaluate(HAS_FOCUS, [selector, words]):
                    return
                page.keyboard.press("Tab")
            raise AssertionError(f"the keyboard does not reach {selector} {words}")

        tab_to("#tools button", "Smaller")
        page.keyboard.press("Enter")
        page.keyboard.press("Enter")
        assert page.evaluate("room.radius_mm") == 0.5
        tab_to("#views figure:nth-child(2) canvas")
        assert page.evaluate("room.active") == 1
        page.keyboard.press("v")
        page.keyboard.press("ArrowDown")
        tab_to("[data-lesion='kept 1'] > button")
        page.keyboard.press("Enter")
        page.keyboard.press("r")
        page.keyboard.press("1")
        reader.saved()
        assert not reader.drawn()
        tab_to("[data-lesion='kept 1'] .do button")
        page.keyboard.press("Enter")
        reader.saved()
        assert reader.drawn()
        assert page.evaluate("document.activeElement.textContent") == "Accept"
        for place in range(2):
            page.evaluate(f"room.activate({place})")
            tab_to("#read")
            page.keyboard.press("Space")
            reader.saved()
            assert page.evaluate("document.activeElement.id") == "read"
        tab_to("#sign")
        page.keyboard.press("Enter")
        reader.until("room.told.signed")
        assert reader.errors == []


def test_everything_is_scored_signed_locked_and_amended_with_a_reason(
    study: Path, chromium: Any
) -> None:
    with served_here(study, EVERYTHING) as room:
        reader = Reader(chromium, room.links["R1"])
        page = reader.page
        reader.open("sub-02")  # without edema, which is a reading too
        for visit in range(2):
            reader.look_at(4, visit=visit)
            page.get_by_role("button", name="Keep this score").click()
            for quadrant in page.get_by_label("Berlin").all()[: 8 if visit == 0 else 1]:
                quadrant.select_option("1" if visit == 0 else "0")
                reader.until("room.acts.isEmpty")
            page.get_by_role("button", name="no", exact=True).click()
            page.get_by_role("button", name="3", exact=True).click()
            page.get_by_role("button", name="limited", exact=True).click()
            page.locator("#read").check()
        page.locator("[data-more='left deep']").click()
        reader.saved()
        page.locator("#sign").click()
        reader.until("room.told.signed && room.numbers?.visits")
        reader.until("document.querySelector('[data-tool=paint]').disabled")
        page.keyboard.press("p")
        reader.drag((40, 66), (40, 70))
        assert reader.drawn(1) == []
        page.locator("#amend").click()
        reader.until("!document.getElementById('alert').hidden")
        assert "reason" in page.inner_text("#alert")
        page.get_by_label("Reason of the amendment").fill("a lesion was overlooked")
        page.evaluate("void (window.toldBefore = room.told)")
        page.locator("#amend").click()
        reader.until("room.told !== window.toldBefore && !room.told.signed")
        reader.look_at(4, visit=1)
        reader.use("paint", radius_mm=0.5)
        reader.drag((40, 66), (40, 70))
        assert set(reader.drawn(1)) == row_of(4, 40, range(66, 71))
        reader.saved()
        page.locator("#sign").click()
        reader.until("room.told.signed && room.numbers?.visits")
        assert reader.errors == []
    log, summary = reading_of(study, "sub-02")
    assert [line["what"] for line in log].count("signed") == 2
    (amended,) = [line for line in log if line["what"] == "amended"]
    assert amended["reason"] == "a lesion was overlooked"
    before, after = [line for line in log if line["what"] == "measured"][-2:]
    assert after["from_ml"] == before["to_ml"]
    assert after["to_ml"]["week14"] == pytest.approx(5 * 0.004)
    scores = summary["visits"]["baseline"]["scores"]
    assert sum(scores["berlin"].values()) == 8
    assert (scores["asas"], scores["impression"], scores["quality"]) == (False, 3, "limited")
    assert summary["visits"]["week14"]["scores"]["sparcc"]["slices"]
    assert summary["seconds"] > 0


@pytest.mark.skipif("MRI_BME_NIGHTLY" not in os.environ, reason="measures three subjects")
def test_practice_tells_the_consensus_after_each_case_and_when_the_target_is_reached(
    tmp_path: Path, chromium: Any
) -> None:
    out = tmp_path / "out"
    folders = ("01", "02", "03")
    with boxes_are_found():
        leave_study(out, tmp_path, dict.fromkeys(folders, ((LESION,), ())))
    for folder in (f"sub-{one}" for one in folders):
        found = recall_subject(out, folder).result.visits[0].segmentation
        assert found is not None
        sign(out, "consensus", folder, {"baseline": found.mask.voxels, "week14": drawn()})
    with served_here(out, Task(calibration=True, target_icc=0.9)) as room:
        reader = Reader(chromium, room.links["R1"])
        for n in range(3):
            reader.page.locator("#cases button").nth(n).click()
            reader.until(f"room.code === room.me.cases[{n}].code && room.numbers")
            assert reader.page.locator("#consensus").count() == 0
            for visit in range(2):
                reader.look_at(4, visit=visit)
                reader.page.locator("#read").check()
            reader.saved()
            reader.page.locator("#sign").click()
            reader.until("room.told.consensus && room.numbers")
            told = reader.page.inner_text("#practice")
            assert f"{n + 1} case" in told
            assert ("ICC not yet" in told) == (n < 2)
            assert ("reached" in told) == (n == 2)
        assert reader.errors == []
