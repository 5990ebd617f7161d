"""What became of each lesion; a fate seen from the other visit is its mirror."""

import numpy as np
import pytest
from compared_boxes import ELSEWHERE, LARGE, SENSITIVE, SMALL, compare, fates
from scoring_scenes import box, grid, rois, visit

from mri_bme.findings import Fate, Verdict
from mri_bme.sacroiliac import REGIONS
from mri_bme.volume import RigidTransform

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


@pytest.mark.parametrize(("gap_rows", "fate"), [(2, Fate.STABLE), (8, Fate.RESOLVED)])
def test_lesions_without_a_common_voxel_are_one_only_when_near(gap_rows: int, fate: Fate) -> None:
    """A row is 2 mm."""
    settings = SENSITIVE.model_copy(update={"match_max_distance_mm": 10.0})
    first, second = box(3, (5, 6), (50, 54)), box(3, (5 + gap_rows, 6 + gap_rows), (50, 54))
    found = fates(compare(visit("baseline", first), visit("week14", second), settings=settings))
    assert found["baseline", 1] is fate


def test_fates_follow_the_marrow_and_not_the_scanner() -> None:
    """The same lesions on a visit that lies turned and shifted have the fates they had."""
    before = visit("baseline", LARGE, ELSEWHERE)
    still = fates(compare(before, visit("week14", SMALL)))
    there = motion()
    turned = compare(before, visit("week14", SMALL, where=moved_scene(there)), there)
    assert fates(turned) == still
    assert still["baseline", 1] is Fate.SHRUNK
    assert still["baseline", 2] is Fate.RESOLVED


def test_lesions_are_near_each_other_in_marrow_not_on_the_table() -> None:
    there = motion()
    first, second = box(3, (5, 6), (50, 54)), box(3, (7, 8), (50, 54))  # 4 mm lower
    settings = SENSITIVE.model_copy(update={"match_max_distance_mm": 6.0})
    after = visit("week14", second, where=moved_scene(there))
    found = fates(compare(visit("baseline", first), after, there, settings=settings))
    assert found == {("baseline", 1): Fate.STABLE, ("week14", 1): Fate.STABLE}
