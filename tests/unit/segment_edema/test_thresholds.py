"""The cut-off of every rule, from statistics of normal marrow worked out by hand."""

import numpy as np
import pytest
from marrow_scenes import TRUE_ML, rois, scan

from mri_bme.errors import NotEvaluable
from mri_bme.segment_edema import segment_edema
from mri_bme.segment_edema.reference import ReferenceStatistics
from mri_bme.segment_edema.thresholds import RULES, marrow_threshold, two_threshold
from mri_bme.settings import SegmentSettings


@pytest.mark.parametrize("rule", ["quartile_iqr", "two_threshold", "fixed_ratio", "otsu"])
def test_every_threshold_rule_finds_a_lesion_twice_as_bright(rule: str) -> None:
    settings = SegmentSettings.model_validate({"rule": rule})
    found = segment_edema(scan(lesion=2.5), rois(), settings=settings)
    assert found.threshold.rule == rule
    assert found.edema_ml == pytest.approx(TRUE_ML, rel=0.15)


def test_a_quiet_even_scan_does_not_pull_the_cutoff_down_to_normal_marrow() -> None:
    quiet = SegmentSettings(n_sd=0.5, judge="rules")
    found = segment_edema(scan(lesion=1.25), rois(), settings=quiet)
    assert found.threshold.value == SegmentSettings().least_ratio
    assert found.edema_ml == 0.0


MARROW = ReferenceStatistics(median=100.0, sd=10.0, q1=94.0, q3=106.0, maximum=130.5, n_voxels=500)


@pytest.mark.parametrize(
    ("rule", "cut"),
    [
        ("robust_sd", 100 + 4 * 10),
        ("quartile_iqr", 106 + 3 * 12),
        ("fixed_ratio", 1.7 * 100),
        ("two_threshold", 106 + 1.55 * 12),  # m = 1.5 leaves more than half an IQR to 130.5
    ],
)
def test_a_rule_puts_the_cut_where_its_formula_says(rule: str, cut: float) -> None:
    settings = SegmentSettings.model_validate(
        {"rule": rule, "n_sd": 4.0, "n_iqr": 3.0, "ratio": 1.7, "least_ratio": 1.0}
    )
    found = marrow_threshold(MARROW, np.ones(3, dtype=np.float32), settings=settings)
    assert found.value == pytest.approx(cut / 100)
    assert found.rule == rule


def test_otsu_parts_two_classes_but_never_below_the_third_quartile() -> None:
    settings = SegmentSettings()
    two = np.repeat(np.array([90.0, 110.0, 290.0, 310.0], dtype=np.float32), 50)
    assert 110 <= RULES["otsu"](MARROW, two, settings) < 290
    dark = np.repeat(np.array([10.0, 12.0, 20.0, 22.0], dtype=np.float32), 50)
    assert RULES["otsu"](MARROW, dark, settings) == MARROW.q3


def test_the_two_threshold_rule_needs_quartiles_that_differ() -> None:
    flat = ReferenceStatistics(median=100, sd=10, q1=100, q3=100, maximum=128, n_voxels=500)
    roi = np.ones(3, dtype=np.float32)
    assert two_threshold(MARROW, roi, SegmentSettings()) > MARROW.q3
    with pytest.raises(NotEvaluable, match="quartiles of reference marrow coincide"):
        two_threshold(flat, roi, SegmentSettings())
