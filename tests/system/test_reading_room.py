"""Readers at work in a real browser, on a room that is a process of its own."""

import json
import re
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest
from read_study import SHAPE, add_t1
from reading_browser import Reader, served, served_here

from mri_bme.errors import OutputRefused

pytest.importorskip("starlette")

TASK = """
readers = ["R1", "R2"]
visits = "hidden"
outlines = "after"
ask = ["masks", "sparcc"]
adjudicator = "A1"
adjudicate_beyond_ml = 0.2
"""


def place(slice_: int, row: int, column: int) -> int:
    return int(np.ravel_multi_index((slice_, row, column), SHAPE))


def test_a_stroke_is_the_voxels_under_the_pointer(study: Path, chromium: Any) -> None:
    with served_here(study) as room:
        reader = Reader(chromium, room.links["R1"])
        reader.look_at(4)
        reader.use("paint", radius_mm=0.5)
        before = set(reader.drawn())
        reader.drag((40, 66), (40, 70))
        after = reader.numbers()
        added = set(reader.drawn()) - before
        assert added == {place(4, 40, column) for column in range(66, 71)}
        assert after["visits"][0]["evaluable"]
        assert reader.errors == []
    mask_path = next((study / "readings" / "R1").glob("*/*baseline*_mask.nii.gz"))
    mask = nib.load(mask_path)
    scan = nib.load(next((study / mask_path.parent.name).glob("ses-baseline/anat/*_T2w.nii.gz")))
    assert mask.shape == scan.shape
    assert np.allclose(mask.affine, scan.affine)
    stored = np.asarray(mask.dataobj).transpose(2, 1, 0)  # column, row, slice in the file
    assert all(stored[4, 40, column] for column in range(66, 71))


def test_correcting_with_keys_and_the_way_back(study: Path, chromium: Any) -> None:
    with served_here(study) as room:
        reader = Reader(chromium, room.links["R1"])
        reader.open("sub-01")
        reader.until("room.told.visits[0].program.lesions.length && room.numbers")
        found = reader.numbers()
        reader.page.mouse.move(*reader.point(20, 68))  # over the lesion
        reader.look_at(3)
        reader.page.mouse.move(*reader.point(21, 68))
        reader.page.keyboard.press("r")
        reader.page.keyboard.press("1")
        reader.until("!room.told.visits[0].mask.some(Boolean)")
        assert reader.numbers()["visits"][0]["edema_ml"] == 0
        reader.page.keyboard.press("z")
        reader.until("room.told.visits[0].mask.some(Boolean)")
        assert reader.numbers()["visits"] == found["visits"]
        reader.page.keyboard.press("y")
        reader.until("!room.told.visits[0].mask.some(Boolean)")
        reader.use("grow")
        reader.click(20, 68)
        reader.until("room.told.visits[0].mask.some(Boolean)")
        grown = reader.numbers()["visits"][0]["edema_ml"]
        assert grown == pytest.approx(found["visits"][0]["edema_ml"], rel=0.4)
        assert reader.errors == []


def test_a_killed_room_loses_no_stroke(study: Path, chromium: Any) -> None:
    with served(study) as room:
        port = int(room.address.rsplit(":", 1)[1])
        reader = Reader(chromium, room.links["R1"])
        reader.look_at(4)
        reader.use("paint", radius_mm=0.5)
        reader.drag((40, 66), (40, 70))
        reader.saved()
        room.kill()
        reader.drag((45, 66), (45, 70))  # nobody hears this one yet
        reader.until("!document.getElementById('alert').hidden")
        assert "Not saved yet" in reader.page.inner_text("#alert")
        shown = reader.drawn()
    with served(study, port=port) as again:
        reader.saved()
        late = Reader(chromium, again.links["R1"])
        late.page.locator(f'[data-code="{reader.page.evaluate("room.code")}"]').click()
        late.until("room.numbers")
        assert late.drawn() == shown
        assert {place(4, 45, column) for column in range(66, 71)} <= set(shown)


