"""Bones that were given: whose numbers they have, and what cannot be used."""

import numpy as np
import pytest
from box_pelvis import SHAPE, box_pelvis, semicoronal_geometry

from mri_bme.errors import RoiNotFound
from mri_bme.place_rois import known_bones
from mri_bme.settings import RoiSettings
from mri_bme.volume import Volume

GEOMETRY = semicoronal_geometry()
BONES = box_pelvis(GEOMETRY)
VOLUME = Volume(geometry=GEOMETRY, voxels=np.ones(SHAPE))


@pytest.mark.parametrize(
    ("numbers", "settings"),
    [
        ((0, 1, 2, 3, 4), RoiSettings()),
        ((0, 18, 38, 39, 0), RoiSettings()),  # TotalSegmentator MR
        (
            (0, 7, 9, 5, 0),
            RoiSettings(bone_numbers={"sacrum": (7,), "left_ilium": (9,), "right_ilium": (5,)}),
        ),
    ],
)
def test_bones_are_known_by_their_numbers(numbers: tuple[int, ...], settings: RoiSettings) -> None:
    given = np.array(numbers)[BONES]
    np.testing.assert_array_equal(known_bones(given, VOLUME, settings=settings), BONES)


def test_maps_that_are_empty_or_of_another_shape_are_refused() -> None:
    with pytest.raises(RoiNotFound, match="the bone map is empty"):
        known_bones(np.zeros(SHAPE, dtype=int), VOLUME)
    with pytest.raises(RoiNotFound, match=r"\(2, 3, 4\) bone labels do not fit"):
        known_bones(np.ones((2, 3, 4), dtype=int), VOLUME)
