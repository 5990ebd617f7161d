"""The judge parts what is bright into edema and what is none, and says so."""

from dataclasses import replace

import numpy as np
import pytest
from marrow_scenes import rois, scan

from mri_bme.findings import EdemaSegmentation
from mri_bme.segment_edema import segment_edema
from mri_bme.segment_edema.evidence import Evidence
from mri_bme.segment_edema.segmentation import gather_evidence, judge_evidence
from mri_bme.segment_edema.select import asked
from mri_bme.settings import SegmentSettings
from mri_bme.volume import VolumeGeometry

RULES, NETWORK = SegmentSettings(judge="rules"), SegmentSettings(judge="network")


def judged_alike(chance: float, settings: SegmentSettings = NETWORK) -> EdemaSegmentation:
    evidence, statistics = gather_evidence(scan(), rois(), None, RULES)
    alike = np.full(evidence.relative.shape, chance, dtype=np.float32)
    return judge_evidence(replace(evidence, probability=alike), statistics, settings)


def test_a_bright_part_that_the_judge_does_not_believe_in_is_left_out_with_its_reason() -> None:
    found = judged_alike(0.04)
    assert found.edema_ml == 0
    assert [one.rule for one in found.dropped] == ["judge"]
    assert "4%" in found.dropped[0].reason


def test_the_same_part_is_edema_where_the_judge_agrees() -> None:
    found = judged_alike(0.9)
    assert len(found.lesions) == 1
    assert found.lesions[0].probability == pytest.approx(0.9)
    assert found.probability is not None


def test_nothing_counts_that_is_not_bright_however_likely() -> None:
    evidence, statistics = gather_evidence(scan(lesion=1.0), rois(), None, RULES)
    certain = replace(evidence, probability=np.ones_like(evidence.relative))
    assert judge_evidence(certain, statistics, NETWORK).edema_ml == 0


def test_the_cut_off_is_lower_where_the_judge_is_asked() -> None:
    alone = segment_edema(scan(), rois(), settings=RULES).threshold.value
    beside = judged_alike(0.9).threshold.value
    assert beside - 1 == pytest.approx(NETWORK.judge_height * (alone - 1))


def test_the_less_a_lesion_is_believed_in_the_wider_its_interval() -> None:
    sure, doubted = judged_alike(0.98), judged_alike(0.5)
    assert doubted.edema_ml == sure.edema_ml
    low, lower = (np.quantile(f.quadrant_draws_ml.sum(axis=1), 0.025) for f in (sure, doubted))
    assert lower < 0.5 * low


def test_slices_that_the_judge_has_not_learned_are_left_to_the_rules_and_flagged() -> None:
    evidence = gather_evidence(scan(), rois(), None, RULES)[0]
    axial = np.zeros((4, 4))
    axial[2, 0], axial[1, 1], axial[0, 2], axial[3, 3] = 3.3, 0.8, 0.8, 1
    turned: Evidence = replace(
        evidence, geometry=VolumeGeometry(shape=evidence.geometry.shape, lps_from_index=axial)
    )
    assert asked(turned, NETWORK).probability is None
    assert "rules alone" in asked(turned, NETWORK).doubts[-1]
    assert asked(turned, RULES).doubts == evidence.doubts
