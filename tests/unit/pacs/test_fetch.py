"""A row for every series: fetched, left there, or not whole."""

import csv
from pathlib import Path

from small_archive import archive, images

from mri_bme.pacs.fetch import COLUMNS, FILES_NAME, TABLE_NAME, fetch
from mri_bme.pacs.query import Wanted


def rows(dest: Path) -> list[dict[str, str]]:
    with (dest / TABLE_NAME).open(newline="") as stream:
        reader = csv.DictReader(stream)
        assert tuple(reader.fieldnames or ()) == COLUMNS
        return list(reader)


def test_what_is_worth_it_arrives_and_the_rest_is_told(tmp_path: Path) -> None:
    held = images(n_series=2)
    for dataset in held[:5]:
        dataset.SeriesDescription = "localizer"
    with archive(held=held) as there:
        fetch(there.node, [Wanted(patient="4711"), Wanted(study="9.9")], tmp_path)
    told = {row["status"]: row for row in rows(tmp_path)}
    assert told["skipped"]["reason"] == "a localizer"
    assert told["fetched"]["n_images"] == "5"
    assert told["failed"]["reason"] == "the node has no such study"
    assert len(list(tmp_path.rglob("*.dcm"))) == 5


def test_the_table_holds_no_uid_and_no_name(tmp_path: Path) -> None:
    held = images()
    with archive(held=held) as there:
        fetch(there.node, [Wanted(patient="4711")], tmp_path)
    text = (tmp_path / TABLE_NAME).read_text()
    assert held[0].StudyInstanceUID not in text
    assert "4711" not in text


def test_an_image_that_was_damaged_since_is_fetched_again(tmp_path: Path) -> None:
    with archive(held=images()) as there:
        fetch(there.node, [Wanted(patient="4711")], tmp_path)
        before = {path: path.read_bytes() for path in tmp_path.rglob("*.dcm")}
        listed = (tmp_path / FILES_NAME).read_text().splitlines()
        assert len(listed) == len(before) == 5
        victim = next(iter(before))
        victim.write_bytes(before[victim][:-1] + b"x")
        fetch(there.node, [Wanted(patient="4711")], tmp_path)
    assert victim.read_bytes() == before[victim]


def test_what_two_wishes_name_is_fetched_once(tmp_path: Path) -> None:
    held = images()
    wanted = [Wanted(patient="4711"), Wanted(study=held[0].StudyInstanceUID)]
    with archive(held=held) as there:
        found = fetch(there.node, wanted, tmp_path)
    assert [row.status for row in found] == ["fetched"]
