"""A timed reader does in the room what a reader does."""

from pathlib import Path

import numpy as np
import pytest
from read_study import SHAPE
from reading_browser import served_here

from lab.benchmark.room_readers import http_reader
from mri_bme.readings.audit import read_audit
from mri_bme.readings.reading import replayed

pytest.importorskip("starlette")


def test_what_is_timed_is_kept_measured_and_taken_back(study: Path) -> None:
    with served_here(study) as room, http_reader() as reader:
        assert reader.entered(room.links["R1"]) > 0
        assert reader.opened() > 0
        kept, measured = reader.stroke(0, 5, 45, 66, 2)
        assert 0 < kept < measured
        reader.stroke(1, 5, 45, 66, 2)
        assert reader.undone() > 0
        assert reader.moved() > 0
    (log,) = [path for path in study.glob("readings/R1/*/audit.jsonl") if len(read_audit(path)) > 2]
    lines = read_audit(log)
    assert [line["what"] for line in lines if line["what"] != "measured"] == [
        "opened", "stroke", "stroke", "undo", "anatomy", "moved",
    ]  # fmt: skip
    (first,) = [line for line in lines if line["what"] == "stroke" and line["visit"] == "baseline"]
    painted = np.zeros(SHAPE, bool)
    painted[5, 44:47, 64:69] = True
    assert np.flatnonzero(painted).tolist() == [
        place
        for start, length in zip(first["on"][::2], first["on"][1::2], strict=True)
        for place in range(start, start + length)
    ]
    reading = replayed(lines)
    assert reading is not None
    assert set(reading.moved) == {"baseline"}
