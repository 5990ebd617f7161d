import numpy as np
import pytest
from scoring_scenes import IDENTITY, VOXEL_ML, box, grid, rois, visit

from mri_bme.compare_visits import compare_visits, smallest_detectable_change_ml
from mri_bme.findings import ComparedVisit, Fate, Verdict
from mri_bme.sacroiliac import REGIONS
from mri_bme.settings import CompareSettings
from mri_bme.volume import Mask, RigidTransform

SENSITIVE = CompareSettings(detectable_at_ml=(0.0,), detectable_ml=(0.05,), detection_limit_ml=0.01)
SMALL = box((2, 4), (5, 9), (46, 50))  # 0.64 mL
LARGE = box((2, 6), (3, 11), (46, 50))  # 2.56 mL, holds SMALL
ELSEWHERE = box((2, 4), (25, 29), (5, 9))
MIRRORED_VERDICT = {
    Verdict.NEW: Verdict.RESOLVED,
    Verdict.RESOLVED: Verdict.NEW,
    Verdict.INCREASED: Verdict.DECREASED,
    Verdict.DECREASED: Verdict.INCREASED,
}
MIRRORED_FATE = {
    Fate.NEW: Fate.RESOLVED,
    Fate.RESOLVED: Fate.NEW,
    Fate.GROWN: Fate.SHRUNK,
    Fate.SHRUNK: Fate.GROWN,
    Fate.MERGED: Fate.SPLIT,
    Fate.SPLIT: Fate.MERGED,
    Fate.STABLE: Fate.STABLE,
}


def compare(before, after, transform=IDENTITY, settings=SENSITIVE, **more):
    return compare_visits(
        before, after, followup_from_baseline=transform, settings=settings, **more
    )


def fates(report):
    return {(f.visit, f.label): f.fate for f in report.fates}


@pytest.mark.parametrize(
    ("before", "after", "verdict"),
    [
        ((LARGE,), (SMALL,), Verdict.DECREASED),
        ((SMALL,), (LARGE,), Verdict.INCREASED),
        ((LARGE,), (), Verdict.RESOLVED),
        ((), (LARGE,), Verdict.NEW),
        ((LARGE,), (LARGE,), Verdict.UNCHANGED),
        ((), (), Verdict.NONE),
    ],
)
def test_the_verdict_says_what_happened(before, after, verdict) -> None:
    report = compare(visit("baseline", *before), visit("week14", *after))
    assert report.verdict is verdict
    assert report.evaluable


def test_change_is_followup_minus_baseline() -> None:
    total = compare(visit("baseline", LARGE), visit("week14", SMALL)).regions["total"]
    assert total.change_ml == pytest.approx(-96 * VOXEL_ML)
    assert total.change_percent == pytest.approx(-75)


def test_a_change_inside_measurement_error_is_unchanged_however_large_the_percentage() -> None:
    settings = CompareSettings(
        detectable_at_ml=(0.0,), detectable_ml=(2.0,), detection_limit_ml=0.1
    )
    total = compare(visit("baseline", LARGE), visit("week14", SMALL), settings=settings)
    assert total.regions["total"].change_percent == pytest.approx(-75)
    assert total.verdict is Verdict.UNCHANGED


def test_percent_is_missing_when_the_baseline_is_below_the_detection_limit() -> None:
    settings = CompareSettings(detection_limit_ml=1.0, detectable_at_ml=(0,), detectable_ml=(0.5,))
    total = compare(visit("baseline", SMALL), visit("week14", LARGE), settings=settings)
    assert total.regions["total"].change_percent is None
    assert total.verdict is Verdict.NEW


def test_the_smallest_detectable_change_grows_with_the_volume() -> None:
    settings = CompareSettings(detectable_at_ml=(0, 10), detectable_ml=(1, 3))
    found = [smallest_detectable_change_ml(ml, settings) for ml in (0, 5, 10, 20)]
    assert found == [1, 2, 3, 6]


def moved_scene(motion):
    """The follow-up of a patient who lies elsewhere: same marrow, another place in space."""
    geometry = grid()
    moved = type(geometry)(
        shape=geometry.shape, lps_from_index=motion.b_from_a @ geometry.lps_from_index
    )
    return rois(moved)


