"""One mask around all marrow is taken apart along the dark joints, whatever the gain."""

from dataclasses import replace

import numpy as np
import pytest
from box_pelvis import box_pelvis, semicoronal_geometry

from mri_bme.errors import RoiNotFound
from mri_bme.place_rois.split import split_bones
from mri_bme.sacroiliac import MEASURED_BONES, BoneLabel
from mri_bme.volume import Volume, reorder_geometry, reorder_voxels

SHAPE = (5, 80, 200)
GEOMETRY = replace(semicoronal_geometry(), shape=SHAPE)
BONES = box_pelvis(GEOMETRY)
REGION = np.zeros(SHAPE, bool)
REGION[:, 10:70] = True  # drawn across both joints


def scan(gain: float = 1.0, slope: float = 0.0) -> Volume:
    """Marrow, dark where the joints are; `slope` makes one side brighter, as a coil does."""
    voxels = np.where(BONES > 0, 100.0, np.where(REGION, 15.0, 60.0))
    voxels *= 1 + slope * np.linspace(-1, 1, SHAPE[2])
    voxels += np.random.default_rng(0).normal(0, 4, SHAPE)
    return Volume(geometry=GEOMETRY, voxels=gain * np.clip(voxels, 0, None))


def right_share(labels: np.ndarray) -> float:
    """Share of the marrow of the drawn bones that has the label of its bone."""
    marrow = BONES > 0
    return float(np.mean(labels[marrow] == BONES[marrow]))


@pytest.fixture(scope="module")
def labels() -> np.ndarray:
    return split_bones(REGION, scan())


def test_each_bone_is_found_on_its_side_of_the_joint(labels: np.ndarray) -> None:
    assert right_share(labels) > 0.995
    assert set(np.unique(labels)) == {0, *MEASURED_BONES}


def test_nothing_is_added_to_what_was_drawn_and_nothing_taken(labels: np.ndarray) -> None:
    np.testing.assert_array_equal(labels > 0, REGION)


def test_the_border_lies_in_the_dark_valley(labels: np.ndarray) -> None:
    left = labels[2, 40, 100:]
    border = 100 + int(np.flatnonzero(left == BoneLabel.LEFT_ILIUM)[0])
    assert not BONES[2, 40, [border - 1, border]].all()


def test_neither_gain_nor_shading_moves_a_bone(labels: np.ndarray) -> None:
    np.testing.assert_array_equal(split_bones(REGION, scan(gain=0.02)), labels)
    assert right_share(split_bones(REGION, scan(slope=0.4))) > 0.99


def test_left_stays_left_however_the_scan_is_stored(labels: np.ndarray) -> None:
    flips = (True, False, True)
    volume = Volume(
        geometry=reorder_geometry(GEOMETRY, (0, 1, 2), flips),
        voxels=reorder_voxels(scan().voxels, (0, 1, 2), flips),
    )
    found = split_bones(reorder_voxels(REGION, (0, 1, 2), flips), volume)
    assert right_share(reorder_voxels(found, (0, 1, 2), flips)) > 0.995


def test_an_empty_mask_is_refused() -> None:
    with pytest.raises(RoiNotFound, match="the bone mask is empty"):
        split_bones(np.zeros(SHAPE, bool), scan())


def test_a_mask_of_one_half_of_the_pelvis_is_refused_with_what_is_needed() -> None:
    half = REGION.copy()
    half[..., :100] = False
    with pytest.raises(RoiNotFound, match="at least 82 mm are needed; draw the marrow of both"):
        split_bones(half, scan())
