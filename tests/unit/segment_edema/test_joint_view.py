"""The judge sees every joint the same way round, however the scan is stored."""

from dataclasses import replace

import numpy as np
import pytest
from marrow_scenes import geometry, rois, scan

from mri_bme.sacroiliac import SacroiliacRois
from mri_bme.segment_edema.evidence import Evidence
from mri_bme.segment_edema.joint_view import (
    MULTIPLE,
    PIXEL_MM,
    Input,
    is_coronal,
    joint_views,
    network_planes,
)
from mri_bme.segment_edema.segmentation import gather_evidence
from mri_bme.settings import SegmentSettings
from mri_bme.volume import Mask, Volume, VolumeGeometry

RULES = SegmentSettings(judge="rules")


def evidence_of(volume: Volume, where: SacroiliacRois) -> Evidence:
    return gather_evidence(volume, where, None, RULES)[0]


def flipped(volume: Volume, where: SacroiliacRois, axis: int) -> tuple[Volume, SacroiliacRois]:
    """Store the same scan with an axis running the other way."""
    matrix = np.array(volume.geometry.lps_from_index)
    matrix[:3, 3] += matrix[:3, axis] * (volume.geometry.shape[axis] - 1)
    matrix[:3, axis] *= -1
    grid = VolumeGeometry(shape=volume.geometry.shape, lps_from_index=matrix)
    turned = replace(
        where,
        geometry=grid,
        quadrants=np.flip(where.quadrants, axis),
        joint_distance_mm=np.flip(where.joint_distance_mm, axis),
        reference=Mask(geometry=grid, voxels=np.flip(where.reference.voxels, axis)),
    )
    return Volume(geometry=grid, voxels=np.flip(volume.voxels, axis)), turned


@pytest.mark.parametrize("axis", [1, 2])
def test_a_joint_looks_the_same_whichever_way_rows_and_columns_run(axis: int) -> None:
    views = list(joint_views(evidence_of(scan(), rois())))
    others = list(joint_views(evidence_of(*flipped(scan(), rois(), axis))))
    assert len(views) == len(others) == 2
    for one, other in zip(views, others, strict=True):
        np.testing.assert_allclose(one.intensity, other.intensity, atol=1e-3)
        np.testing.assert_allclose(one.distance_mm, other.distance_mm, atol=1e-3)


def test_both_joints_have_the_ilium_on_the_same_side() -> None:
    for view in joint_views(evidence_of(scan(), rois())):
        marrow = view.marrow > 0.99
        columns = np.broadcast_to(np.arange(marrow.shape[2]), marrow.shape)
        ilium, sacrum = marrow & (view.distance_mm > 0), marrow & (view.distance_mm < 0)
        assert columns[ilium].mean() > columns[sacrum].mean()


def test_what_is_brought_to_the_view_and_back_stays_where_it_was() -> None:
    evidence = evidence_of(scan(), rois())
    rows, columns = np.indices(evidence.relative.shape[1:], dtype=np.float32)
    ramp = np.broadcast_to(rows + 3 * columns, evidence.relative.shape)
    for view in joint_views(evidence):
        back = view.from_view(view.to_view(ramp))
        inner = (slice(None), slice(2, -2), slice(2, -2))
        tenth_of_a_pixel = 0.1 * (1 + 3)
        np.testing.assert_allclose(back[inner], ramp[view.box][inner], atol=tenth_of_a_pixel)


def test_pixels_have_the_size_that_the_network_learned() -> None:
    for view in joint_views(evidence_of(scan(), rois())):
        height_mm = (view.box[1].stop - view.box[1].start) * geometry().spacing_mm[1]
        assert view.intensity.shape[1] * PIXEL_MM == pytest.approx(height_mm, abs=PIXEL_MM)


def test_planes_have_the_order_that_the_network_learned_and_miss_what_is_taken_away() -> None:
    view = next(joint_views(evidence_of(scan(), rois())))
    view = replace(view, t1=np.full_like(view.intensity, 1.5))
    n, height, across = view.intensity.shape
    planes = network_planes(view)
    assert planes.shape[:2] == (n, 9)
    assert not any(size % MULTIPLE for size in planes.shape[2:])
    seen = planes[:, :, :height, :across]
    np.testing.assert_allclose(seen[1:, 0], seen[:-1, 1])  # the slice before
    np.testing.assert_allclose(seen[:-1, 2], seen[1:, 1])  # the slice behind
    assert np.all(seen[:, 4] == 0.5)
    assert np.all(seen[:, 8] == 1)
    np.testing.assert_array_equal(network_planes(view, slices=slice(1, 3)), planes[1:3])
    assert not network_planes(view, without=Input.T1W)[:, [3, 4, 5, 8]].any()
    assert network_planes(view, without=Input.BRIGHTNESS)[:, :3].max() <= 0
    alone = network_planes(view, without=Input.NEIGHBOURS)
    assert np.array_equal(alone[:, 0], alone[:, 2])
    assert set(np.unique(network_planes(view, without=Input.JOINT)[:, 7])) == {-1.0, 1.0}


def test_axial_slices_are_not_what_the_judge_has_learned() -> None:
    assert is_coronal(geometry())
    axial = np.zeros((4, 4))
    axial[2, 0], axial[1, 1], axial[0, 2], axial[3, 3] = 3.3, 0.8, 0.8, 1
    assert not is_coronal(VolumeGeometry(shape=(10, 60, 80), lps_from_index=axial))