def test_a_joint_that_is_dragged_moves_cut_off_lesions_and_millilitres(
    study: Path, chromium: Any
) -> None:
    with served(study) as room:
        port = int(room.address.rsplit(":", 1)[1])
        reader = Reader(chromium, room.links["R1"])
        reader.open("sub-01")
        reader.until("room.told.visits[0].program.lesions.length && room.numbers")
        before = reader.numbers()["visits"][0]["edema_ml"]
        reader.look_at(3)
        reader.press("Joint and border")
        reader.page.get_by_label("Slices that follow").select_option("4")
        handles = reader.page.evaluate("room.visit.lines.left.joint[3]")
        for row, column in handles:
            reader.drag((row, column), (row, column + 8))
            reader.until("room.acts.isEmpty")
        reader.until("room.visit.lines.left.joint[3].every(([, c]) => c > 65)")
        after = reader.numbers()["visits"][0]["edema_ml"]
        assert after < 0.85 * before
        reader.until(f"room.visit.marrow[{place(3, 20, 64)}] === 3")  # sacrum now
        reader.saved()
        reader.press("Marrow")
        reader.drag((20, 74), (20, 50))  # from the ilium, over the joint
        reader.until(f"room.acts.isEmpty && room.visit.marrow[{place(3, 20, 60)}] === 1")
        reader.press("Undo")
        reader.until(f"room.visit.marrow[{place(3, 20, 60)}] !== 1")
        reader.press("Normal marrow")
        reader.drag((30, 40), (30, 55))
        shown = reader.numbers()["visits"]
        room.kill()
    with served(study, port=port) as again:
        late = Reader(chromium, again.links["R1"])
        late.open("sub-01")
        assert late.numbers()["visits"] == shown
        assert reader.errors == late.errors == []


def test_t1w_beside_the_scan_is_drawn_on_too(study: Path, chromium: Any) -> None:
    add_t1(study, "sub-01", "baseline")
    with served_here(study) as room:
        reader = Reader(chromium, room.links["R1"])
        reader.open("sub-01")
        reader.until("room.told.visits[0].t1 && room.numbers")
        reader.page.keyboard.press("t")
        reader.until("room.besides[0] && document.querySelectorAll('canvas').length === 3")
        reader.look_at(4)
        reader.use("paint", radius_mm=0.5)
        before = set(reader.drawn())
        ends = [reader.page.evaluate(f"room.besides[0].pointOf(40, {c})") for c in (66, 70)]
        reader.page.mouse.move(*ends[0])
        reader.page.mouse.down()
        reader.page.mouse.move(*ends[1], steps=6)
        reader.page.mouse.up()
        reader.saved()
        added = set(reader.drawn()) - before
        assert added == {place(4, 40, column) for column in range(66, 71)}
        grey = reader.page.evaluate(
            "(c => [...c.getContext('2d').getImageData(c.width / 2, c.height / 2, 40, 40).data]"
            ".filter((_, i) => i % 4 === 0))(room.besides[0].canvas)"
        )
        assert max(grey) > 60
        assert reader.errors == []


def test_a_second_tab_is_told_and_shows_what_the_first_drew(study: Path, chromium: Any) -> None:
    with served_here(study) as room:
        first, second = (Reader(chromium, room.links["R1"]) for _ in range(2))
        assert first.page.evaluate("room.code") == second.page.evaluate("room.code")
        for reader in (first, second):
            reader.look_at(4)
            reader.use("paint", radius_mm=0.5)
        first.drag((40, 66), (40, 70))
        first.saved()
        second.drag((50, 66), (50, 70))
        second.until("!document.getElementById('alert').hidden")
        assert "another tab" in second.page.inner_text("#alert")
        second.until("room.told.version === 1")
        assert second.drawn() == first.drawn()


def test_a_click_is_not_lost_to_numbers_that_arrive_meanwhile(study: Path, chromium: Any) -> None:
    with served_here(study) as room:
        reader = Reader(chromium, room.links["R1"])
        reader.saved()
        box = reader.page.locator("#sign").bounding_box()
        assert box is not None
        reader.page.mouse.move(box["x"] + 20, box["y"] + 10)
        reader.page.mouse.down()
        reader.page.evaluate("room.draw()")
        reader.page.mouse.up()
        reader.until("!document.getElementById('alert').hidden")
        assert "not read yet" in reader.page.inner_text("#alert")
        assert reader.page.evaluate("room.isPressed") is False


