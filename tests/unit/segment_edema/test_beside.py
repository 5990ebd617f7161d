"""A candidate is compared with marrow of its own bone, beside it and below the cut-off."""

from dataclasses import replace

import numpy as np
import pytest
from marrow_scenes import SHAPE, rois, scan

from mri_bme.segment_edema.beside import beside_ratio
from mri_bme.segment_edema.evidence import Evidence
from mri_bme.segment_edema.segmentation import gather_evidence
from mri_bme.settings import SegmentSettings

BOX = (slice(4, 6), slice(12, 17), slice(8, 13))
VOXELS = np.ones((2, 5, 5), dtype=bool)


@pytest.fixture(scope="module")
def flat() -> Evidence:
    """Every voxel exactly like normal marrow."""
    evidence, _ = gather_evidence(scan(lesion=1.0), rois(), None, SegmentSettings())
    return replace(evidence, smooth=np.ones(evidence.smooth.shape, dtype=np.float32))


def ratio(evidence: Evidence, above: np.ndarray | None = None) -> float | None:
    above = np.zeros(SHAPE, dtype=bool) if above is None else above
    return beside_ratio(VOXELS, BOX, above, evidence)


def painted(flat: Evidence, value: float, *where: tuple[slice, slice, slice]) -> Evidence:
    smooth = np.array(flat.smooth)
    for box in where:
        smooth[box] = value
    return replace(flat, smooth=smooth)


def test_its_brightest_voxel_counts(flat: Evidence) -> None:
    assert ratio(flat) == pytest.approx(1)
    assert ratio(painted(flat, 1.6, (slice(5, 6), slice(13, 14), slice(9, 10)))) == (
        pytest.approx(1.6)
    )


def test_the_better_part_of_the_marrow_beside_it_counts(flat: Evidence) -> None:
    dark_below = (slice(None), slice(17, 60), slice(0, 18))
    assert ratio(painted(flat, 0.4, dark_below)) == pytest.approx(1)
    everywhere_else = painted(flat, 0.5, (slice(None), slice(None), slice(None)))
    assert ratio(painted(everywhere_else, 1.0, BOX)) == pytest.approx(2)


def test_the_other_bone_and_what_is_above_the_cut_off_do_not_count(flat: Evidence) -> None:
    assert ratio(painted(flat, 5.0, (slice(None), slice(None), slice(18, 80)))) == pytest.approx(1)
    bright = (slice(None), slice(None), slice(14, 16))
    above = np.zeros(SHAPE, dtype=bool)
    above[bright] = True
    assert ratio(painted(flat, 5.0, bright), above) == pytest.approx(1)


def test_without_marrow_beside_it_nothing_can_be_said(flat: Evidence) -> None:
    assert ratio(flat, np.ones(SHAPE, dtype=bool)) is None
