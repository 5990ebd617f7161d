"""Voxels at an edge count by their share of edema."""

import numpy as np
import pytest
from marrow_scenes import HARD_EDGE_ERROR, SPACING, geometry, rois, scan, two_bones

from mri_bme.sacroiliac import rois_from_labels
from mri_bme.segment_edema import segment_edema
from mri_bme.segment_edema.partial_volume import FAINT, against_normal, edema_fractions
from mri_bme.volume import Volume


def test_edema_up_to_the_cortex_is_measured_up_to_the_cortex() -> None:
    """The outermost voxels of bone are part cortex, part marrow: no edema starts there."""
    labels, marrow = two_bones(), np.array(scan(lesion=1.0).voxels)
    labels[:, :, 60] = 0  # a joint space of 2.4 mm; the ilium begins at column 61
    wide = rois_from_labels(geometry(), labels, reference=rois().reference)
    edema = np.array(marrow)
    edema[2:8, 10:30, 61:80] *= 2.0
    edema[2:8, 10:30, 61] *= 0.5
    found = segment_edema(Volume(geometry=geometry(), voxels=edema), wide)
    truth = 6 * 20 * 19 * 3.3 * 0.8 * 0.8 / 1000
    assert found.edema_ml == pytest.approx(truth, rel=0.05)
    assert found.mask.voxels[5, 20, 61]

    marrow[2:8, 10:30, 61] *= 4.0  # partial volume of fluid in the joint
    beside_fluid = segment_edema(Volume(geometry=geometry(), voxels=marrow), wide)
    assert beside_fluid.lesions == ()
    assert any(lost.rule == "rim" for lost in beside_fluid.dropped)


@pytest.mark.parametrize("ratio", [1.6, 2.8])
def test_faint_and_bright_lesions_that_fade_are_measured_alike(ratio: float) -> None:
    """A fixed cut-off finds too little of faint lesions and too much of bright ones."""
    columns = np.arange(80) * SPACING[2]
    share = np.clip((64.0 - columns) / 4.0 - 2.0, 0, 1)  # full to 52 mm, none from 56 mm on
    share[:60] = 0
    voxels = np.array(scan(lesion=1.0).voxels)
    voxels[2:8, 10:50] *= 1 + (ratio - 1) * share
    found = segment_edema(Volume(geometry=geometry(), voxels=voxels), rois())
    truth = 6 * 40 * share.sum() * 3.3 * 0.8 * 0.8 / 1000
    assert found.edema_ml == pytest.approx(truth, rel=0.1)


def test_dark_tissue_is_not_made_even_entirely() -> None:
    """Half as bright as marrow, as is normal there: less than normal marrow to an outline."""
    relative = np.array([0.5, 1.2], dtype=np.float32)
    normal = np.array([0.5, 1.1], dtype=np.float32)
    dark, fatty = against_normal(relative, normal)
    assert 0.75 < dark < 0.9
    assert fatty == pytest.approx(1.2)


def test_a_voxel_half_filled_counts_half_and_the_inside_counts_whole() -> None:
    relative = np.ones((1, 60, 60), dtype=np.float32)
    relative[0, 20:40, 20:40] = 2.0
    relative[0, 20:40, 40] = 1.5  # half of these voxels is edema
    relative[0, 26, 26] = 1.5  # fainter, but deep inside
    labels = np.zeros(relative.shape, dtype=np.int32)
    labels[0, 20:40, 20:40] = 1
    searched = np.ones(relative.shape, dtype=bool)
    spacing = np.array([4.0, 1.0, 1.0])
    share, owner = edema_fractions(relative, labels, searched, np.zeros_like(searched), spacing)
    assert share[0, 30, 30] == 1.0
    assert share.sum() == pytest.approx(20 * 20.5, rel=HARD_EDGE_ERROR)
    assert share[0, 30, 44:].max() == 0
    assert set(np.unique(owner)) == {0, 1}
    assert share[share > 0].min() >= FAINT
    deep = slice(23, 37)
    assert (share[0, deep, deep] == 1).all()
    assert 0.3 < share[0, 30, 40] < 0.7


def test_without_a_lesion_nothing_is_credited() -> None:
    nothing = np.zeros((2, 5, 5), dtype=np.int32)
    everywhere = np.ones(nothing.shape, dtype=bool)
    bright = np.full(nothing.shape, 3.0, dtype=np.float32)
    share, owner = edema_fractions(bright, nothing, everywhere, ~everywhere, np.ones(3))
    assert not share.any()
    assert not owner.any()
