"""Only known callers are let in, only MR images are taken, and success means on the disk."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pydicom
import pytest
from pydicom.dataset import FileDataset
from pynetdicom import AE
from pynetdicom.association import Association
from pynetdicom.sop_class import CTImageStorage, MRImageStorage, Verification
from small_archive import free_port, images

from mri_bme.errors import NodeUnavailable
from mri_bme.files import UNFINISHED
from mri_bme.pacs.filing import uid_name
from mri_bme.pacs.listener import ARRIVING, Limits, Listener, ListenOptions, sender_of


@contextmanager
def listening(inbox: Path, **told: object) -> Iterator[tuple[Listener, int]]:
    port = free_port()
    options = ListenOptions(port=port, host="127.0.0.1", **told)  # type: ignore[arg-type]
    listener = Listener(inbox, options)
    listener.start()
    try:
        yield listener, port
    finally:
        listener.stop()


def call(port: int, title: str = "SCANNER", called: str = "MRI_BME") -> Association:
    ae = AE(ae_title=title)
    for context in (MRImageStorage, CTImageStorage, Verification):
        ae.add_requested_context(context)
    return ae.associate("127.0.0.1", port, ae_title=called)


def send(port: int, *datasets: FileDataset, title: str = "SCANNER") -> list[int]:
    found = call(port, title)
    assert found.is_established
    try:
        answers = [found.send_c_store(one) for one in datasets]
        return [int(a.Status) if "Status" in a else -1 for a in answers]
    finally:
        found.release()


def test_an_image_that_is_confirmed_is_on_the_disk_and_its_sender_known(tmp_path: Path) -> None:
    held = images()
    with listening(tmp_path) as (listener, port):
        assert send(port, *held) == [0] * 5
        assert listener.counts == {"received": 5}
    files = list((tmp_path / ARRIVING).rglob("*.dcm"))
    assert {pydicom.dcmread(p).SOPInstanceUID for p in files} == {d.SOPInstanceUID for d in held}
    assert sender_of(tmp_path, uid_name(held[0].StudyInstanceUID)) == "SCANNER"
    assert sender_of(tmp_path, "other") == ""


def test_what_a_killed_listener_left_half_written_is_removed(tmp_path: Path) -> None:
    half = tmp_path / ARRIVING / "study" / f"{UNFINISHED}x.dcm"
    half.parent.mkdir(parents=True)
    half.write_bytes(b"half")
    with listening(tmp_path):
        assert not half.exists()


def test_strangers_and_wrong_names_are_not_let_in(tmp_path: Path) -> None:
    with listening(tmp_path, callers=("SCANNER",)) as (_, port):
        assert call(port).is_established
        assert call(port, "STRANGER").is_rejected
        assert call(port, called="OTHER").is_rejected


def test_an_address_that_is_not_named_is_turned_away(tmp_path: Path) -> None:
    with listening(tmp_path, addresses=("10.9.9.9",)) as (listener, port):
        assert not call(port).is_established
        assert listener.counts["refused address"] == 1


def test_only_mr_is_taken(tmp_path: Path) -> None:
    (one, two, *_) = images()
    one.Modality = "PR"
    with listening(tmp_path) as (listener, port):
        found = call(port)
        accepted = {c.abstract_syntax for c in found.accepted_contexts}
        found.release()
        assert CTImageStorage not in accepted
        assert send(port, one, two) == [0xC000, 0]
        assert listener.counts == {"refused: only MR images are taken": 1, "received": 1}


def test_an_object_beyond_the_limit_breaks_the_sender_off_and_nobody_else(tmp_path: Path) -> None:
    (one, two, *_) = images()
    one.add_new(0x00091010, "OB", b"\0" * (3 << 20))
    with listening(tmp_path, limits=Limits(max_object_mib=1)) as (listener, port):
        assert send(port, one) != [0]
        assert send(port, two) == [0]
        assert listener.counts["too large"] >= 1
    assert len(list(tmp_path.rglob("*.dcm"))) == 1


def test_what_cannot_be_written_is_not_confirmed(tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    with listening(inbox) as (listener, port):
        inbox.write_text("a file")
        (one, *_) = images()
        assert send(port, one) == [0xA700]
        assert listener.counts == {"no space": 1}


def test_a_port_that_is_taken_is_said(tmp_path: Path) -> None:
    with listening(tmp_path) as (_, port):
        other = Listener(tmp_path, ListenOptions(port=port, host="127.0.0.1"))
        with pytest.raises(NodeUnavailable, match="cannot be listened at"):
            other.start()
