"""What was measured stands beside what is true."""

from types import SimpleNamespace

import numpy as np
import pytest

from lab.benchmark import measured as module
from lab.benchmark.retests import Scanned
from mri_bme.findings import ChangeReport, Interval, RegionBurden, RegionChange, Verdict
from mri_bme.pipeline import SubjectResult
from mri_bme.sacroiliac import REGIONS
from mri_bme.settings import Settings
from mri_bme.volume import RigidTransform

TRUE = {"baseline": 4.0, "retest": 4.0, "changed": 1.0}


class Visit(SimpleNamespace):
    def input(self, bones):
        return (self.label, bones)

    lps_from_subject = RigidTransform.identity()

    def true_ml(self, quadrants, seen_by=None):
        shared = "" if seen_by is None else f" shared with true bones of {seen_by.label}"
        assert quadrants == f"nearest to true bones of {self.label}{shared}"
        return dict.fromkeys(REGIONS, TRUE[self.label] - (0.5 if seen_by else 0.0))


class Bones(str):
    """ROIs that follow from the true bones."""

    __slots__ = ()
    geometry = None


def burden(ml):
    region = RegionBurden(
        edema_ml=ml,
        interval_ml=Interval(low=ml - 0.5, high=ml + 0.5),
        counted_ml=ml,
        roi_ml=9.0,
        edema_fraction=0.1,
        relative_intensity_mean=2.0,
        relative_intensity_max=3.0,
        n_lesions=1,
    )
    return SimpleNamespace(regions={"total": region})


def report(followup, ml):
    change = RegionChange(
        verdict=Verdict.DECREASED, baseline_ml=4.0, followup_ml=ml, change_ml=ml - 4.0
    )
    return ChangeReport(
        baseline="baseline", followup=followup, days=None, regions={"total": change}
    )


@pytest.fixture
def asked(monkeypatch):
    seen = []

    def analyze(visits, *, settings, run_stage):
        seen.append((visits, settings.appearance.compare_given))
        found = [
            SimpleNamespace(
                label=label, reason="", burden=burden(ml), rois=Bones(f"true bones of {label}")
            )
            for label, ml in (("baseline", 3.9), ("retest", 4.1), ("changed", 1.2))
        ]
        return SubjectResult(
            visits=tuple(found),
            changes={"retest": report("retest", 4.1), "changed": report("changed", 1.2)},
        )

    monkeypatch.setattr(module, "analyze_subject", analyze)
    monkeypatch.setattr(module, "nearest_quadrant", lambda rois: f"nearest to {rois}")
    monkeypatch.setattr(module, "nearest_label", lambda labels, _: f"nearest to {labels}")
    monkeypatch.setattr(module, "common_quadrants", lambda a, b, _: f"{a} shared with {b}")
    return seen


def scanned():
    visits = tuple(Visit(label=label) for label in TRUE)
    return Scanned(seed=7, level_ml=4.0, protocol="sample", visits=visits)


def test_every_visit_is_measured_with_bones_given_and_found(asked) -> None:
    given, found = module.measure(scanned(), Settings())
    assert [visits[0] for visits, _ in asked] == [("baseline", "given"), ("baseline", "automatic")]
    assert not any(compared for _, compared in asked)
    assert (given.bones, found.bones) == ("given", "automatic")
    np.testing.assert_allclose([r.true_ml for r in given.regions], [4.0, 4.0, 1.0])
    np.testing.assert_allclose([r.found_ml for r in given.regions], [3.9, 4.1, 1.2])


def test_the_true_change_is_that_of_what_both_slabs_see(asked) -> None:
    given, _ = module.measure(scanned(), Settings())
    (change,) = given.changes
    assert change.true_ml == pytest.approx((1.0 - 0.5) - (4.0 - 0.5))
    assert change.found_ml == pytest.approx(1.2 - 4.0)
    assert [d.followup_ml for d in given.differences] == [4.1]


def test_what_could_not_be_compared_is_said(asked, monkeypatch) -> None:
    monkeypatch.setitem(globals(), "report", lost)
    given, _ = module.measure(scanned(), Settings())
    assert "changed: no registration" in given.reasons


def lost(followup, _ml):
    return ChangeReport(
        baseline="baseline",
        followup=followup,
        days=None,
        regions={},
        evaluable=False,
        reasons=("no registration",),
    )
