"""Lesion fates, seen from either visit."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scoring_scenes import IDENTITY, SHAPE, VOXEL_ML, box, grid, rois, visit

from mri_bme.compare_visits import compare_visits
from mri_bme.findings import Fate
from mri_bme.settings import CompareSettings
from mri_bme.volume import RigidTransform, VolumeGeometry

SENSITIVE = CompareSettings(detectable_at_ml=(0.0,), detectable_ml=(0.01,), detection_limit_ml=0.01)
MIRRORED = {
    Fate.NEW: Fate.RESOLVED,
    Fate.RESOLVED: Fate.NEW,
    Fate.GROWN: Fate.SHRUNK,
    Fate.SHRUNK: Fate.GROWN,
    Fate.MERGED: Fate.SPLIT,
    Fate.SPLIT: Fate.MERGED,
    Fate.STABLE: Fate.STABLE,
}


def compare(before, after, transform=IDENTITY, settings=SENSITIVE):
    return compare_visits(before, after, followup_from_baseline=transform, settings=settings)


def fates(report):
    return {(f.visit, f.label): f.fate for f in report.fates}


def motion(turn_degrees, shift_mm):
    angle = np.radians(turn_degrees)
    matrix = np.eye(4)
    matrix[:2, :2] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    matrix[:3, 3] = shift_mm
    return RigidTransform(b_from_a=matrix)


# Steps of whole and half voxels: every voxel centre of one visit lies on a border of the other.
halves = st.tuples(*(st.integers(-3, 3).map(lambda n, mm=mm: n * mm / 2) for mm in (2.0, 5.0, 2.0)))
motions = st.builds(motion, st.sampled_from([0.0, 0.0, 7.0, -3.3, 90.0]), halves)
lesions = st.lists(
    st.builds(
        lambda s, r, c, size: box((s, s + size[0]), (r, r + size[1]), (c, c + size[2])),
        st.integers(0, SHAPE[0] - 3),
        st.integers(0, SHAPE[1] - 6),
        st.integers(0, SHAPE[2] - 6),
        st.tuples(st.integers(1, 2), st.integers(1, 5), st.integers(1, 5)),
    ),
    max_size=6,
)


def kept(boxes, where):
    """Drop boxes that touch no marrow or that a later one covers: a lesion has voxels."""
    labels = np.zeros(SHAPE, np.int32)
    for number, one in enumerate(boxes, start=1):
        labels[one] = number
    labels[where.quadrants == 0] = 0
    return [one for number, one in enumerate(boxes, start=1) if (labels == number).any()]


@settings(max_examples=60, deadline=None)
@given(before=lesions, after=lesions, there=motions, moves_along=st.booleans())
def test_fates_mirror_when_the_visits_are_swapped(before, after, there, moves_along) -> None:
    where = rois()
    elsewhere = where
    if moves_along:
        geometry = grid()
        elsewhere = rois(
            VolumeGeometry(
                shape=geometry.shape, lps_from_index=there.b_from_a @ geometry.lps_from_index
            )
        )
    a = visit("baseline", *kept(before, where), where=where)
    b = visit("week14", *kept(after, elsewhere), where=elsewhere)
    forth, back = compare(a, b, there), compare(b, a, there.inverse())
    assert fates(back) == {key: MIRRORED[fate] for key, fate in fates(forth).items()}
    assert {(f.visit, f.label): f.matched for f in back.fates} == {
        (f.visit, f.label): f.matched for f in forth.fates
    }


def test_two_lesions_equally_near_to_one_have_both_become_it() -> None:
    middle = box(3, (10, 11), (50, 52))
    above, below = box(3, (8, 9), (50, 52)), box(3, (12, 13), (50, 52))  # 4 mm from it, both
    merged = compare(visit("baseline", above, below), visit("week14", middle))
    assert set(fates(merged).values()) == {Fate.MERGED}
    split = compare(visit("baseline", middle), visit("week14", above, below))
    assert set(fates(split).values()) == {Fate.SPLIT}


@pytest.mark.parametrize("turn_degrees", range(3, 90, 14))
def test_equally_near_is_not_decided_by_the_last_bits_of_a_motion(turn_degrees) -> None:
    there = motion(turn_degrees, (12.3, -7.1, 3.7))
    geometry = grid()
    moved = VolumeGeometry(shape=SHAPE, lps_from_index=there.b_from_a @ geometry.lps_from_index)
    above, below = box(3, (8, 9), (50, 52)), box(3, (12, 13), (50, 52))
    a = visit("baseline", above, below)
    b = visit("week14", box(3, (10, 11), (50, 52)), where=rois(moved))
    assert set(fates(compare(a, b, there)).values()) == {Fate.MERGED}
    assert set(fates(compare(b, a, there.inverse())).values()) == {Fate.SPLIT}


@pytest.mark.parametrize("turn_degrees", range(3, 90, 14))
def test_a_border_between_voxels_is_not_crossed_by_the_last_bits_of_a_motion(turn_degrees) -> None:
    """Half a voxel along a row puts every centre on a border; whole lesions hang on it."""
    there = motion(turn_degrees, (12.3, -7.1, 3.7))
    geometry = grid()
    half_on = geometry.lps_from_index @ np.array(
        [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0.5], [0, 0, 0, 1]]
    )
    moved = VolumeGeometry(shape=SHAPE, lps_from_index=there.b_from_a @ half_on)
    spots = [box(s, r, (48, 49)) for s in (1, 4, 7) for r in (4, 10, 24, 30)]
    a = visit("baseline", *spots)
    b = visit("week14", *spots, where=rois(moved))
    settings = SENSITIVE.model_copy(
        update={"match_max_distance_mm": 0.0, "match_min_overlap": 0.75}
    )
    forth = compare(a, b, there, settings)
    back = compare(b, a, there.inverse(), settings)
    assert fates(back) == {key: MIRRORED[fate] for key, fate in fates(forth).items()}
    assert len(set(fates(forth).values())) == 1  # every spot lies alike


def test_what_is_seen_once_and_cannot_be_told_from_none_is_neither_new_nor_resolved() -> None:
    settings = CompareSettings(
        detectable_at_ml=(0.0,), detectable_ml=(1.5 * VOXEL_ML,), detection_limit_ml=0.0
    )
    speck, spot = box(3, (8, 9), (50, 51)), box(3, (8, 9), (50, 52))
    for lesion, fate in ((speck, Fate.STABLE), (spot, Fate.NEW)):
        report = compare(visit("baseline"), visit("week14", lesion), settings=settings)
        assert fates(report) == {("week14", 1): fate}
        assert report.fates[0].detectable_ml == 1.5 * VOXEL_ML
