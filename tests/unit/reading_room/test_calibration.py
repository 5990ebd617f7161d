"""Practice tells a reader the consensus after each case, and how far the target is."""

from pathlib import Path

import pytest
from room_client import KEY, Browser

from mri_bme.reading_room.calibration import consensus_of, progress
from mri_bme.readings.shelf import Place
from mri_bme.readings.task import Task

VOLUMES = (1.0, 3.0, 2.0, 5.0, 4.0, 7.0)


def summaries(reader: str, values: tuple[float, ...], *, signed: bool = True) -> list:
    return [
        (
            Place(out=Path(), reader=reader, folder=f"sub-{n}", name=f"sub-{n}"),
            {"signed": signed, "visits": {"baseline": {"edema_ml": value, "scores": {}}}},
        )
        for n, value in enumerate(values)
    ]


def test_who_reads_as_the_consensus_has_reached_the_target() -> None:
    held = [*summaries("consensus", VOLUMES), *summaries("R1", VOLUMES)]
    found = progress(held, "R1", target=0.8)
    assert found == {
        "n_cases": 6,
        "target": 0.8,
        "icc": {"edema_ml": 1.0},
        "is_reached": True,
    }


def test_who_reads_otherwise_has_not() -> None:
    held = [*summaries("consensus", VOLUMES), *summaries("R1", VOLUMES[::-1])]
    found = progress(held, "R1", target=0.8)
    assert found["icc"]["edema_ml"] < 0
    assert not found["is_reached"]


def test_five_cases_are_too_few_to_be_calibrated() -> None:
    held = [*summaries("consensus", VOLUMES[:5]), *summaries("R1", VOLUMES[:5])]
    found = progress(held, "R1", target=0.8)
    assert (found["n_cases"], found["icc"], found["is_reached"]) == (5, {}, False)


def test_what_is_not_signed_does_not_count() -> None:
    held = [*summaries("consensus", VOLUMES), *summaries("R1", VOLUMES, signed=False)]
    assert progress(held, "R1", target=0.8)["n_cases"] == 0
    assert consensus_of(summaries("consensus", VOLUMES, signed=False), "sub-1") == {}


def test_the_consensus_is_told_after_signing_and_not_before(study: Path) -> None:
    pytest.importorskip("starlette")
    from read_study import LESION, drawn, sign  # noqa: PLC0415

    from mri_bme.reading_room.room import Room  # noqa: PLC0415

    sign(study, "consensus", "sub-01", {"baseline": drawn(LESION)})
    browser = Browser(Room(study, Task(outlines="never", calibration=True), key=KEY))
    assert browser.me["calibration"]["n_cases"] == 0
    for code in browser.codes:
        assert "consensus" not in browser.case(code)
        for n in range(2):
            act = {"what": "score", "visit": n, "version": n, "name": "read", "value": True}
            browser.act(code, act)
        browser.act(code, {"what": "sign", "version": 2})
    told = [browser.case(code)["consensus"] for code in browser.codes]
    assert sorted(bool(one[0]) for one in told) == [False, True]
    assert browser.get("/api/me").json()["calibration"]["n_cases"] == 1
