"""An adjudicator draws over both readings in a real browser; what they drew is the consensus."""

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from read_study import GEOMETRY, SHAPE, drawn, sign
from reading_browser import Reader, served_here

from mri_bme.batch.agreement import write_agreement_of_readers
from mri_bme.batch.read_by import as_read_by
from mri_bme.batch.recall import recall_subject
from mri_bme.batch.status import read_statuses
from mri_bme.findings import CONSENSUS
from mri_bme.readings.shelf import Place, signed_masks
from mri_bme.readings.task import Task

pytest.importorskip("starlette")

TASK = Task(
    readers=("R1", "R2"),
    visits="hidden",
    outlines="after",
    ask=("masks",),
    adjudicator="A1",
    adjudicate_beyond_ml=0.2,
)
FIRST = drawn((slice(2, 4), slice(15, 27), slice(62, 68)))
SECOND = drawn((slice(2, 5), slice(18, 27), slice(66, 74)))
COLOURED = """(colour) => {
  const wanted = [1, 3, 5].map((n) => parseInt(colour.slice(n, n + 2), 16));
  const { canvas } = room.view;
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let found = 0;
  for (let i = 0; i < data.length; i += 4) {
    if (wanted.every((value, n) => Math.abs(data[i + n] - value) < 12)) found += 1;
  }
  return found;
}"""
"""Pixels of a colour in the picture that is shown, with all that is drawn over the slice."""
COLOUR_OF = """(reader) => getComputedStyle(
  [...document.querySelectorAll("#readings th")].find((one) => one.textContent === reader)).color"""


@pytest.fixture
def read_twice(study: Path) -> Path:
    """Give a study that both readers have signed, differing on one subject."""
    for reader, mask in (("R1", FIRST), ("R2", SECOND)):
        sign(study, reader, "sub-01", {"baseline": mask})
        sign(study, reader, "sub-02", {"baseline": drawn()})
    return study


def test_what_an_adjudicator_draws_is_the_consensus(read_twice: Path, chromium: Any) -> None:
    by_readers = {p: p.read_bytes() for p in read_twice.glob("readings/R*/*/*") if p.is_file()}
    with served_here(read_twice, TASK) as room:
        judge = Reader(chromium, room.links["A1"])
        visit = judge.page.evaluate("room.told.visits.findIndex(v => v.others[0].some(Boolean))")
        judge.numbers()
        judge.look_at(3, visit=visit)
        colours = [_colour_of(judge, reader) for reader in ("R1", "R2")]
        assert len(set(colours)) == 2
        assert f"Readings, visit {'AB'[visit]}" in judge.page.inner_text("#panel")
        assert all(judge.page.evaluate(f"({COLOURED})({json.dumps(c)})") > 50 for c in colours)
        wanted = _draw(judge, visit)
        assert all(judge.page.evaluate(f"({COLOURED})({json.dumps(c)})") > 50 for c in colours)
        assert judge.numbers()["visits"][visit]["edema_ml"] == pytest.approx(_ml(wanted))
        for place in range(2):
            judge.look_at(3, visit=place)
            judge.page.locator("#read").check()
        judge.saved()
        judge.page.locator("#sign").click()
        judge.until("room.told.signed && room.acts.isEmpty")
        judge.use("paint", radius_mm=5)
        judge.drag((40, 30), (40, 50))
        assert set(judge.drawn(visit)) == set(np.flatnonzero(wanted).tolist())
        assert judge.errors == []
    assert {path: path.read_bytes() for path in by_readers} == by_readers
    _check_tables(read_twice, wanted)


def _colour_of(judge: Reader, reader: str) -> str:
    """Colour in which the page names a reader, as #rrggbb."""
    told: str = judge.page.evaluate(COLOUR_OF, reader)  # at once: the panel is drawn anew
    return "#" + "".join(f"{int(n):02x}" for n in told[4:-1].split(","))


def _draw(judge: Reader, visit: int) -> np.ndarray:
    """Draw what neither reader drew, by strokes, in the way in which somebody corrects oneself."""
    judge.use("paint", radius_mm=2)
    judge.drag((20, 64), (20, 72))
    judge.drag((24, 64), (24, 72))
    judge.use("erase", radius_mm=0.5)
    judge.drag((20, 60), (20, 66))
    judge.look_at(5, visit=visit)
    judge.use("paint", radius_mm=2)
    judge.drag((22, 66), (22, 70))
    judge.page.keyboard.press("f")  # between both slices
    judge.until(f"room.told.visits[{visit}].mask.slice({4 * 60 * 80}, {5 * 60 * 80}).some(Boolean)")
    judge.saved()
    before = set(judge.drawn(visit))
    judge.look_at(6, visit=visit)
    judge.drag((30, 66), (30, 70))
    judge.page.keyboard.press("z")
    judge.until(f"room.acts.isEmpty && room.visit.mask.reduce((a, b) => a + b) === {len(before)}")
    judge.look_at(3, visit=visit)
    wanted = np.zeros(SHAPE, dtype=bool)
    wanted.reshape(-1)[judge.drawn(visit)] = True
    assert not wanted[3, 20, :67].any()
    assert wanted[3, 20, 67:73].all()
    assert wanted[4].any()
    assert wanted[5, 22, 66:71].all()
    assert not np.array_equal(wanted, FIRST)
    assert not np.array_equal(wanted, SECOND)
    return wanted


def _ml(mask: np.ndarray) -> float:
    return int(np.count_nonzero(mask)) * GEOMETRY.voxel_volume_ml


def _check_tables(out: Path, wanted: np.ndarray) -> None:
    grids = recall_subject(out, "sub-01").grids
    place = Place(out=out, reader=CONSENSUS, folder="sub-01", name="sub-01")
    masks = signed_masks(place, grids)
    assert np.array_equal(masks["baseline"].voxels, wanted)
    assert not masks["week14"].voxels.any()
    (status, _) = as_read_by(out, read_statuses(out), CONSENSUS)
    total = next(
        row
        for row in status.rows["visits"]
        if (row["visit"], row["region"]) == ("baseline", "total")
    )
    assert (total["read_by"], total["edema_ml"]) == (CONSENSUS, pytest.approx(_ml(wanted)))
    page, _ = write_agreement_of_readers(out)
    with (page.parent / "readings.csv").open(newline="") as stream:
        told = [r for r in csv.DictReader(stream) if r["reader"] == CONSENSUS]
    assert [(r["subject"], r["visit"]) for r in told] == [("01", "baseline"), ("01", "week14")]
    assert float(told[0]["edema_ml"]) == pytest.approx(_ml(wanted))
    with (page.parent / "masks.csv").open(newline="") as stream:
        pairs = {(r["first"], r["second"]) for r in csv.DictReader(stream)}
    assert ("R1", "R2") in pairs
