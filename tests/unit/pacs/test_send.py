"""Every object is confirmed, or named with the reason; nothing is sent twice."""

import csv
from pathlib import Path

import pytest
from small_archive import archive, images, save

from mri_bme.errors import NodeUnavailable
from mri_bme.pacs.nodes import Node
from mri_bme.pacs.send import TABLE_NAME, confirmed, send_folder


def test_what_is_confirmed_is_there_and_not_sent_again(tmp_path: Path) -> None:
    held = images()
    save(held, tmp_path)
    with archive() as there:
        rows = send_folder(tmp_path, "a", there.node)
        assert {row.status for row in rows} == {"confirmed"}
        assert set(there.received) == {d.SOPInstanceUID for d in held}
        there.received.clear()
        assert send_folder(tmp_path, "a", there.node) == rows
        assert not there.received
    assert len(confirmed(tmp_path, "a")) == 5


def test_a_file_that_changed_is_sent_again(tmp_path: Path) -> None:
    held = images()
    paths = save(held, tmp_path)
    with archive() as there:
        send_folder(tmp_path, "a", there.node)
        there.received.clear()
        held[0].SeriesDescription = "another"
        held[0].save_as(paths[0], enforce_file_format=True)
        send_folder(tmp_path, "a", there.node)
        assert list(there.received) == [held[0].SOPInstanceUID]


def test_what_the_node_refuses_is_named_and_tried_again(tmp_path: Path) -> None:
    save(images(), tmp_path)
    with archive(refuse_store=0xA700) as there:
        rows = send_folder(tmp_path, "a", there.node)
        assert {row.status for row in rows} == {"failed"}
        assert "0xA700" in rows[0].reason
        there.refuse_store = None
        assert {row.status for row in send_folder(tmp_path, "a", there.node)} == {"confirmed"}


def test_a_warning_is_a_confirmation_that_is_told(tmp_path: Path) -> None:
    save(images(), tmp_path)
    with archive(refuse_store=0xB007) as there:
        rows = send_folder(tmp_path, "a", there.node)
    assert {(row.status, "0xB007" in row.reason) for row in rows} == {("confirmed", True)}


def test_a_file_that_is_no_object_costs_nobody_else(tmp_path: Path) -> None:
    save(images(), tmp_path)
    (tmp_path / "bad.dcm").write_bytes(b"bad")
    with archive() as there:
        rows = {row.file: row for row in send_folder(tmp_path, "a", there.node)}
        assert len(there.received) == 5
    assert rows["bad.dcm"].status == "failed"


def test_a_node_that_is_not_there_keeps_what_another_confirmed(tmp_path: Path) -> None:
    save(images(), tmp_path)
    with archive() as there:
        send_folder(tmp_path, "a", there.node)
    with pytest.raises(NodeUnavailable):
        send_folder(tmp_path, "b", Node(ae_title="B", host="127.0.0.1", port=there.port))
    with (tmp_path / TABLE_NAME).open(newline="") as stream:
        told = list(csv.DictReader(stream))
    assert {(row["node"], row["status"]) for row in told} == {("a", "confirmed")}