def test_no_drawing_of_one_case_is_shown_on_another(study: Path, chromium: Any) -> None:
    with served_here(study) as room:
        reader = Reader(chromium, room.links["R1"])
        cases = reader.page.locator("#cases button")
        reader.look_at(4)
        reader.use("paint", radius_mm=0.5)
        reader.drag((40, 66), (40, 70))
        first, code = set(reader.drawn()), reader.page.evaluate("room.code")
        for n in (1, 0):
            cases.nth(n).click()  # while the stroke may still be on its way
            reader.until(f"room.code === room.me.cases[{n}].code && room.acts.isEmpty")
            line = {place(4, 40, column) for column in range(66, 71)}
            is_first = reader.page.evaluate("room.code") == code
            assert (line <= set(reader.drawn())) == is_first
        assert set(reader.drawn()) == first
        reader.look_at(4)
        reader.page.evaluate("void room.open(room.code)")
        reader.drag((50, 66), (50, 70))  # while the case is opened once more
        reader.saved()
        reader.drag((52, 66), (52, 70))
        reader.saved()
        rows = [{place(4, row, column) for column in range(66, 71)} for row in (40, 50, 52)]
        assert set.union(*rows) <= set(reader.drawn())
        assert not reader.page.inner_text("#alert")
        reader.press("Clear this visit")
        reader.until("!room.told.visits[0].mask.some(Boolean)")
        reader.saved()
        assert reader.errors == []
    mask = nib.load(next((study / "readings" / "R1").glob("sub-01/*baseline*_mask.nii.gz")))
    assert mask.shape == SHAPE[::-1]
    assert not np.asarray(mask.dataobj).any()


def test_a_script_in_a_comment_is_shown_as_text(study: Path, chromium: Any) -> None:
    script = "</textarea><script>window.ran = 1</script><img src=x onerror='window.ran = 1'>"
    with served_here(study) as room:
        reader = Reader(chromium, room.links["R1"])
        reader.page.get_by_label("Comment").fill(script)
        reader.page.locator("h1").click()
        reader.saved()
        late = Reader(chromium, room.links["R1"])
        assert late.page.get_by_label("Comment").input_value() == script
        assert late.page.evaluate("window.ran") is None
        assert late.page.locator("img").count() == 0


def read_blind(reader: Reader, n_columns: int) -> None:
    """Read every case: paint where it is bright, score one quadrant of it, sign."""
    for n in range(len(reader.page.evaluate("room.me.cases"))):
        reader.page.locator("#cases button").nth(n).click()
        reader.until(f"room.code === room.me.cases[{n}].code && room.numbers")
        for visit in range(2):
            reader.look_at(3, visit=visit)
            if reader.page.evaluate(f"room.visit.values[{place(3, 20, 68)}] > 60000"):
                reader.use("paint", radius_mm=2)
                for row in range(16, 27, 3):
                    reader.drag((row, 63), (row, 63 + n_columns))
                reader.use("score")
                reader.click(20, 68)
            reader.page.get_by_role("button", name=re.compile("Keep this score|Scored")).click()
            reader.page.locator("#read").check()
        reader.saved()
        reader.page.locator("#sign").click()
        reader.until("room.told.signed && room.told.shows_program && room.numbers")


