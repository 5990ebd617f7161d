"""One source of error at a time, by what the draws of a visit know."""

import numpy as np
import pytest

from mri_bme.measurement_error import ingredients, quadrant_draws
from mri_bme.measurement_error.doubtful import Doubtful
from mri_bme.measurement_error.draws import LEVEL_SD, UNSEEN_ML, Ingredients
from mri_bme.measurement_error.sensitivity import (
    JUDGE,
    REACH,
    READER,
    REFERENCE,
    REGISTRATION,
    ROI_EDGE,
    SMALL,
    SOURCES,
    THRESHOLD,
    source_ends_ml,
)

VOXEL_ML = 0.01


def found(rows: slice, columns: slice, share: float = 1.0) -> Ingredients:
    """One lesion in the first quadrant, which ends at rows and columns of 10."""
    labels = np.zeros((4, 20, 20), np.uint8)
    labels[:, :10, :10], labels[:, 10:, :10] = 1, 2
    fraction, owner = np.zeros(labels.shape, np.float32), np.zeros(labels.shape, np.int32)
    fraction[1:3, rows, columns], owner[1:3, rows, columns] = share, 1
    return ingredients(fraction, owner, labels, voxel_volume_ml=VOXEL_ML)


LARGE = found(slice(2, 8), slice(2, 8))  # 0.72 mL, clear of every edge
SMALL_ONE = found(slice(4, 5), slice(4, 6))  # 0.04 mL
FAINT = found(slice(2, 8), slice(2, 8), 0.5)


def ends(sums: Ingredients, source: str, **known: object) -> tuple[float, float]:
    told = {"reference_cv": 0.1, "roi_edge_voxels": 0.5, **known}
    low, high = source_ends_ml(sums, **told)[source].sum(axis=1)  # type: ignore[arg-type]
    return float(low), float(high)


def test_a_reading_has_its_own_outline_and_no_doubts_of_the_program() -> None:
    assert set(source_ends_ml(LARGE, reference_cv=0.1, roi_edge_voxels=0.5)) == set(SOURCES) - {
        READER,
        REGISTRATION,
    }
    read = source_ends_ml(LARGE, reference_cv=0.1, roi_edge_voxels=0.5, is_read=True)
    assert set(read) == {READER, REFERENCE, ROI_EDGE}


def test_outline_and_reference_move_voxels_that_are_edema_in_part_alone() -> None:
    assert ends(FAINT, THRESHOLD)[0] == pytest.approx(0.36 - REACH * LEVEL_SD * 0.72)
    assert ends(FAINT, REFERENCE) == pytest.approx((0.36 - 0.098 * 0.72, 0.36 + 0.098 * 0.72))
    assert ends(LARGE, THRESHOLD)[0] == pytest.approx(0.72)
    assert ends(LARGE, THRESHOLD)[1] > 0.72


def test_a_lesion_hardly_above_its_cut_off_is_lost_with_a_brighter_reference() -> None:
    assert ends(LARGE, REFERENCE, heights=np.array([1.05]))[0] == pytest.approx(0)
    assert ends(LARGE, REFERENCE, heights=np.array([1.2]))[0] == pytest.approx(0.72)


def test_the_edge_of_the_regions_moves_edema_at_the_rim_alone() -> None:
    assert ends(LARGE, ROI_EDGE) == pytest.approx((0.72, 0.72))
    at_edge = found(slice(0, 4), slice(2, 8))
    low, high = ends(at_edge, ROI_EDGE)
    assert high - 0.48 == pytest.approx(REACH * 0.5 * 12 * VOXEL_ML)
    assert 0.48 - low == pytest.approx(REACH * 0.5 * 12 * VOXEL_ML)


@pytest.mark.parametrize(("likeliest", "low"), [(0.45, 0.0), (0.55, 0.72)])
def test_the_judge_takes_lesions_that_fewer_than_half_call_edema(
    likeliest: float, low: float
) -> None:
    assert ends(LARGE, JUDGE, likeliest=np.array([likeliest]))[0] == pytest.approx(low)


@pytest.mark.parametrize(
    ("by_judge", "chance", "moved"),
    [(True, 0.15**2, JUDGE), (True, 0.05**2, None), (False, 0.5, SMALL), (False, 0.01, None)],
)
def test_what_was_left_out_comes_back_with_what_left_it_out(
    by_judge: bool, chance: float, moved: str | None
) -> None:
    volumes = np.zeros((1, 9))
    volumes[0, 2] = 0.2
    left_out = Doubtful(
        volumes_ml=volumes, chances=np.array([chance]), by_judge=np.array([by_judge])
    )
    grown = {
        source: ends(LARGE, source, doubtful=left_out)[1] - ends(LARGE, source)[1] > 0.2
        for source in (JUDGE, SMALL, THRESHOLD)
    }
    assert grown == {source: source == moved for source in grown}


def test_a_small_lesion_may_be_none_and_a_little_may_be_unseen() -> None:
    assert ends(SMALL_ONE, SMALL)[0] == pytest.approx(0)
    assert ends(LARGE, SMALL) == pytest.approx((0.72, 0.72 + REACH * UNSEEN_ML))


def test_no_single_source_moves_further_than_all_draws_together() -> None:
    known = {"reference_cv": 0.1, "roi_edge_voxels": 0.5}
    at_edge = found(slice(0, 4), slice(2, 8), 0.9)
    drawn = quadrant_draws(at_edge, **known, n_draws=512).sum(axis=1)  # type: ignore[arg-type]
    low, high = np.quantile(drawn, [0.005, 0.995])
    for source in (THRESHOLD, REFERENCE, ROI_EDGE):
        least, most = ends(at_edge, source)
        assert least >= low - 0.01
        assert most <= high + 0.01
