"""ROIs are handed on exactly, and only with the map that they belong to."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from marrow_scenes import geometry, rois

from mri_bme.record.handover import Handover, placed_by, read_handover, write_handover
from mri_bme.record.roi_facts import roi_facts
from mri_bme.sacroiliac import PlacedBy
from mri_bme.volume import Volume


def test_what_a_label_map_does_not_hold_comes_back_to_the_last_bit(tmp_path: Path) -> None:
    placed = replace(rois(), placed_by=PlacedBy.NETWORK, confidence=0.9)
    t1 = Volume(geometry=geometry(), voxels=np.random.default_rng(0).random(geometry().shape))
    write_handover(tmp_path / "x.zip", Handover(rois=placed, t1=t1))
    back = read_handover(tmp_path / "x.zip", placed.quadrants)
    assert back is not None
    assert back.t1 is not None
    assert np.array_equal(back.t1.voxels, t1.voxels)
    assert np.array_equal(back.rois.joint_distance_mm, placed.joint_distance_mm)
    assert np.array_equal(back.rois.geometry.lps_from_index, placed.geometry.lps_from_index)
    assert back.rois.placed_by is PlacedBy.NETWORK


def test_a_corrected_map_does_not_take_what_belonged_to_the_old_one(tmp_path: Path) -> None:
    placed = rois()
    write_handover(tmp_path / "x.zip", Handover(rois=placed))
    corrected = placed.quadrants.copy()
    corrected[0, 0, 0] ^= 1
    assert read_handover(tmp_path / "x.zip", corrected) is None
    assert read_handover(tmp_path / "none.zip", placed.quadrants) is None


@pytest.mark.parametrize("who", list(PlacedBy))
def test_who_placed_the_bones_is_believed_until_the_map_changes(who: PlacedBy) -> None:
    placed = replace(rois(), placed_by=who)
    facts = roi_facts(placed)
    assert placed_by(facts, placed.quadrants) is who
    corrected = placed.quadrants.copy()
    corrected[0, 0, 0] ^= 1
    assert placed_by(facts, corrected) is PlacedBy.GIVEN
    assert placed_by({}, placed.quadrants) is PlacedBy.GIVEN
    assert placed_by({**facts, "placed_by": "a friend"}, placed.quadrants) is PlacedBy.GIVEN
