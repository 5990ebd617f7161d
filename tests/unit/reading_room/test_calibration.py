"""Practice tells a reader the consensus after each case, and how far the target is."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from room_client import KEY, Browser

from mri_bme.errors import NothingUsable
from mri_bme.reading_room.calibration import consensus_of, practice_in_words, progress
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
        "interval": {},  # of readings that are equal there is none
        "is_reached": True,
    }
    near = [*summaries("consensus", VOLUMES), *summaries("R1", (1.1, 3, 2, 5, 4, 6.5))]
    told = progress(near, "R1", target=0.8)
    low, high = told["interval"]["edema_ml"]
    assert 0.8 < low < told["icc"]["edema_ml"] < high < 1


def test_the_manager_reads_it_in_words() -> None:
    near = [*summaries("consensus", VOLUMES), *summaries("R1", (1.1, 3, 2, 5, 4, 6.5))]
    told = practice_in_words(progress(near, "R1", target=0.8))
    assert re.fullmatch(
        r"6 cases with a consensus, ICC volume 0\.99 \(0\.9\d to \d\.\d\d\); "
        r"the target of 0\.8 is reached",
        told,
    )


def test_what_the_task_does_not_ask_for_keeps_nobody_from_the_target() -> None:
    """Who scores SPARCC and draws nothing has volumes of 0 in the summaries."""
    held = [*summaries("consensus", VOLUMES), *summaries("R1", (0.0,) * 6)]
    for n, (_, summary) in enumerate(held):
        first = {"first": 0, "slices": {k: {"deep": ["left"]} for k in range(n % 6)}}
        summary["visits"]["baseline"]["scores"] = {"sparcc": first}
    found = progress(held, "R1", target=0.8, asked=["sparcc"])
    assert (found["icc"], found["is_reached"]) == ({"sparcc": 1.0}, True)
    assert consensus_of(held, "sub-1", asked=["sparcc"]) == {"baseline": {"sparcc": 1.0}}
    assert not progress(held, "R1", target=0.8)["is_reached"]


def test_a_second_reading_of_a_case_counts_for_nothing() -> None:
    held = [*summaries("consensus", VOLUMES), *summaries("R1", VOLUMES)]
    place, summary = held[-1]
    held.append((replace(place, name=f"{place.folder}_again2"), summary))
    assert progress(held, "R1", target=0.8)["n_cases"] == 6


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
    (code,) = browser.codes  # the other case has nothing to be compared with
    assert browser.case(code)["consensus"][0]
    assert browser.get("/api/me").json()["calibration"]["n_cases"] == 1


@pytest.mark.parametrize(("who", "ask"), [("R2", ("masks",)), ("consensus", ("sparcc", "asas"))])
def test_without_anything_to_compare_with_there_is_no_practice(
    study: Path, who: str, ask: tuple[str, ...]
) -> None:
    """Whether nobody adjudicated, or what was adjudicated is not what is asked."""
    pytest.importorskip("starlette")
    from read_study import LESION, drawn, sign  # noqa: PLC0415

    from mri_bme.reading_room.room import Room  # noqa: PLC0415

    sign(study, who, "sub-01", {"baseline": drawn(LESION)})
    task = Task.model_validate({"ask": ask, "calibration": True})
    with pytest.raises(NothingUsable, match="consensus of what the task asks"):
        Room(study, task, key=KEY)
