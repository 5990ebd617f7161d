"""Quadrants belong to the bone, not to the slices: one pelvis on differently turned grids."""

import numpy as np
import pytest
from box_pelvis import box_pelvis, semicoronal_geometry
from numpy.typing import NDArray

from mri_bme.place_rois import place_rois
from mri_bme.resample import resample_labels, resample_voxels
from mri_bme.sacroiliac import QUADRANTS, REGIONS, BoneLabel, SacroiliacRois
from mri_bme.volume import FloatArray, Volume, VolumeGeometry, reorder_geometry

TILT = np.radians(40)
BACK, UP = np.array([0, np.cos(TILT), np.sin(TILT)]), np.array([0, -np.sin(TILT), np.cos(TILT)])
LEFT = np.array([1.0, 0, 0])
DOWN_THE_TABLE, TO_THE_BACK = np.array([0, 0, -1.0]), np.array([0, 1.0, 0])


def grid(axes: tuple[FloatArray, ...], spacing: tuple[float, ...]) -> VolumeGeometry:
    """A box around the middle of the pelvis."""
    shape = [int(size / step) for size, step in zip((150, 150, 190), spacing, strict=True)]
    matrix = np.eye(4)
    matrix[:3, :3] = np.stack(axes, axis=1) * np.array(spacing)
    matrix[:3, 3] = -matrix[:3, :3] @ ((np.array(shape) - 1) / 2)
    return VolumeGeometry(shape=(shape[0], shape[1], shape[2]), lps_from_index=matrix)


def turned(axes: tuple[FloatArray, ...], degrees: float) -> tuple[FloatArray, ...]:
    angle = np.radians(degrees)
    about_head = np.array(
        [[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]]
    )
    return tuple(about_head @ axis for axis in axes)


SEMICORONAL = (BACK, -UP, LEFT)
AXIAL = (DOWN_THE_TABLE, TO_THE_BACK, LEFT)
GRIDS = {
    "axial": grid(AXIAL, (4.0, 1.0, 1.0)),
    "axial, feet first": reorder_geometry(
        grid(AXIAL, (4.0, 1.0, 1.0)), (0, 1, 2), (True, False, True)
    ),
    "isotropic": grid(AXIAL, (2.0, 2.0, 2.0)),
    "oblique": grid(turned(SEMICORONAL, 8), (4.0, 1.0, 1.0)),
}


def pelvis(geometry: VolumeGeometry) -> NDArray[np.uint8]:
    """A sacrum 80 mm long and 40 mm thick between slanting joints 60 mm high."""
    points = geometry.points_lps(np.moveaxis(np.indices(geometry.shape), 0, -1))
    x, back, up = points @ LEFT, points @ BACK, points @ UP
    joint = 42 + 0.2 * up - 0.15 * back
    bones = np.zeros(geometry.shape, dtype=np.uint8)
    sacrum = (np.abs(x) < joint - 1.5) & (np.abs(back) < 20) & (np.abs(up) < 40)
    bones[sacrum] = BoneLabel.SACRUM
    iliac = (np.abs(x) > joint + 1.5) & (np.abs(x) < 80) & (np.abs(back) < 20) & (np.abs(up) < 30)
    bones[iliac & (x > 0)] = BoneLabel.LEFT_ILIUM
    bones[iliac & (x < 0)] = BoneLabel.RIGHT_ILIUM
    return bones


def placed(geometry: VolumeGeometry) -> SacroiliacRois:
    volume = Volume(geometry=geometry, voxels=np.ones(geometry.shape))
    return place_rois(volume, bones=pelvis(geometry))


@pytest.fixture(scope="module")
def semicoronal() -> SacroiliacRois:
    return placed(grid(SEMICORONAL, (4.0, 1.0, 1.0)))


@pytest.mark.parametrize("name", list(GRIDS))
def test_another_acquisition_gives_the_same_quadrants(
    name: str, semicoronal: SacroiliacRois
) -> None:
    geometry = GRIDS[name]
    rois = placed(geometry)
    expected = resample_labels(semicoronal.quadrants, semicoronal.geometry, geometry)
    both = (expected > 0) & (rois.quadrants > 0)
    assert np.mean(expected[both] == rois.quadrants[both]) > 0.94
    for label in QUADRANTS:
        here = np.count_nonzero(rois.quadrants == label) * geometry.voxel_volume_ml
        there = semicoronal.region(QUADRANTS[label].name).volume_ml
        assert here == pytest.approx(there, rel=0.15), QUADRANTS[label].name
    distance = resample_voxels(
        semicoronal.joint_distance_mm, semicoronal.geometry, geometry, order=1
    )
    assert np.median(np.abs(distance - rois.joint_distance_mm)[both]) < 0.6


@pytest.mark.parametrize(
    ("joint_rows", "has_lower"), [(26, False), (29, False), (31, True), (60, True)]
)
def test_sparcc_counts_upper_quadrants_only_where_the_joint_is_under_three_centimetres(
    joint_rows: int, has_lower: bool
) -> None:
    geometry = semicoronal_geometry()
    bones = box_pelvis(geometry)
    bones[:, 10 + joint_rows :] = 0
    rois = place_rois(Volume(geometry=geometry, voxels=np.ones(geometry.shape)), bones=bones)
    lower = np.isin(rois.quadrants, [n for r in REGIONS if r.endswith("lower") for n in REGIONS[r]])
    assert lower.any() == has_lower


def test_each_slice_has_its_own_joint_height() -> None:
    geometry = semicoronal_geometry()
    bones = box_pelvis(geometry)
    bones[:3, 36:] = 0  # 26 mm in front: upper only
    bones[-1:, 18:] = 0  # 8 mm behind: no joint there, as the slice beside it
    rois = place_rois(Volume(geometry=geometry, voxels=np.ones(geometry.shape)), bones=bones)
    is_lower = np.isin(
        rois.quadrants, [n for r in REGIONS if r.endswith("lower") for n in REGIONS[r]]
    )
    assert not is_lower[:3].any()
    rows = np.nonzero(is_lower[4])[0]
    assert rows.min() == 40  # the joint runs from row 10 to row 69
    assert not is_lower[-1].any()
