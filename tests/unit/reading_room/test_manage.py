"""The study manager sees how far readers agree; readers do not."""

import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from read_study import LESION, drawn, sign
from room_client import HOST, KEY, Browser

from mri_bme.batch.agreement import write_agreement_of_readers
from mri_bme.errors import UnreadableInput
from mri_bme.reading_room.links import signed_pass
from mri_bme.reading_room.manage import EVERY_S, SOON_S, ManagersPage
from mri_bme.reading_room.room import Room
from mri_bme.readings.task import Task

pytest.importorskip("starlette")

LONG_S = 300.0  # only where something hangs


def tables(html: str) -> list[str]:
    """Cells of the tables of a page, without those on how far readers are."""
    cells = re.findall(r"<t[dh](?: [^>]*)?>(.*?)</t[dh]>", html)
    return cells[cells.index("01") :]


def test_the_managers_page_has_the_figures_of_the_command(blind: Room, study: Path) -> None:
    page = ManagersPage(blind, wait_s=LONG_S)
    assert "No case waits." in page.html()  # nobody has signed anything
    half = (LESION[0], LESION[1], slice(LESION[2].start, LESION[2].start + 6))
    for reader, box in (("R1", LESION), ("R2", half)):
        masks = {"baseline": drawn(box), "week14": drawn()}
        sign(study, reader, "sub-01", masks)
    live = page.html()
    written, _ = write_agreement_of_readers(study)
    assert tables(live) == tables(written.read_text())
    assert "volume differs by" in live
    assert 'http-equiv="refresh"' in live
    assert 'http-equiv="refresh"' not in written.read_text()
    signed = re.findall(
        r'<th scope="row">(R\d) <meter.*?</meter></th><td class="n">(.*?)</td>', live
    )
    assert signed == [("R1", "1 of 2"), ("R2", "1 of 2")]


def test_what_is_not_measured_yet_is_said_and_follows(blind: Room, study: Path) -> None:
    """A manager waits for nobody, and readers who draw are not held up by hundreds of readings."""
    for folder in ("sub-01", "sub-02"):
        sign(study, "R1", folder, {"baseline": drawn(LESION)})
    may_go_on, began = threading.Event(), threading.Event()
    page = ManagersPage(blind, wait_s=0.0)
    collect = page._memory.collect

    def held_up(out: Path) -> Iterator[str]:
        for folder in collect(out):
            yield folder
            began.set()
            assert may_go_on.wait(LONG_S)

    page._memory.collect = held_up  # type: ignore[method-assign]
    page.html()
    assert began.wait(LONG_S)
    half = page.html()
    assert "Readings of 1 subject are still being measured" in half
    assert f'content="{SOON_S}"' in half
    may_go_on.set()
    page._measuring().join(LONG_S)
    whole = page.html()
    assert "still being measured" not in whole
    assert f'content="{EVERY_S}"' in whole


def test_a_mask_that_is_not_what_was_signed_is_said_every_time(blind: Room, study: Path) -> None:
    sign(study, "R1", "sub-01", {"baseline": drawn(LESION)})
    mask = next((study / "readings" / "R1").rglob("*_mask.nii.gz"))
    mask.write_bytes(next((study / "readings" / "R1").rglob("*week14*_mask.nii.gz")).read_bytes())
    page = ManagersPage(blind, wait_s=LONG_S)
    for _ in range(2):
        with pytest.raises(UnreadableInput, match="not what was signed"):
            page.html()


def test_who_practises_is_told_with_the_target(study: Path) -> None:
    sign(study, "consensus", "sub-01", {"baseline": drawn(LESION)})
    sign(study, "R1", "sub-01", {"baseline": drawn(LESION)})
    room = Room(study, Task(readers=("R1", "R2"), calibration=True, target_icc=0.75), key=KEY)
    told = ManagersPage(room, wait_s=LONG_S).html()
    assert "<li>R1: 1 case with a consensus, ICC not yet; the target of 0.75 is not" in told
    assert "<li>R2: 0 cases" in told


def test_only_the_managers_link_opens_it(blind: Room) -> None:
    reader = Browser(blind)
    refused = reader.get("/agreement")
    assert refused.status_code == 403
    assert "manager" in refused.json()["error"]
    manager = Browser(blind, "manager")
    assert manager.entered.headers["location"] == "/agreement"
    shown = manager.get("/agreement")
    assert shown.status_code == 200
    assert "R2" in shown.text
    assert "default-src 'none'" in shown.headers["content-security-policy"]
    assert "error" in manager.me  # a manager reads no case
    late = signed_pass("manager", until_s=time.time() - 5, key=KEY)
    manager.client.cookies.clear()
    expired = manager.client.get("/enter", params={"link": late}, headers={"host": HOST})
    assert expired.status_code == 403
