"""Whether a lesion's place turned fatty is judged against other marrow of the same two scans."""

from dataclasses import replace

import numpy as np
import pytest
from compared_boxes import ELSEWHERE, LARGE, SENSITIVE
from scoring_scenes import IDENTITY, box, grid, rois, visit

from mri_bme.compare_visits import compare_visits
from mri_bme.compare_visits.tissue import _fitting
from mri_bme.volume import Mask, RigidTransform, Volume

NORMAL, NOISE = 300.0, 0.06


def with_t1(compared, factor=1.0, *, seed, gain=1.0, geometry=None, dark=()):
    """Give a visit T1W: marrow with noise, `factor` times as bright where `LARGE` lies."""
    geometry = geometry or compared.rois.geometry
    voxels = np.random.default_rng(seed).normal(1.0, NOISE, geometry.shape)
    voxels[LARGE] *= factor
    for place in dark:
        voxels[place] *= 0.3
    reference = np.zeros(geometry.shape, bool)
    reference[:, :, 25:36] = True
    where = replace(
        compared.rois, reference=Mask(geometry=compared.rois.geometry, voxels=reference)
    )
    t1 = Volume(geometry=geometry, voxels=(gain * NORMAL * voxels).astype(np.float32))
    return replace(compared, rois=where, t1=t1)


def resolved(before, after, **more):
    """Compare a lesion that is gone, T1W at its place being so bright before and after."""
    baseline = with_t1(visit("baseline", LARGE), before, seed=1)
    followup = with_t1(visit("week14"), after, seed=2, **more)
    report = compare_visits(baseline, followup, followup_from_baseline=IDENTITY, settings=SENSITIVE)
    (fate,) = report.fates
    return fate


@pytest.mark.parametrize(
    ("before", "after", "became"),
    [
        (0.6, 1.0, "resolved"),  # inflammation that is gone: T1W rose to that of marrow
        (0.6, 1.4, "resolved, fatty"),
        (1.4, 1.4, "resolved"),  # it was fat before: nothing turned
        (1.0, 1.0, "resolved"),
    ],
)
def test_fat_is_what_rose_beyond_its_error_and_above_other_marrow(before, after, became) -> None:
    assert resolved(before, after).became == became


def test_t1w_is_told_in_multiples_of_each_visits_own_marrow() -> None:
    fate = resolved(0.6, 1.4, gain=3.0)
    assert fate.tissue is not None
    assert fate.tissue.baseline == pytest.approx(0.6, abs=0.02)
    assert fate.tissue.followup == pytest.approx(1.4, abs=0.02)
    assert fate.became == "resolved, fatty"


def test_the_error_of_a_mean_is_that_of_as_many_voxels_elsewhere() -> None:
    """Noise of n independent voxels: SD of the change of a mean is noise x sqrt(2 / n)."""
    fate = resolved(1.0, 1.0)
    assert fate.tissue is not None
    n = np.zeros(grid().shape)[LARGE].size
    expected = 1.96 * NOISE * np.sqrt(2 / n)
    found = (fate.tissue.usual_change.high - fate.tissue.usual_change.low) / 2
    assert found == pytest.approx(expected, rel=0.35)


def test_a_lesion_that_stays_has_its_tissue_and_no_such_word() -> None:
    baseline = with_t1(visit("baseline", LARGE), 0.6, seed=1)
    followup = with_t1(visit("week14", LARGE), 1.4, seed=2)
    report = compare_visits(baseline, followup, followup_from_baseline=IDENTITY, settings=SENSITIVE)
    assert [fate.became for fate in report.fates] == ["stable", "stable"]
    assert all(fate.tissue is not None and fate.tissue.is_fatty for fate in report.fates)


def test_without_t1w_of_both_visits_nothing_is_said() -> None:
    baseline = with_t1(visit("baseline", LARGE, ELSEWHERE), 0.6, seed=1)
    followup = replace(with_t1(visit("week14"), 1.4, seed=2), t1=None)
    report = compare_visits(baseline, followup, followup_from_baseline=IDENTITY, settings=SENSITIVE)
    assert {(fate.became, fate.tissue) for fate in report.fates} == {("resolved", None)}


def test_the_place_moves_with_the_pelvis_and_no_intensity_does() -> None:
    shift = np.eye(4)
    shift[:3, 3] = (6.0, 4.0, -8.0)  # whole voxels: the same voxels lie at other points
    moved = grid(shift_mm=(6.0, 4.0, -8.0))
    baseline = with_t1(visit("baseline", LARGE), 0.6, seed=1)
    followup = with_t1(visit("week14", where=rois(moved)), 1.4, seed=2, geometry=moved)
    report = compare_visits(
        baseline,
        followup,
        followup_from_baseline=RigidTransform(b_from_a=shift),
        settings=SENSITIVE,
    )
    assert report.fates[0].tissue == resolved(0.6, 1.4).tissue


def test_t1w_that_misses_the_lesion_says_nothing_of_it() -> None:
    far = grid(shift_mm=(0.0, 500.0, 0.0))
    assert resolved(0.6, 1.4, geometry=far).tissue is None


def test_other_lesions_are_no_measure_of_what_is_usual() -> None:
    """More than half of the marrow is edema at both visits, and dark on T1W."""
    wide = (box((0, 10), (0, 40), (0, 25)), box((0, 10), (0, 40), (36, 45)))
    baseline = with_t1(visit("baseline", LARGE, *wide), 0.6, seed=1, dark=wide)
    followup = with_t1(visit("week14", *wide), 1.0, seed=2, dark=wide)
    report = compare_visits(baseline, followup, followup_from_baseline=IDENTITY, settings=SENSITIVE)
    tissue = next(fate.tissue for fate in report.fates if fate.lesion_id == "L1")
    assert tissue is not None
    assert 0.9 < tissue.usual_followup.low < tissue.usual_followup.high < 1.1


def test_a_place_is_the_shape_moved_and_ends_at_the_box() -> None:
    rng = np.random.default_rng(4)
    other = rng.random((4, 6, 7)) < 0.6
    shape = np.flatnonzero(rng.random(other.shape) < 0.1)
    starts = np.flatnonzero(other)
    voxels = np.argwhere(other * 0 + 1).reshape(*other.shape, 3)
    fits = _fitting(other, shape, starts)
    assert fits.any()
    assert not fits.all()
    places = voxels.reshape(-1, 3)
    for start, row in zip(places[starts], fits, strict=True):
        moved = places[shape] - places[shape[len(shape) // 2]] + start
        expected = [
            bool(np.all((at >= 0) & (at < other.shape)) and other[tuple(at)]) for at in moved
        ]
        assert row.tolist() == expected
