"""Joints that a volume shows whole, and joints that it cuts."""

import numpy as np
import pytest
from numpy.typing import NDArray

from mri_bme.place_rois.axes import PelvisAxes
from mri_bme.place_rois.confidence import JointCoverage, joint_coverage
from mri_bme.sacroiliac import BoneLabel

CORONAL = PelvisAxes(order=(0, 1, 2), flipped=(False,) * 3, spacing_mm=(4.0, 1.0, 1.0))
AXIAL = PelvisAxes(order=(1, 0, 2), flipped=(False,) * 3, spacing_mm=(1.0, 4.0, 1.0))
WHOLE = JointCoverage()


def pelvis(depth: slice, height: slice) -> NDArray[np.uint8]:
    """Sacrum between ilia 2 mm away, in the given slices and rows of 20 slices of 60 x 80."""
    labels = np.zeros((20, 60, 80), dtype=np.uint8)
    labels[depth, height, 10:28] = BoneLabel.RIGHT_ILIUM
    labels[depth, height, 30:50] = BoneLabel.SACRUM
    labels[depth, height, 52:70] = BoneLabel.LEFT_ILIUM
    return labels


def coverage(labels: NDArray[np.uint8], n_slices: int = 20, n_rows: int = 60) -> JointCoverage:
    has_signal = np.zeros(labels.shape, dtype=bool)
    has_signal[:n_slices, :n_rows] = True
    return joint_coverage(labels, has_signal, CORONAL, max_gap_mm=8.0)


def test_a_joint_within_the_volume_is_whole() -> None:
    assert coverage(pelvis(slice(4, 14), slice(10, 50))) == WHOLE


@pytest.mark.parametrize("rows", [slice(2, 40), slice(30, 58)], ids=["upper", "lower"])
def test_a_joint_at_the_edge_of_its_slices_is_cut(rows: slice) -> None:
    assert coverage(pelvis(slice(4, 14), rows)).is_cut_in_plane


@pytest.mark.parametrize("slices", [slice(0, 9), slice(11, 20)], ids=["first", "last"])
def test_a_joint_in_the_outermost_slice_is_cut_and_its_seen_part_measured(slices: slice) -> None:
    assert coverage(pelvis(slices, slice(10, 50))) == JointCoverage(cut_slab_mm=36.0)


def test_what_is_padded_with_zeros_ends_where_they_begin() -> None:
    labels = pelvis(slice(4, 14), slice(10, 40))
    assert coverage(labels, n_rows=40).is_cut_in_plane
    labels = pelvis(slice(4, 9), slice(10, 50))
    assert coverage(labels, n_slices=9).cut_slab_mm == 20.0
    assert coverage(labels, n_slices=10) == WHOLE


def test_the_tip_of_a_joint_in_the_last_slice_is_no_cut() -> None:
    labels = pelvis(slice(4, 19), slice(10, 50))
    labels[19] = pelvis(slice(19, 20), slice(20, 29))[19]
    assert coverage(labels) == WHOLE


def test_one_cut_joint_is_enough() -> None:
    labels = pelvis(slice(4, 14), slice(10, 50))
    left = pelvis(slice(4, 14), slice(10, 58))
    labels[..., 40:] = left[..., 40:]
    assert coverage(labels).is_cut_in_plane


def test_the_joint_that_is_seen_least_counts() -> None:
    labels = pelvis(slice(14, 20), slice(10, 50))
    left = pelvis(slice(8, 20), slice(10, 50))
    labels[..., 40:] = left[..., 40:]
    assert coverage(labels).cut_slab_mm == 24.0


def test_the_slices_of_an_axial_volume_end_at_head_and_foot() -> None:
    labels = np.ascontiguousarray(pelvis(slice(0, 9), slice(10, 50)).transpose(1, 0, 2))
    found = joint_coverage(labels, np.ones(labels.shape, dtype=bool), AXIAL, max_gap_mm=8.0)
    assert found == JointCoverage(cut_slab_mm=36.0)
