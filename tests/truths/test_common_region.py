"""A change is taken over one region of one subject, and does not depend on which visit is first."""

from dataclasses import replace

import numpy as np
import pytest

from mri_bme.compare_visits import common_quadrants
from mri_bme.findings import Verdict
from mri_bme.phantom import PhantomSubject
from mri_bme.pipeline import VisitInput, analyze_subject
from mri_bme.sacroiliac import REGIONS

MIRRORED = {
    Verdict.NEW: Verdict.RESOLVED,
    Verdict.RESOLVED: Verdict.NEW,
    Verdict.INCREASED: Verdict.DECREASED,
    Verdict.DECREASED: Verdict.INCREASED,
}


@pytest.fixture(scope="module")
def forth(small_phantom: PhantomSubject):
    return analyze_subject(inputs(small_phantom))


@pytest.fixture(scope="module")
def changes(forth, small_phantom: PhantomSubject):
    first, second = inputs(small_phantom)
    swapped = (replace(second, label=first.label), replace(first, label=second.label))
    return [found.changes["week14"] for found in (forth, analyze_subject(swapped))]


def inputs(phantom: PhantomSubject):
    return [
        VisitInput(
            label=visit.label, day=None, volume=visit.volume, t1=visit.t1, bones=visit.bone_labels
        )
        for visit in phantom.visits
    ]


def test_swapping_the_visits_mirrors_every_change_to_the_last_digit(changes) -> None:
    forth, back = changes
    assert forth.regions["total"].change_ml != 0
    for name in REGIONS:
        one, other = forth.regions[name], back.regions[name]
        assert one.change_ml == -other.change_ml
        assert (one.interval_ml.low, one.interval_ml.high) == (
            -other.interval_ml.high,
            -other.interval_ml.low,
        )
        assert (one.baseline_only_ml, one.covered_fraction, one.common_roi_ml) == (
            other.followup_only_ml,
            other.covered_fraction,
            other.common_roi_ml,
        )
        assert other.verdict is MIRRORED.get(one.verdict, one.verdict)


@pytest.mark.parametrize("region", ["total", "left_sacrum", "right_ilium", "left_ilium_upper"])
def test_both_visits_measure_the_same_volume_of_marrow(forth, region) -> None:
    baseline, followup = (visit.rois for visit in forth.visits)
    there = forth.registrations["week14"].moving_from_fixed
    ml = [
        float(np.isin(common_quadrants(own, other, move), REGIONS[region]).sum())
        * own.geometry.voxel_volume_ml
        for own, other, move in (
            (baseline, followup, there),
            (followup, baseline, there.inverse()),
        )
    ]
    assert ml[0] == pytest.approx(ml[1], rel=0.01)
    assert forth.changes["week14"].regions[region].common_roi_ml == pytest.approx(sum(ml) / 2)


def test_what_one_visit_alone_measured_is_reported_beside_the_change(forth) -> None:
    total = forth.changes["week14"].regions["total"]
    before, after = (visit.burden.regions["total"].edema_ml for visit in forth.visits)
    assert total.baseline_ml + total.baseline_only_ml == pytest.approx(before)
    assert total.followup_ml + total.followup_only_ml == pytest.approx(after)
