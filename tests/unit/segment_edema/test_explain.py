"""Why a voxel is edema, or why not, in words."""

import re

import numpy as np
import pytest
from marrow_scenes import rois, scan

from mri_bme.segment_edema import explain_voxel, segment_edema
from mri_bme.settings import SegmentSettings
from mri_bme.volume import Volume


def test_every_voxel_can_be_explained() -> None:
    found, where = segment_edema(scan(), rois()), rois()
    assert "part of lesion 1" in explain_voxel(found, where, (5, 15, 12))
    assert "not bright or not likely enough" in explain_voxel(found, where, (5, 50, 5))
    by_rules = segment_edema(scan(), rois(), settings=SegmentSettings(judge="rules"))
    assert "not above the cut-off" in explain_voxel(by_rules, where, (5, 50, 5))
    assert "outside the measured marrow" in explain_voxel(found, where, (5, 50, 19))


def test_the_cut_off_that_applied_there_is_told_and_why_it_is_another_one() -> None:
    volume = scan(lesion=1.0)
    voxels = np.array(volume.voxels)
    voxels[2:8, 12:44, 6:18] *= 0.4
    dark = Volume(geometry=volume.geometry, voxels=voxels)
    found, where = segment_edema(dark, rois()), rois()
    there, elsewhere = (explain_voxel(found, where, index) for index in ((5, 30, 14), (5, 50, 5)))
    assert "lower in dark tissue by the joint than elsewhere" in there
    assert "than elsewhere" not in elsewhere
    words = re.search(
        r"([\d.]+) times normal marrow, ([\d.]+) times the cut-off here, ([\d.]+)", there
    )
    assert words is not None
    value, ratio, cut = (float(n) for n in words.groups())
    assert ratio == pytest.approx(value / cut, abs=0.02)
    assert cut < 0.8 * found.threshold.value
