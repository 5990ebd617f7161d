"""Tools draw what they are said to draw."""

import numpy as np
import pytest
from read_study import LESION

from mri_bme.batch.recall import recall_subject
from mri_bme.errors import InvalidVoxels
from mri_bme.readings.tools import above_cutoff, filled_between, grown, without_part
from mri_bme.volume import Mask, VolumeGeometry


def coronal(shape=(7, 20, 30)) -> VolumeGeometry:
    matrix = np.eye(4)
    matrix[:3, :3] = [[0, 0, 1.0], [4.0, 0, 0], [0, -1.0, 0]]
    return VolumeGeometry(shape=shape, lps_from_index=matrix)


def filled(mask: np.ndarray, geometry: VolumeGeometry | None = None) -> np.ndarray:
    return filled_between(Mask(geometry=geometry or coronal(), voxels=mask))


def test_a_gap_is_filled_halfway_between_its_neighbours() -> None:
    mask = np.zeros((7, 20, 30), bool)
    mask[2, 4:14, 4:14] = mask[4, 6:12, 6:12] = True
    found = filled(mask)
    assert np.array_equal(found[[0, 1, 2, 4, 5, 6]], mask[[0, 1, 2, 4, 5, 6]])
    assert 36 < found[3].sum() < 100
    assert found[3, 6:12, 6:12].all()


def test_each_side_is_filled_on_its_own() -> None:
    mask = np.zeros((7, 20, 30), bool)
    mask[2:5, 5:9, 3:7] = True  # one side on three slices
    mask[[2, 4], 5:9, 20:24] = True  # the other on two
    assert filled(mask)[3, 5:9, 20:24].all()


def test_a_wide_gap_is_left() -> None:
    mask = np.zeros((7, 20, 30), bool)
    mask[[0, 6], 5:9, 3:7] = True
    assert np.array_equal(filled(mask), mask)


def test_sagittal_slices_have_no_halves() -> None:
    matrix = np.eye(4)
    matrix[:3, :3] = [[4.0, 0, 0], [0, 0, 1.0], [0, -1.0, 0]]
    sagittal = VolumeGeometry(shape=(7, 20, 30), lps_from_index=matrix)
    mask = np.zeros((7, 20, 30), bool)
    mask[[2, 4], 5:9, 12:18] = True
    assert filled(mask, sagittal)[3, 5:9, 12:18].all()


def test_growing_takes_the_bright_part_that_was_clicked(measured_study) -> None:
    recalled = recall_subject(measured_study, "sub-01")
    visit = recalled.result.visits[0]
    above = above_cutoff(visit.segmentation, visit.rois, recalled.settings.segment)
    lesion = np.zeros(above.shape, bool)
    lesion[LESION] = True
    inside = np.ravel_multi_index((3, 20, 68), above.shape)
    found = grown(np.zeros(above.shape, bool), above, int(inside))
    assert np.count_nonzero(found & lesion) / lesion.sum() > 0.95
    assert np.count_nonzero(found & ~lesion) < 0.4 * lesion.sum()


def test_nothing_grows_from_normal_marrow() -> None:
    above = np.zeros((2, 3, 4), bool)
    for place in (5, -1, 10**9):
        with pytest.raises(InvalidVoxels, match="nothing grows"):
            grown(above, above, place)


def test_a_clicked_lesion_goes_and_others_stay() -> None:
    mask = np.zeros((2, 3, 8), bool)
    mask[0, 1, 1:3] = mask[0, 1, 5:7] = True
    left = without_part(mask, 8 + 1)
    assert np.argwhere(left).tolist() == [[0, 1, 5], [0, 1, 6]]
    with pytest.raises(InvalidVoxels, match="no lesion here"):
        without_part(mask, 0)
