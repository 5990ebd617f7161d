"""A reading is what its log tells."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from mri_bme.errors import OutputRefused, UnreadableInput
from mri_bme.readings.reading import follow, opening, replayed, stroke_entry
from mri_bme.readings.strokes import stroke_between

START = {"baseline": np.zeros((2, 3, 4), bool), "week14": np.ones((2, 3, 4), bool)}
NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)


def painted(row: int) -> np.ndarray:
    mask = START["baseline"].copy()
    mask[0, row] = True
    return mask


def log(*entries: dict, seconds: float = 10) -> list[dict]:
    lines = [opening(START, from_outlines=False), *entries]
    return [
        {"at": (NOON + timedelta(seconds=n * seconds)).isoformat(), **line}
        for n, line in enumerate(lines)
    ]


def stroke(row: int) -> dict:
    return stroke_entry(
        stroke_between(START["baseline"], painted(row), visit="baseline", tool="paint")
    )


def test_a_log_tells_masks_scores_and_version() -> None:
    score = {"what": "score", "visit": "week14", "name": "asas", "value": True}
    reading = replayed(log(stroke(1), score))
    assert reading is not None
    assert np.array_equal(reading.masks["baseline"], painted(1))
    assert reading.masks["week14"].all()
    assert reading.scores == {"week14": {"asas": True}}
    assert (reading.version, reading.is_signed) == (2, False)


def test_undo_and_redo_go_back_and_forth_without_limit() -> None:
    strokes = [stroke(n) for n in range(3)]
    lines = log(*strokes, *[{"what": "undo"}] * 3)
    reading = replayed(lines)
    assert reading is not None
    assert not reading.masks["baseline"].any()
    for _ in range(3):
        follow(reading, {"what": "redo"})
    assert reading.masks["baseline"][0].all()


def test_a_new_stroke_ends_what_could_be_redone() -> None:
    reading = replayed(log(stroke(1), {"what": "undo"}, stroke(2)))
    assert reading is not None
    assert reading.undone == []


def test_seconds_are_counted_without_long_pauses() -> None:
    assert replayed(log(stroke(1), stroke(2), seconds=10)).seconds == 20
    assert replayed(log(stroke(1), stroke(2), seconds=600)).seconds == 0


def test_a_signed_reading_is_locked_and_an_amendment_opens_it() -> None:
    reading = replayed(log({"what": "signed"}))
    assert reading is not None
    with pytest.raises(OutputRefused, match="amend"):
        reading.check_open()
    follow(reading, {"what": "amended", "reason": "wrong side"})
    reading.check_open()


@pytest.mark.parametrize(
    "entry",
    [
        {"what": "undo"},
        {"what": "stroke", "visit": "day7", "tool": "paint", "on": [], "off": []},
        {"what": "stroke", "visit": "baseline", "tool": "paint", "on": ["a"], "off": []},
        {"what": "score", "visit": "baseline"},
    ],
)
def test_a_line_that_cannot_follow_is_refused(entry: dict) -> None:
    with pytest.raises(UnreadableInput, match="a log of a reading"):
        replayed(log(entry))


def test_an_empty_log_is_no_reading() -> None:
    assert replayed([]) is None
