"""Images arrive whole; what is there already is not asked for again."""

from pathlib import Path

import pydicom
import pytest
from small_archive import Archive, archive, images

from mri_bme.errors import InvalidSettings, OutputRefused
from mri_bme.pacs.query import OfferedSeries, Wanted, find_series
from mri_bme.pacs.retrieve import fetch_series


def the_series(there: Archive) -> OfferedSeries:
    (found,) = find_series(there.node, Wanted(patient="4711"))
    return found


def test_every_image_arrives_as_the_archive_has_it(tmp_path: Path) -> None:
    held = images()
    with archive(held=held) as there:
        found = fetch_series(there.node, the_series(there), tmp_path)
    assert found.is_whole
    assert found.n_expected == len(found.files) == 5
    read = {d.SOPInstanceUID: d for d in map(pydicom.dcmread, tmp_path.rglob("*.dcm"))}
    for one in held:
        assert read[one.SOPInstanceUID].PixelData == one.PixelData
        assert read[one.SOPInstanceUID].ImagePositionPatient == one.ImagePositionPatient


def test_a_transfer_that_was_cut_is_said_and_finished_later(tmp_path: Path) -> None:
    with archive(held=images(), give=2) as there:
        found = fetch_series(there.node, the_series(there), tmp_path)
        assert not found.is_whole
        assert found.reason
        assert len(found.files) == 2
        there.give = 3  # the archive breaks off after three: enough for what is missing
        again = fetch_series(there.node, the_series(there), tmp_path)
        assert again.is_whole
        there.give = 0  # nothing is asked for when all is there
        assert fetch_series(there.node, the_series(there), tmp_path).is_whole


def test_a_destination_that_cannot_be_written_to_stops_it(tmp_path: Path) -> None:
    (tmp_path / "dest").write_text("a file")
    with archive(held=images()) as there, pytest.raises(OutputRefused):
        fetch_series(there.node, the_series(there), tmp_path / "dest")


def test_a_move_needs_a_port_of_ours(tmp_path: Path) -> None:
    with archive(held=images()) as there:
        node = there.node.model_copy(update={"retrieve": "move"})
        with pytest.raises(InvalidSettings, match="move_port"):
            fetch_series(node, the_series(there), tmp_path)