def test_two_readers_and_an_adjudicator_read_a_study(
    study: Path, chromium: Any, tmp_path: Path
) -> None:
    task = tmp_path / "TASK.toml"
    task.write_text(TASK)
    with served(study, "--task", str(task)) as room:
        assert set(room.links) == {"R1", "R2", "A1", "manager"}
        blind = Reader(chromium, room.links["R1"])
        seen_before = " ".join(blind.traffic)
        memory = blind.page.evaluate(
            "JSON.stringify([room.me, room.told, document.body.innerText])"
        )
        for word in ("sub-0", "baseline", "week14", "edema_ml", "lesions", "verdict"):
            assert word not in seen_before
            assert word not in memory
        read_blind(blind, n_columns=10)
        read_blind(Reader(chromium, room.links["R2"]), n_columns=2)
        judge = Reader(chromium, room.links["A1"])
        assert len(judge.page.evaluate("room.me.cases")) == 1
        assert judge.page.locator("#readings tr").count() == 2
        with_edema = judge.page.evaluate(
            "room.told.visits.findIndex(v => v.others[0].some(Boolean))"
        )
        judge.look_at(3, visit=with_edema)
        judge.press("Take R1")
        judge.until(f"room.told.visits[{with_edema}].mask.some(Boolean)")
        taken = judge.drawn(with_edema)
        judge.press("Take majority")  # of two: what both drew
        judge.until(f"room.told.visits[{with_edema}].mask.reduce((a, b) => a + b) < {len(taken)}")
        judge.press("Take R1")
        judge.until(f"room.told.visits[{with_edema}].mask.reduce((a, b) => a + b) === {len(taken)}")
        for visit in range(2):
            judge.look_at(3, visit=visit)
            judge.page.get_by_role("button", name=re.compile("Keep this score|Scored")).click()
            judge.page.locator("#read").check()
        judge.saved()
        judge.page.locator("#sign").click()
        judge.until("room.told.signed")
        assert blind.errors == judge.errors == []
    summaries = {p.parents[1].name + "/" + p.parent.name: json.loads(p.read_text())
                 for p in (study / "readings").glob("*/*/reading.json")}  # fmt: skip
    assert all(one["signed"] for one in summaries.values())
    assert len(summaries) == 5
    first, second = (summaries[f"{r}/sub-01"]["visits"]["baseline"] for r in ("R1", "R2"))
    assert first["edema_ml"] > second["edema_ml"] > 0
    sparcc = first["scores"]["sparcc"]
    assert sparcc["slices"][str(3 - sparcc["first"])]["quadrants"] == ["left_ilium_upper"]
    consensus = summaries["consensus/sub-01"]["visits"]["baseline"]
    assert consensus["edema_ml"] == first["edema_ml"]


def test_a_case_that_comes_late_does_not_cover_the_one_that_was_opened_after_it(
    study: Path, chromium: Any
) -> None:
    with served_here(study) as room:
        reader = Reader(chromium, room.links["R1"])
        reader.open("sub-01")
        other = reader.page.evaluate("room.me.cases.find((c) => c.name !== 'sub-01').code")
        held: list[Any] = []
        reader.page.route(f"**/api/case/{other}", lambda route, _: held.append(route))
        reader.page.evaluate(f"void (window.late = room.open('{other}'))")
        reader.open("sub-01")
        reader.numbers()
        held[0].continue_()
        reader.page.evaluate("window.late")
        assert reader.page.evaluate("room.code") != other
        assert reader.errors == []


def test_a_rejection_that_was_begun_goes_on_when_the_case_is_told_anew(
    study: Path, chromium: Any
) -> None:
    with served_here(study) as room:
        reader = Reader(chromium, room.links["R1"])
        reader.open("sub-01")
        reader.numbers()
        reader.look_at(3)
        reader.page.mouse.move(*reader.point(20, 68))
        reader.page.keyboard.press("r")
        asks = reader.page.locator(".lesion .reasons button")
        assert asks.count() == 7
        reader.open("sub-01")
        reader.numbers()
        assert asks.count() == 7
        reader.page.keyboard.press("1")
        reader.until("!room.told.visits[0].mask.some(Boolean)")
        reader.saved()
        reader.open("sub-01")
        assert asks.count() == 0  # there is nothing left to reject
        assert reader.errors == []


def test_a_full_disk_is_told_and_strokes_wait_in_the_page(
    study: Path, chromium: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise OutputRefused("cannot write audit.jsonl: No space left on device")

    with served_here(study) as room:
        reader = Reader(chromium, room.links["R1"])
        reader.look_at(4)
        reader.use("paint", radius_mm=0.5)
        reader.numbers()
        with monkeypatch.context() as broken:
            broken.setattr("mri_bme.readings.shelf.append", full)
            reader.drag((40, 66), (40, 70))
            reader.until("document.getElementById('alert').textContent.includes('No space left')")
            reader.drag((45, 66), (45, 70))
            assert reader.page.evaluate("room.acts.queue.length") == 2
            shown = reader.drawn()
        reader.saved()
        assert reader.drawn() == shown
        assert reader.page.is_hidden("#alert")
        code = reader.page.evaluate("room.code")
        late = Reader(chromium, room.links["R1"])
        late.page.locator(f'[data-code="{code}"]').click()
        late.until(f"room.code === '{code}' && room.numbers")
        assert late.drawn() == shown
        assert {place(4, row, column) for row in (40, 45) for column in range(66, 71)} <= set(shown)
        assert reader.errors == late.errors == []
