"""Edema that is bright on T1W as well is doubted, and refused where most of much is so."""

from types import SimpleNamespace

import numpy as np
import pytest

from mri_bme.errors import NotEvaluable
from mri_bme.segment_edema.bright import bright_on_t1
from mri_bme.settings import SegmentSettings

SHAPE = (2, 10, 10)
HALVES = np.where(np.arange(10) < 5, 1, 2).astype(np.uint8) * np.ones(SHAPE, np.uint8)


def told(bright_share: float, voxel_ml: float = 0.01, t1_rest: float = 0.6):
    """Edema everywhere, of which the first rows are bright on T1W."""
    t1 = np.full(SHAPE, t1_rest, np.float32)
    t1[:, : round(10 * bright_share)] = 1.6
    evidence = SimpleNamespace(
        t1=t1, quadrants=HALVES, geometry=SimpleNamespace(voxel_volume_ml=voxel_ml)
    )
    whole = np.ones(SHAPE, bool)
    return bright_on_t1(whole, whole.astype(np.float32), evidence, SegmentSettings())


def test_a_little_is_not_doubted() -> None:
    found = told(0.1)
    assert found.doubts == ()
    assert not found.may_be_none_ml.any()


def test_what_is_not_darker_than_marrow_may_be_none_once_much_is_bright() -> None:
    found = told(0.3)
    assert "30% of the edema is bright on T1W" in found.doubts[0]
    assert found.may_be_none_ml == pytest.approx([0, 0.3, 0.3, *[0] * 6])
    assert told(0.3, t1_rest=1.1).may_be_none_ml.sum() == pytest.approx(2.0)


def test_much_edema_that_is_mostly_bright_is_refused_and_a_small_one_is_not() -> None:
    assert told(0.8).doubts
    with pytest.raises(NotEvaluable, match="80% of 10 mL that would count are bright on T1W"):
        told(0.8, voxel_ml=0.05)
    assert told(0.6, voxel_ml=0.05).doubts


def test_without_t1w_nothing_is_known() -> None:
    evidence = SimpleNamespace(t1=None)
    whole = np.ones(SHAPE, bool)
    assert bright_on_t1(whole, whole.astype(np.float32), evidence, SegmentSettings()).doubts == ()
