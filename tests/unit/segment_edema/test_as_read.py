"""A reader's mask is measured as what the program found is, voxel by voxel."""

from dataclasses import replace

import numpy as np
import pytest
from scoring_scenes import VOXEL_ML, box, grid, rois, segmentation

from mri_bme.errors import GeometryMismatch
from mri_bme.segment_edema.as_read import DRAWN, edema_as_read
from mri_bme.settings import SegmentSettings
from mri_bme.volume import Mask

FIRST = box((2, 4), (5, 9), (47, 51))
SECOND = box((6, 8), (25, 29), (8, 12))
SETTINGS = SegmentSettings()
TAILS = (0.025, 0.975)  # of a 95 % interval


def found():
    """Two lesions, the first with a faint voxel beside it and its edge half full."""
    share = np.zeros(grid().shape, np.float32)
    share[FIRST], share[SECOND] = 1, 1
    share[2, 5, 47] = 0.75
    share[2, 4, 48] = 0.25  # outside the mask
    return segmentation(FIRST, SECOND, fraction=share)


def read(mask, *, from_outlines=True, of=None):
    drawn = Mask(geometry=grid(), voxels=mask)
    return edema_as_read(
        of or found(), drawn, rois(), from_outlines=from_outlines, settings=SETTINGS
    )


def test_an_outline_that_nobody_touched_is_what_was_found() -> None:
    before = found()
    assert read(before.mask.voxels, of=before) is before


def test_a_painted_voxel_counts_whole_and_leaves_other_lesions_as_they_were() -> None:
    before = found()
    mask = before.mask.voxels.copy()
    mask[3, 9, 48] = True
    after = read(mask, of=before)
    assert after.edema_ml == pytest.approx(before.edema_ml + VOXEL_ML)
    assert len(after.lesions) == 2
    assert sum(lesion.volume_ml for lesion in after.lesions) == pytest.approx(after.edema_ml)
    untouched = next(x for x in after.lesions if x.reason != DRAWN)
    theirs = before.lesions[1]
    assert untouched.volume_ml == pytest.approx(theirs.volume_ml)
    assert replace(untouched, label=2, volume_ml=theirs.volume_ml) == theirs


def test_an_erased_lesion_takes_its_faint_voxels_with_it() -> None:
    mask = found().mask.voxels.copy()
    mask[FIRST] = False
    after = read(mask)
    assert after.edema_ml == pytest.approx(found().lesions[1].volume_ml)
    assert not after.edema_fraction[2, 4, 48]


def test_a_faint_voxel_stays_where_the_outline_beside_it_does() -> None:
    mask = found().mask.voxels.copy()
    mask[3, 8, 50] = False
    after = read(mask)
    assert after.edema_fraction[2, 4, 48] == np.float32(0.25)
    assert after.edema_ml == pytest.approx(found().edema_ml - VOXEL_ML)


def test_a_blind_mask_is_the_voxels_that_were_painted() -> None:
    mask = found().mask.voxels
    after = read(mask, from_outlines=False)
    assert after.edema_ml == pytest.approx(mask.sum() * VOXEL_ML)
    assert np.array_equal(after.edema_fraction, mask.astype(np.float32))


def test_what_lies_outside_the_marrow_is_not_counted() -> None:
    mask = np.zeros(grid().shape, bool)
    mask[2, 5, 45] = mask[2, 5, 47] = True  # column 45 is the joint
    assert read(mask, from_outlines=False).counted_ml == pytest.approx(VOXEL_ML)


def test_no_edema_is_a_reading() -> None:
    after = read(np.zeros(grid().shape, bool))
    assert after.edema_ml == 0
    assert after.lesions == ()
    low, high = np.quantile(after.quadrant_draws_ml.sum(axis=1), TAILS)
    assert low == 0 < high


def test_a_larger_drawn_lesion_has_a_wider_interval() -> None:
    widths = []
    for rows in (2, 8):
        mask = np.zeros(grid().shape, bool)
        mask[2:4, 5 : 5 + rows, 47:51] = True
        draws_ml = read(mask, from_outlines=False).quadrant_draws_ml.sum(axis=1)
        widths.append(float(np.ptp(np.quantile(draws_ml, TAILS))))
    assert widths[0] < widths[1]


def test_a_mask_of_another_grid_is_refused() -> None:
    other = grid(shift_mm=(0.0, 5.0, 0.0))
    with pytest.raises(GeometryMismatch, match="reader's mask"):
        edema_as_read(
            found(),
            Mask(geometry=other, voxels=np.zeros(other.shape, bool)),
            rois(),
            from_outlines=True,
            settings=SETTINGS,
        )
