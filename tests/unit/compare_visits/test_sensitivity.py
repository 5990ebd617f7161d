"""What a change and its verdict hang on."""

from dataclasses import replace

import numpy as np
import pytest
from compared_boxes import LARGE, SMALL, compare
from scoring_scenes import VOXEL_ML, visit

from mri_bme.compare_visits.sensitivity import sensitivities
from mri_bme.findings import ComparedVisit, Interval, Verdict
from mri_bme.measurement_error import REGISTRATION, REGISTRATION_MM
from mri_bme.settings import CompareSettings
from mri_bme.volume import Mask

SETTINGS = CompareSettings(
    min_covered_fraction=0.001,
    detectable_at_ml=(0.0,),
    detectable_ml=(1.0,),
    detection_limit_ml=0.01,
)


def moved(where: ComparedVisit, **ends: tuple[float, float]) -> ComparedVisit:
    """A visit whose total moves between these ends with each source."""
    assert where.burden is not None
    sensitivity = {name: Interval(low=low, high=high) for name, (low, high) in ends.items()}
    return replace(where, burden=replace(where.burden, sensitivity=sensitivity))


BEFORE = moved(visit("baseline", LARGE), threshold=(2.5, 2.6), judge=(1.0, 2.56))
AFTER = moved(visit("week14", SMALL), threshold=(0.6, 0.7), judge=(0.64, 0.64))


def test_the_widest_source_comes_first_and_ends_hold_the_change() -> None:
    report = compare(BEFORE, AFTER, settings=SETTINGS)
    change = report.regions["total"].change_ml
    assert [one.source for one in report.sensitivity] == ["judge", "threshold", REGISTRATION]
    for one in report.sensitivity:
        assert one.change_ml.low <= change <= one.change_ml.high
    assert report.sensitivity[0].change_ml == Interval(
        low=pytest.approx(-1.92), high=pytest.approx(-0.36)
    )


def test_a_verdict_that_an_end_changes_is_told_with_its_source() -> None:
    report = compare(BEFORE, AFTER, settings=SETTINGS)
    assert report.verdict is Verdict.DECREASED
    assert report.flips == ("judge",)
    judge = report.sensitivity[0]
    assert judge.verdicts == (Verdict.DECREASED, Verdict.UNCHANGED)


def test_what_moves_the_baseline_alone_does_not_heal_the_follow_up() -> None:
    before = moved(visit("baseline", LARGE), threshold=(1.9, 5.0))
    after = moved(visit("week14", SMALL), threshold=(0.64, 0.64))
    report = compare(before, after, settings=SETTINGS)
    assert report.sensitivity[0].change_ml.low == pytest.approx(0.64 - 5.0)
    assert report.sensitivity[0].verdicts == (Verdict.DECREASED, Verdict.DECREASED)


def test_swapping_the_visits_mirrors_the_ends() -> None:
    forth = compare(BEFORE, AFTER, settings=SETTINGS).sensitivity
    back = compare(AFTER, BEFORE, settings=SETTINGS).sensitivity
    for one, other in zip(forth, back, strict=True):
        assert one.source == other.source
        assert one.change_ml.low == pytest.approx(-other.change_ml.high)
        assert one.change_ml.high == pytest.approx(-other.change_ml.low)


def test_a_shift_of_the_visits_moves_edema_at_the_border_of_their_region() -> None:
    geometry = BEFORE.rois.geometry
    inside = np.zeros(geometry.shape, dtype=bool)
    inside[:, LARGE[1], LARGE[2]] = True  # the region ends where the lesion does
    common = Mask(geometry=geometry, voxels=inside)
    (border,) = (
        one
        for one in compare(replace(BEFORE, common=common), AFTER, settings=SETTINGS).sensitivity
        if one.source == REGISTRATION
    )
    rows, columns = (s.stop - s.start for s in LARGE[1:])
    at_rim = (LARGE[0].stop - LARGE[0].start) * 2 * (rows + columns - 2)
    shift = 1.96 * REGISTRATION_MM / 2.0 * at_rim * VOXEL_ML
    change = -96 * VOXEL_ML
    assert border.change_ml.high - change == pytest.approx(shift)
    assert change - border.change_ml.low == pytest.approx(shift)


def test_nothing_is_said_of_a_change_without_propagated_uncertainty() -> None:
    report = compare(visit("baseline", LARGE), visit("week14", SMALL), settings=SETTINGS)
    assert (report.sensitivity, report.flips) == ((), ())
    total = replace(report.regions["total"], change_ml=None)
    assert sensitivities(BEFORE, AFTER, total, settings=SETTINGS, wider_by=1.0) == ()
