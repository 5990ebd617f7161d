"""One source of error at a time, by what the draws of a visit know."""

from dataclasses import replace

import numpy as np
import pytest

from mri_bme.measurement_error import ingredients, quadrant_draws
from mri_bme.measurement_error.doubtful import Doubtful
from mri_bme.measurement_error.draws import (
    LEVEL_SD,
    MISSED_SHELL_MM,
    UNSEEN_ML,
    WIDE_SHELL_MM,
    Ingredients,
)
from mri_bme.measurement_error.sensitivity import (
    CHOICE,
    JUDGE,
    LOOK,
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
from mri_bme.measurement_error.unsure import UnsureLook

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
        CHOICE,
        LOOK,
        READER,
        REGISTRATION,
    }
    read = source_ends_ml(LARGE, reference_cv=0.1, roi_edge_voxels=0.5, is_read=True)
    assert set(read) == {READER, REFERENCE, ROI_EDGE}


def test_a_doubtful_look_is_a_source_of_its_own() -> None:
    look = UnsureLook(hidden=0.25, faint_ml=0.1, sizes=(0.5, 0.8))
    bright = np.array([0, 0.32, *[0] * 7])
    assert ends(LARGE, LOOK, look=look, bright_ml=bright) == pytest.approx(
        (0.5 * 0.4, 0.72 + REACH * (0.25 * 0.72 + 0.1))
    )
    assert ends(LARGE, LOOK, look=UnsureLook(surplus=0.2)) == pytest.approx(
        (0.72 * (1 - REACH * 0.2), 0.72)
    )


def test_outline_and_reference_move_voxels_that_are_edema_in_part_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert ends(FAINT, REFERENCE) == pytest.approx((0.36 - 0.098 * 0.72, 0.36 + 0.098 * 0.72))
    for shell in ("MISSED_SHELL_MM", "WIDE_SHELL_MM"):
        monkeypatch.setattr(f"mri_bme.measurement_error.sensitivity.{shell}", 0.0)
    moved = REACH * LEVEL_SD * 0.72
    assert ends(FAINT, THRESHOLD) == pytest.approx((0.36 - moved, 0.36 + moved), abs=0.003)
    assert ends(LARGE, THRESHOLD) == pytest.approx((0.72, 0.72))


def test_an_outline_moves_by_the_shells_that_the_interval_has() -> None:
    """A sphere of 0.72 mL has 3.88 cm² of surface."""
    low, high = ends(LARGE, THRESHOLD)
    assert 0.72 - low == pytest.approx(REACH * WIDE_SHELL_MM / 10 * 3.88, rel=0.03)
    assert high - 0.72 == pytest.approx(REACH * MISSED_SHELL_MM / 10 * 3.88, rel=0.03)


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
    [(True, 0.05**2, JUDGE), (True, 0.01**2, None), (False, 0.5, SMALL), (False, 0.01, None)],
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
    assert ends(LARGE, SMALL) == pytest.approx((0.72, 0.72 + REACH * UNSEEN_ML), abs=0.001)


def many(n: int) -> tuple[Ingredients, Doubtful]:
    """Lesions of 0.5 mL, which nobody doubts, and as many specks of 0.02 mL that were left out."""
    lesions, specks = np.zeros((n, 9)), np.zeros((n, 9))
    lesions[:, 1], specks[:, 2] = 0.5, 0.02
    by_quadrant = lesions.sum(axis=0)
    sums = Ingredients(
        found=by_quadrant,
        mixed=0.4 * by_quadrant,
        at_rim=0.1 * by_quadrant,
        marrow=np.full(9, 20.0),
        at_division=np.zeros(9),
        lesions=lesions,
    )
    left_out = Doubtful(
        volumes_ml=specks, chances=np.full(n, 0.2), by_judge=np.zeros(n, dtype=bool)
    )
    return sums, left_out


@pytest.mark.parametrize("n", [1, 5, 60])
def test_no_single_source_moves_further_than_all_draws_together(n: int) -> None:
    sums, left_out = many(n)
    known = {"reference_cv": 0.1, "roi_edge_voxels": 0.5, "doubtful": left_out}
    drawn = quadrant_draws(sums, **known, n_draws=512).sum(axis=1)  # type: ignore[arg-type]
    low, high = np.quantile(drawn, [0.025, 0.975])
    for source in (THRESHOLD, REFERENCE, ROI_EDGE, SMALL):
        least, most = ends(sums, source, **known)
        assert least >= low - 0.03 * sums.found.sum()
        assert most <= high + 0.03 * sums.found.sum()


def test_the_ends_hold_the_estimate_however_many_specks_may_be_edema() -> None:
    sums, left_out = many(60)
    likely = replace(left_out, chances=np.full(60, 0.9))
    least, most = ends(sums, SMALL, doubtful=likely)
    assert least == pytest.approx(sums.found.sum())
    assert most > least
