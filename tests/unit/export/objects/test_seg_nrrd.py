"""3D Slicer finds each lesion where it was, under its name and code."""

from pathlib import Path

import numpy as np
import pytest
import SimpleITK
from measured_visits import ORIENTATIONS, grid, healthy_visit, measured_visit

from mri_bme.export.objects.seg_nrrd import write_seg_nrrd


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_voxels_lie_where_they_lay(orientation: str, tmp_path: Path) -> None:
    geometry = grid(orientation)
    visit = measured_visit(geometry)
    write_seg_nrrd(tmp_path / "e.seg.nrrd", visit)
    read = SimpleITK.ReadImage(str(tmp_path / "e.seg.nrrd"))
    found = SimpleITK.GetArrayFromImage(read)
    np.testing.assert_array_equal(found, visit.lesion_labels)
    for index in ((0, 0, 0), (4, 15, 19), (2, 3, 4)):
        k, j, i = index
        np.testing.assert_allclose(
            read.TransformIndexToPhysicalPoint((i, j, k)), geometry.points_lps(index), atol=1e-4
        )


def test_a_segment_has_name_code_and_extent(tmp_path: Path) -> None:
    write_seg_nrrd(tmp_path / "e.seg.nrrd", measured_visit())
    read = SimpleITK.ReadImage(str(tmp_path / "e.seg.nrrd"))
    assert read.GetMetaData("Segment1_Name") == "L2"
    assert read.GetMetaData("Segment1_LabelValue") == "2"
    assert read.GetMetaData("Segment1_Extent") == "14 15 9 11 3 4"
    tags = read.GetMetaData("Segment0_Tags")
    assert "SCT^79654002^Edema" in tags
    assert "SCT^22356005^Ilium~SCT^7771000^Left" in tags


def test_no_edema_is_a_file_without_segments(tmp_path: Path) -> None:
    write_seg_nrrd(tmp_path / "e.seg.nrrd", healthy_visit())
    read = SimpleITK.ReadImage(str(tmp_path / "e.seg.nrrd"))
    assert not SimpleITK.GetArrayFromImage(read).any()
    assert not [key for key in read.GetMetaDataKeys() if key.startswith("Segment0")]
