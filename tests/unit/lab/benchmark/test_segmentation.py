"""What the benchmark says of a mask beside several reads."""

import numpy as np
import pytest
from marrow_scenes import SHAPE, geometry, rois, scan

from lab.benchmark.segmentation import _against_reads, _Case


def test_what_no_read_has_is_told_apart_from_quadrants_that_all_left_blank() -> None:
    first, second, found = (np.zeros(SHAPE, dtype=bool) for _ in range(3))
    first[5, 10:20, 5:10] = True  # 50 voxels, right ilium, upper
    second[5, 10:20, 5:12] = True  # the same and 20 more
    found[5, 10:20, 5:13] = True  # the same and 10 that no read has
    found[5, 10:12, 65:70] = True  # 10 in the left ilium, where no read has anything
    case = _Case(
        name="",
        volume=scan(),
        t1=scan(),
        rois=rois(),
        within=np.ones(SHAPE, dtype=bool),
        reads=(first, second),
    )
    ml = geometry().voxel_volume_ml
    row = _against_reads(found, case, ml, edema_ml=60 * ml)
    assert row["where_none_ml"] == pytest.approx(20 * ml)
    assert row["blank_quadrants_ml"] == pytest.approx(10 * ml)
    assert row["a_read_alone_ml"] == pytest.approx(10 * ml)  # 0 and 20
    assert row["in_range"]
    assert not row["counted_in_range"]  # 90 voxels
