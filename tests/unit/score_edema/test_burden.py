import numpy as np
import pytest
from scoring_scenes import VOXEL_ML, box, rois, segmentation

from mri_bme.sacroiliac import QUADRANTS, REGIONS
from mri_bme.score_edema import score_edema
from mri_bme.volume import Mask

LEFT_ILIUM = box((2, 4), (18, 22), (46, 50))  # 2 slices x 4 rows x 4 columns, half of it upper
RIGHT_SACRUM = box(5, (2, 6), (20, 25))


def test_quadrants_sides_and_bones_add_up_to_the_total() -> None:
    regions = score_edema(segmentation(LEFT_ILIUM, RIGHT_SACRUM), rois()).regions
    total = regions["total"].edema_ml
    assert total == pytest.approx((32 + 20) * VOXEL_ML)
    assert sum(regions[q.name].edema_ml for q in QUADRANTS.values()) == pytest.approx(total)
    assert regions["left"].edema_ml + regions["right"].edema_ml == pytest.approx(total)
    assert regions["sacrum"].edema_ml + regions["ilium"].edema_ml == pytest.approx(total)
    assert list(regions) == list(REGIONS)


def test_edema_is_found_in_the_region_it_lies_in() -> None:
    regions = score_edema(segmentation(LEFT_ILIUM), rois()).regions
    assert regions["left_ilium_upper"].edema_ml == pytest.approx(16 * VOXEL_ML)
    assert regions["left_ilium_lower"].edema_ml == pytest.approx(16 * VOXEL_ML)
    assert regions["right"].edema_ml == 0


def test_no_edema_is_zero_millilitres_with_no_intensity() -> None:
    total = score_edema(segmentation(), rois()).regions["total"]
    assert (total.edema_ml, total.n_lesions, total.edema_fraction) == (0, 0, 0)
    assert total.relative_intensity_mean is None


def test_partial_volume_is_credited_and_counted_voxels_are_not_changed_by_it() -> None:
    share = np.zeros(rois().geometry.shape)
    share[LEFT_ILIUM] = 0.75
    total = score_edema(segmentation(LEFT_ILIUM, fraction=share), rois()).regions["total"]
    assert total.edema_ml == pytest.approx(0.75 * 32 * VOXEL_ML)
    assert total.counted_ml == pytest.approx(32 * VOXEL_ML)


def test_depth_bands_part_the_total_by_distance_from_the_joint() -> None:
    burden = score_edema(segmentation(box(2, 4, (46, 60))), rois())  # 2, 4, ... 28 mm deep
    assert list(burden.bands) == ["0-5 mm", "5-10 mm", "10-20 mm", ">=20 mm"]
    n_voxels = [round(band.edema_ml / VOXEL_ML) for band in burden.bands.values()]
    assert n_voxels == [2, 2, 5, 5]


def test_only_common_marrow_is_counted() -> None:
    first_slices = np.zeros(rois().geometry.shape, bool)
    first_slices[:3] = True
    within = Mask(geometry=rois().geometry, voxels=first_slices)
    burden = score_edema(segmentation(LEFT_ILIUM), rois(), within=within)
    assert burden.regions["total"].edema_ml == pytest.approx(16 * VOXEL_ML)
    assert burden.regions["total"].roi_ml == pytest.approx(rois().mask.volume_ml * 3 / 10)


def test_interval_comes_from_the_draws_and_holds_the_estimate() -> None:
    draws = np.zeros((101, 9))
    draws[:, 1] = np.linspace(0.4, 0.8, 101)  # the quadrant holds 16 voxels, 0.32 mL
    total = score_edema(segmentation(LEFT_ILIUM, draws=draws), rois()).regions["total"]
    assert total.interval_ml is not None
    assert total.interval_ml.low == pytest.approx(0.41)
    assert total.interval_ml.high == pytest.approx(0.79)
    empty = score_edema(segmentation(draws=draws), rois()).regions["total"]
    assert empty.interval_ml is not None
    assert empty.interval_ml.low == 0


def test_a_single_draw_makes_no_interval() -> None:
    assert score_edema(segmentation(LEFT_ILIUM), rois()).regions["total"].interval_ml is None
