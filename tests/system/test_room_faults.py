"""A fault at any touch of a file of a save leaves a reading as it was before or after the act.

The act is done as the server does it: it is logged, the browser is told that it is saved, the
numbers are told, and masks and summary are written. The server dies, or its disk is full, at one
of the touches of a file on the way. The gate tries some of them; ``MRI_BME_NIGHTLY=1`` every one.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from file_faults import FAULT, counting_writes, full, killed, struck_places
from read_study import SHAPE
from room_client import KEY, Browser, with_edema

from mri_bme.batch.recall import recall_subject
from mri_bme.errors import OutputRefused
from mri_bme.files import UNFINISHED
from mri_bme.intake.nifti import read_nifti_mask
from mri_bme.readings.audit import read_audit
from mri_bme.readings.reading import replayed
from mri_bme.readings.shelf import AUDIT_NAME, READINGS_FOLDER, find_readings, signed_masks, take_up
from mri_bme.readings.task import Task

pytest.importorskip("starlette")
from mri_bme.reading_room.acts import do
from mri_bme.reading_room.open_case import OpenCase
from mri_bme.reading_room.room import Room
from mri_bme.reading_room.told import tell_numbers

NIGHTLY = bool(os.environ.get("MRI_BME_NIGHTLY"))
MOST_PLACES = 0 if NIGHTLY else 16
FORKS = pytest.mark.filterwarnings("ignore:This process.*multi-threaded:DeprecationWarning")
STROKE = {"what": "stroke", "visit": 0, "on": [(5 * SHAPE[1] + 40) * SHAPE[2] + 66, 6], "off": []}
JOINT = {"what": "joint", "visit": 0, "side": "left", "slice": 3, "reach": 1,
         "line": [[5, 64], [54, 64]]}  # fmt: skip
SIGN = {"what": "sign"}
ACTS = {"a stroke": STROKE, "a moved joint": JOINT, "a signature": SIGN}
Answered = Callable[[], None]


class Scene:
    """A case with a stroke in it, and the way back to that state."""

    def __init__(self, out: Path, before: Path) -> None:
        browser = Browser(Room(out, Task(), key=KEY))
        self.code = with_edema(browser)
        first = {"what": "stroke", "visit": 1, "version": 0, "on": [30_000, 4], "off": []}
        browser.act(self.code, first)
        for visit in range(2):
            read = {"what": "score", "visit": visit, "name": "read", "value": True}
            browser.act(self.code, {**read, "version": 1 + visit})
        browser.get(f"/api/case/{self.code}/numbers")
        self.out, self._before = out, before
        shutil.copytree(out / READINGS_FOLDER, before)
        self.room = Room(out, Task(), key=KEY)
        self.subject = recall_subject(out, "sub-01")
        self.room._subjects["sub-01"] = self.subject

    def case(self) -> OpenCase:
        """Take the case up from the disk, as a server that was started anew."""
        (dealt,) = (d for d in self.room.dealt_to("R1") if d.code == self.code)
        start = self.room._start(self.subject, empty=False)
        kept = take_up(self.room.place_of(dealt), start, from_outlines=True)
        return OpenCase(dealt=dealt, subject=self.subject, kept=kept)

    def as_before(self) -> OpenCase:
        shutil.rmtree(self.out / READINGS_FOLDER)
        shutil.copytree(self._before, self.out / READINGS_FOLDER)
        case = self.case()
        case.keep_up()
        return case

    def save(self, case: OpenCase, act: dict[str, Any], answered: Answered) -> None:
        """Do an act as the server does; `answered` when the browser is told that it is saved."""
        do(self.room, case, {**act, "version": 3, "id": "this"})
        answered()
        tell_numbers(self.room, case)
        case.keep_up()


@pytest.fixture
def scene(study: Path, tmp_path: Path) -> Iterator[Scene]:
    FAULT.below, FAULT.reads_only, FAULT.writes_only = str(study), False, False
    yield Scene(study, tmp_path / "before")
    FAULT.is_on = False


def struck(act: Callable[[], None], *, at: int, strike: Any, stays: bool = False) -> int:
    """Do something with a fault at one touch; gives the touches."""
    FAULT.strike_at, FAULT.strike, FAULT.stays, FAULT.n_touches = at, strike, stays, 0
    with counting_writes():
        FAULT.is_on = True
        try:
            act()
        finally:
            FAULT.is_on = False
    return FAULT.n_touches


def state(case: OpenCase) -> tuple[Any, ...]:
    """What a reading holds."""
    reading = case.kept.reading
    masks = {visit: np.flatnonzero(mask).tolist() for visit, mask in reading.masks.items()}
    moved = {visit: held.quadrants.tobytes() for visit, held in reading.moved.items()}
    return reading.version, reading.is_signed, masks, reading.scores, moved


def check_files(case: OpenCase, states: list[tuple[Any, ...]]) -> None:
    """Every mask on the disk is whole: that of before, or of after."""
    for visit, grid in case.subject.grids.items():
        path = case.kept.place.mask_path(grid.session)
        mask = read_nifti_mask(path, grid.geometry, what="the mask")
        assert np.flatnonzero(mask.voxels).tolist() in [held[2][visit] for held in states]
    ((_, summary),) = find_readings(case.kept.place.out)
    assert summary["version"] in [held[0] for held in states]


def check_kept_up(case: OpenCase) -> None:
    """What is written once the room is open again is what the log says."""
    case.keep_up()
    assert case.trouble == ""
    kept = case.kept
    lines = read_audit(kept.place.path / AUDIT_NAME)
    assert replayed(lines).version == kept.reading.version
    masks = signed_masks(kept.place, case.subject.grids)
    for visit, mask in kept.reading.masks.items():
        assert np.array_equal(masks[visit].voxels, mask)
    ((_, summary),) = find_readings(kept.place.out)
    assert (summary["version"], summary["signed"]) == (kept.reading.version, kept.reading.is_signed)


@FORKS
@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS.keys())
def test_a_room_that_is_killed_in_a_save_has_the_reading_of_before_or_after(
    scene: Scene, act: dict[str, Any], record_property: Callable[[str, object], None]
) -> None:
    case = scene.as_before()
    before = state(case)
    n_touches = struck(lambda: scene.save(case, act, lambda: None), at=-1, strike=killed)
    after = state(case)
    assert after != before
    attempts = struck_places(n_touches, MOST_PLACES)
    assert n_touches > 20
    record_property("attempts", len(attempts))
    seen = set()
    for at in attempts:
        was_told = killed_in_a_save(scene, scene.as_before(), act, at)
        again = scene.case()
        found = state(again)
        assert found in (before, after), f"touch {at} of {n_touches}"
        assert found == after or not was_told, f"lost at touch {at} of {n_touches}"
        check_files(again, [before, after])
        check_kept_up(again)
        seen.add((found == after, was_told))
    assert {found for found, _ in seen} == {False, True}


def killed_in_a_save(scene: Scene, case: OpenCase, act: dict[str, Any], at: int) -> bool:
    """Save in a process that dies at a touch; tells whether the browser was told before."""
    hears, tells = os.pipe()

    def say() -> None:
        FAULT.is_on = False
        os.write(tells, b"saved")
        FAULT.is_on = True

    child = os.fork()
    if child == 0:
        struck(lambda: scene.save(case, act, say), at=at, strike=killed)
        os._exit(0)
    os.close(tells)
    with os.fdopen(hears, "rb") as stream:
        was_told = stream.read() == b"saved"
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 137, at
    return was_told


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS.keys())
def test_a_full_disk_is_told_and_what_was_done_is_saved_once_there_is_room(
    scene: Scene, act: dict[str, Any], record_property: Callable[[str, object], None]
) -> None:
    FAULT.writes_only = True
    case = scene.as_before()
    n_touches = struck(lambda: scene.save(case, act, lambda: None), at=-1, strike=full)
    after = state(case)
    attempts = struck_places(n_touches, MOST_PLACES)
    record_property("attempts", len(attempts))
    for at in attempts:
        case = scene.as_before()
        told: list[str] = []
        try:
            struck(
                lambda case=case, told=told: scene.save(case, act, lambda: told.append("saved")),
                at=at,
                strike=full,
                stays=True,
            )
        except OutputRefused as error:
            told.append(str(error))
        assert told == ["saved"] or "No space left" in told[0], at
        if told == ["saved"]:
            assert not case.trouble or "No space left" in case.trouble
            assert state(case) == after
        told_to_the_reader = " ".join((*told, case.trouble))
        assert "sub-01" not in told_to_the_reader
        assert "week14" not in told_to_the_reader
        scene.save(case, act, lambda: None)  # the browser sends again what was not acknowledged
        assert state(case) == after, f"touch {at} of {n_touches}"
        assert state(scene.case()) == after, f"not on the disk after touch {at}"
        check_kept_up(scene.case())
        assert not list(scene.out.rglob(f"{UNFINISHED}*"))


def test_a_mask_that_cannot_be_written_is_told_beside_the_numbers(
    study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = Browser(Room(study, Task(), key=KEY))
    code = with_edema(browser)
    browser.get(f"/api/case/{code}/numbers")
    browser.act(code, {**STROKE, "version": 0})
    with monkeypatch.context() as broken:
        broken.setattr("mri_bme.readings.shelf.write_nifti", _refused)
        first = browser.get(f"/api/case/{code}/numbers").json()
        second = browser.get(f"/api/case/{code}/numbers").json()
    assert first["trouble"] == ""
    assert "masks of this case could not be written" in second["trouble"]
    assert second["written"] != second["version"]
    browser.get(f"/api/case/{code}/numbers")
    third = browser.get(f"/api/case/{code}/numbers").json()
    assert (third["trouble"], third["written"]) == ("", third["version"])


def _refused(path: Path, *_: Any, **__: Any) -> None:
    raise OutputRefused(f"cannot write {path.name}: No space left on device")


def test_a_room_that_is_opened_takes_away_what_a_killed_one_left_half_written(
    study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mri_bme.reading_room import serve  # noqa: PLC0415

    left = study / READINGS_FOLDER / "R1" / "sub-01" / f"{UNFINISHED}x.nii.gz"
    left.parent.mkdir(parents=True)
    left.write_bytes(b"half")
    monkeypatch.setattr("uvicorn.Server.run", lambda *_, **__: None)
    serve.open_room(study, Task(), tell=lambda _: None)
    assert not left.exists()
