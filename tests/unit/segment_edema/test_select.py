"""The judge parts what is bright into edema and what is none, and says so."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from marrow_scenes import rois, scan
from numpy.typing import NDArray

from mri_bme.findings import EdemaSegmentation
from mri_bme.segment_edema import segment_edema
from mri_bme.segment_edema.evidence import Evidence
from mri_bme.segment_edema.segmentation import gather_evidence, judge_evidence
from mri_bme.segment_edema.select import asked
from mri_bme.settings import SegmentSettings
from mri_bme.volume import Volume, VolumeGeometry

RULES, NETWORK = SegmentSettings(judge="rules"), SegmentSettings(judge="network")


def judged_alike(chance: float, settings: SegmentSettings = NETWORK) -> EdemaSegmentation:
    return judged(scan(), lambda evidence: np.full(evidence.relative.shape, chance), settings)


def judged(
    volume: Volume,
    chances: Callable[[Evidence], NDArray[np.float64]],
    settings: SegmentSettings = NETWORK,
) -> EdemaSegmentation:
    evidence, statistics = gather_evidence(volume, rois(), None, RULES)
    known = replace(evidence, probability=chances(evidence).astype(np.float32))
    return judge_evidence(known, statistics, settings)


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


def test_what_is_possible_but_not_likely_counts_above_the_full_cut_off() -> None:
    found = judged_alike(NETWORK.judge_veto + 0.02)
    alone = segment_edema(scan(), rois(), settings=RULES)
    assert found.lesions[0].counted_ml == alone.lesions[0].counted_ml
    faint = scan(lesion=1.3)
    assert judged(faint, lambda e: np.full(e.relative.shape, 0.15)).edema_ml == pytest.approx(
        segment_edema(faint, rois(), settings=RULES).edema_ml, abs=0.02
    )


def only_its_brightest_voxel(evidence: Evidence) -> NDArray[np.float64]:
    chances = np.full(evidence.relative.shape, 0.05)
    chances[np.unravel_index(np.argmax(evidence.smooth * evidence.searched), chances.shape)] = 0.9
    return chances


def test_what_is_likely_in_one_place_is_edema_as_far_as_it_is_bright() -> None:
    assert judged(scan(), only_its_brightest_voxel).edema_ml == pytest.approx(
        segment_edema(scan(), rois(), settings=RULES).edema_ml, rel=0.02
    )


def test_a_speck_that_is_unlikely_is_not_even_listed() -> None:
    least_ml = 2 * segment_edema(scan(), rois(), settings=RULES).lesions[0].counted_ml
    speck = NETWORK.model_copy(update={"min_volume_ml": least_ml})
    assert judged_alike(0.04, speck).dropped == ()
    (listed,) = judged_alike(0.9, speck).dropped
    assert listed.rule == "speck"


def test_what_is_likely_but_faint_counts_only_with_the_judge() -> None:
    faint = scan(lesion=1.3)
    assert segment_edema(faint, rois(), settings=RULES).edema_ml < 0.1
    assert judged(faint, lambda evidence: np.full(evidence.relative.shape, 0.9)).edema_ml > 0.25


def test_what_the_judge_vetoed_comes_back_where_its_veto_is_moved() -> None:
    found = judged_alike(NETWORK.judge_veto - 0.02)
    assert found.dropped[0].rule == "judge"
    _, high = found.source_ends_ml["judge"].sum(axis=1)
    assert found.dropped[0].counted_ml < high < 1.5 * found.dropped[0].counted_ml  # with a shell
    assert judged_alike(0.01).source_ends_ml["judge"].sum() == 0


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
