"""How likely a voxel is edema: by the network's answer and by how bright it is."""

from dataclasses import replace

import numpy as np
import pytest
from marrow_scenes import rois, scan

from mri_bme.segment_edema.evidence import Evidence
from mri_bme.segment_edema.joint_view import Input
from mri_bme.segment_edema.judge import (
    CALIBRATION,
    brightness,
    calibrated,
    edema_logit,
    edema_probability,
)
from mri_bme.segment_edema.segmentation import gather_evidence
from mri_bme.settings import SegmentSettings


@pytest.fixture(scope="module")
def evidence() -> Evidence:
    return gather_evidence(scan(), rois(), None, SegmentSettings(judge="rules"))[0]


def test_what_is_bright_is_likelier_than_normal_marrow_and_nothing_else_is_judged(
    evidence: Evidence,
) -> None:
    chance = edema_probability(evidence)
    inside = evidence.uncrop(chance)[4:6, 13:17, 11:15]
    assert np.median(inside) > 5 * np.median(chance[evidence.searched])
    assert not chance[evidence.quadrants == 0].any()
    assert chance.min() >= 0
    assert chance.max() <= 1


def test_the_same_scan_is_judged_the_same_every_time(evidence: Evidence) -> None:
    assert np.array_equal(edema_logit(evidence), edema_logit(evidence))


def test_calibration_is_a_logistic_regression(evidence: Evidence) -> None:
    plain = replace(evidence, smooth=2 * evidence.normal)
    chance = calibrated(np.full(evidence.smooth.shape, 3.0, np.float32), plain, (0.5, 2.0, -1.5))
    np.testing.assert_allclose(chance, 1 / (1 + np.exp(-(0.5 * 3 + 2.0 - 1.5))), rtol=1e-5)


def test_brightness_counts_doublings_of_normal_tissue_within_limits(evidence: Evidence) -> None:
    bright = replace(evidence, normal=np.ones_like(evidence.smooth))
    for ratio, doublings in ((2.0, 1.0), (1.0, 0.0), (100.0, 2.0), (0.001, -2.0)):
        of = replace(bright, smooth=np.full_like(evidence.smooth, ratio))
        assert np.unique(brightness(of)) == pytest.approx(doublings)


def test_brighter_and_likelier_by_the_network_is_likelier() -> None:
    slope, per_doubling, _ = CALIBRATION
    assert slope > 0
    assert per_doubling > 0


def test_without_its_brightness_a_lesion_is_less_likely(evidence: Evidence) -> None:
    with_all, without = (
        edema_probability(evidence),
        edema_probability(evidence, without=Input.BRIGHTNESS),
    )
    lesion = with_all > 0.5
    assert lesion.any()
    assert np.median(without[lesion]) < 0.5 * np.median(with_all[lesion])
