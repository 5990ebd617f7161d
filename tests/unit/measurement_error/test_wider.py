"""Limits of visits that were not scanned alike."""

from math import sqrt

import pytest

from mri_bme.findings import Interval, RegionBurden, Verdict
from mri_bme.measurement_error import change_interval, judge_change, wider
from mri_bme.measurement_error.wider import WIDER, wider_by
from mri_bme.sacroiliac import RegionKind
from mri_bme.settings import CompareSettings
from mri_bme.study import ProtocolPart

SENSITIVE = CompareSettings(detectable_at_ml=(0.0,), detectable_ml=(1.0,))


def burden(ml: float, low: float, high: float) -> RegionBurden:
    return RegionBurden(
        edema_ml=ml,
        interval_ml=Interval(low=low, high=high),
        counted_ml=ml,
        roi_ml=100.0,
        edema_fraction=None,
        relative_intensity_mean=None,
        relative_intensity_max=None,
        n_lesions=1,
    )


def test_visits_scanned_alike_keep_their_limits() -> None:
    assert wider_by(()) == 1


def test_every_part_of_a_protocol_has_a_factor_that_never_narrows() -> None:
    assert set(WIDER) == set(ProtocolPart)
    assert min(WIDER.values()) >= 1


def test_parts_add_up_as_variances_do_and_each_counts_once(monkeypatch: pytest.MonkeyPatch) -> None:
    factors = {**WIDER, ProtocolPart.FIELD: 2.0, ProtocolPart.SEQUENCE: 3.0}
    monkeypatch.setattr(wider, "WIDER", factors)
    both = (ProtocolPart.FIELD, ProtocolPart.SEQUENCE, ProtocolPart.SEQUENCE)
    assert wider_by(both) == pytest.approx(sqrt(1 + 3 + 8))


def test_an_interval_is_as_much_wider_on_either_side() -> None:
    before, after = burden(4.0, 3.0, 4.5), burden(2.0, 1.8, 3.0)
    usual = change_interval(before, after)
    wide = change_interval(before, after, wider_by=2.0)
    assert usual is not None
    assert wide is not None
    assert wide.low + 2 == pytest.approx(2 * (usual.low + 2))
    assert wide.high + 2 == pytest.approx(2 * (usual.high + 2))


def test_a_change_is_called_by_the_wider_limit() -> None:
    called = [
        judge_change(
            4.0,
            2.5,
            interval_ml=None,
            kind=RegionKind.TOTAL,
            settings=SENSITIVE,
            wider_by=factor,
        )
        for factor in (1.0, 2.0)
    ]
    assert called == [Verdict.DECREASED, Verdict.UNCHANGED]