def motion():
    angle = np.radians(7)
    matrix = np.eye(4)
    matrix[:2, :2] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    matrix[:3, 3] = (12.0, -7.0, 3.0)
    return RigidTransform(b_from_a=matrix)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ((LARGE, ELSEWHERE), (SMALL,)),
        ((SMALL,), (LARGE, ELSEWHERE)),
        ((LARGE,), (box(2, (3, 5), (46, 50)), box(4, (8, 11), (46, 50)))),
        ((), (SMALL,)),
    ],
)
def test_swapping_the_visits_negates_changes_and_mirrors_fates(before, after) -> None:
    draws = np.abs(np.random.default_rng(3).normal(1, 0.3, (50, 9)))
    there = motion()
    a = visit("baseline", *before, draws=draws)
    b = visit("week14", *after, where=moved_scene(there), draws=draws[::-1] * 1.2)
    forth, back = compare(a, b, there), compare(b, a, there.inverse())
    for name in REGIONS:
        one, other = forth.regions[name], back.regions[name]
        assert one.change_ml == pytest.approx(-other.change_ml, abs=1e-12)
        assert one.interval_ml.low == pytest.approx(-other.interval_ml.high, abs=1e-12)
        assert other.verdict is MIRRORED_VERDICT.get(one.verdict, one.verdict)
    assert fates(back) == {key: MIRRORED_FATE[fate] for key, fate in fates(forth).items()}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ((LARGE, ELSEWHERE), (SMALL,)),
        ((LARGE,), (box(2, (3, 5), (46, 50)), box(4, (8, 11), (46, 50)), ELSEWHERE)),
        ((), (SMALL,)),
    ],
)
def test_fates_add_up_to_the_total_change(before, after) -> None:
    share = np.random.default_rng(5).uniform(0, 1, rois().geometry.shape)
    share[share < 0.6] = 0  # partial volume all over the marrow, outside the lesions as well
    a = visit("baseline", *before, fraction=share * bool(before))
    b = visit("week14", *after, fraction=share**2)
    report = compare(a, b)
    change_ml = report.regions["total"].change_ml
    for seen_from, gone in (("week14", Fate.RESOLVED), ("baseline", Fate.NEW)):
        total = sum(f.change_ml for f in report.fates if f.visit == seen_from or f.fate is gone)
        assert total == pytest.approx(change_ml, abs=1e-9)


def test_lesions_keep_their_identity() -> None:
    parts = box(2, (3, 6), (46, 50)), box(5, (8, 11), (46, 50))
    split = compare(visit("baseline", ELSEWHERE, LARGE), visit("week14", *parts, ELSEWHERE))
    ids = {(f.visit, f.label): f.lesion_id for f in split.fates}
    assert ids == {
        ("baseline", 1): "L1",
        ("baseline", 2): "L2",
        ("week14", 1): "L2.1",
        ("week14", 2): "L2.2",
        ("week14", 3): "L1",
    }
    merged = compare(visit("baseline", *parts), visit("week14", LARGE, ELSEWHERE))
    assert [f.lesion_id for f in merged.fates] == ["L1", "L2", "L1+L2", "week14.2"]
    assert fates(merged)["week14", 2] is Fate.NEW


def test_a_lesion_shifted_by_a_small_registration_error_is_still_the_same() -> None:
    thin = box(3, (5, 6), (50, 54))
    nearby = box(3, (7, 8), (50, 54))  # 4 mm lower, no voxel in common
    report = compare(visit("baseline", thin), visit("week14", nearby))
    assert set(fates(report).values()) == {Fate.STABLE}


def test_lesions_on_both_faces_of_a_joint_are_not_one_lesion() -> None:
    sacral, iliac = box(3, (5, 9), (42, 45)), box(3, (5, 9), (46, 49))
    report = compare(visit("baseline", sacral), visit("week14", iliac))
    assert fates(report) == {("baseline", 1): Fate.RESOLVED, ("week14", 1): Fate.NEW}


def common(n_slices):
    inside = np.zeros(grid().shape, bool)
    inside[:n_slices] = True
    return Mask(geometry=grid(), voxels=inside)


def test_too_little_common_marrow_is_missing_not_zero() -> None:
    report = compare(visit("baseline", LARGE, common=common(4)), visit("week14", SMALL))
    total = report.regions["total"]
    assert report.verdict is Verdict.NOT_EVALUABLE
    assert not report.evaluable
    assert (total.change_ml, total.baseline_ml, total.change_percent) == (None, None, None)
    assert total.covered_fraction == pytest.approx(0.4)
    assert "40%" in total.reason


def test_coverage_is_that_of_the_worse_visit() -> None:
    a, b = visit("baseline", LARGE, common=common(9)), visit("week14", LARGE, common=common(6))
    assert compare(a, b).regions["left"].covered_fraction == pytest.approx(0.6)
    assert compare(b, a).regions["left"].covered_fraction == pytest.approx(0.6)


def test_a_lesion_outside_common_marrow_has_no_fate() -> None:
    outside = box((8, 10), (5, 9), (46, 50))
    a = visit("baseline", SMALL, outside, common=common(7))
    b = visit("week14", SMALL, common=common(7))
    report = compare(a, b)
    assert fates(report) == {("baseline", 1): Fate.STABLE, ("week14", 1): Fate.STABLE}
    assert report.regions["total"].change_ml == 0


@pytest.mark.parametrize("gone", ["baseline", "week14"])
def test_an_unmeasured_visit_makes_the_change_missing_with_its_reason(gone) -> None:
    missing = ComparedVisit(label=gone, reason="no fluid-sensitive series")
    measured = visit("week14" if gone == "baseline" else "baseline", LARGE)
    pair = (missing, measured) if gone == "baseline" else (measured, missing)
    report = compare(*pair)
    assert report.regions["left_ilium"].change_ml is None
    assert report.reasons == (f"{gone}: no fluid-sensitive series",)


def test_a_failed_registration_makes_the_change_missing() -> None:
    report = compare(visit("baseline", LARGE), visit("week14", LARGE), None, reason="no overlap")
    assert report.verdict is Verdict.NOT_EVALUABLE
    assert report.reasons == ("no overlap",)
