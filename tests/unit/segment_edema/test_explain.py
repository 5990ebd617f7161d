"""Why a voxel is edema, or why not, in words."""

from marrow_scenes import rois, scan

from mri_bme.segment_edema import explain_voxel, segment_edema


def test_every_voxel_can_be_explained() -> None:
    found, where = segment_edema(scan(), rois()), rois()
    assert "part of lesion 1" in explain_voxel(found, where, (5, 15, 12))
    assert "not above the cut-off" in explain_voxel(found, where, (5, 50, 5))
    assert "outside the measured marrow" in explain_voxel(found, where, (5, 50, 19))
