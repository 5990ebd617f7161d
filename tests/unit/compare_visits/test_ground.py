"""What a comparison finds in scans and anatomy does not hang on where edema is."""

from dataclasses import replace

import numpy as np
from compared_boxes import ELSEWHERE, LARGE, SENSITIVE
from scoring_scenes import IDENTITY, grid, visit

from mri_bme.compare_visits import compare_visits
from mri_bme.compare_visits.ground import ground_of
from mri_bme.volume import Mask, Volume


def with_t1(compared, *, seed, shift_mm=(0.0, 0.0, 0.0)):
    """Give a visit T1W that differs from voxel to voxel, and reference marrow."""
    geometry = grid(shift_mm=shift_mm)
    voxels = np.random.default_rng(seed).normal(300, 30, geometry.shape).astype(np.float32)
    reference = np.zeros(geometry.shape, bool)
    reference[:, :, 25:36] = True
    where = replace(
        compared.rois, reference=Mask(geometry=compared.rois.geometry, voxels=reference)
    )
    return replace(compared, rois=where, t1=Volume(geometry=geometry, voxels=voxels))


def test_ground_that_is_known_gives_the_report_that_is_found_without() -> None:
    baseline, followup = with_t1(visit("baseline", LARGE), seed=1), with_t1(visit("week14"), seed=2)
    other = with_t1(visit("baseline", ELSEWHERE), seed=1)
    ground = ground_of(other, followup, IDENTITY)
    given, found = (
        compare_visits(
            baseline, followup, followup_from_baseline=IDENTITY, settings=SENSITIVE, **more
        )
        for more in ({"ground": ground}, {})
    )
    assert given.fates[0].tissue is not None
    assert given == replace(found, followup_from_baseline=given.followup_from_baseline)


def test_every_voxel_of_common_marrow_has_its_t1w_of_both_visits() -> None:
    baseline, followup = with_t1(visit("baseline"), seed=1), with_t1(visit("week14"), seed=2)
    first, second = ground_of(baseline, followup, IDENTITY).t1
    assert first is not None
    assert second is not None
    marrow = baseline.rois.quadrants > 0
    assert np.array_equal(first.at, np.flatnonzero(marrow))
    assert np.array_equal(first.there, first.at)
    for one, at_visit in ((baseline, first.before), (followup, first.after)):
        median = np.median(one.t1.voxels[one.rois.reference.voxels])
        np.testing.assert_allclose(
            at_visit.reshape(-1)[first.in_box], one.t1.voxels[marrow] / median, rtol=1e-6
        )
    assert np.array_equal(first.before, second.before, equal_nan=True)


def test_marrow_beyond_the_other_scan_has_no_place_there() -> None:
    baseline = with_t1(visit("baseline"), seed=1)
    followup = with_t1(visit("week14"), seed=2, shift_mm=(0.0, 0.0, 5.0))
    first, _ = ground_of(baseline, followup, IDENTITY).t1
    assert first is not None
    assert not first.is_known.all()
    assert first.is_known.any()
