"""Tissues give the signal of their parts, and each value says where it is from."""

from math import exp

import pytest

from mri_bme.phantom.contrast.signal import SEQUENCES
from mri_bme.phantom.contrast.tissues import MARROW_DENSITY, MARROW_FAT, TISSUES


def test_marrow_is_its_water_and_its_fat() -> None:
    """T2 FS at 1.5 T: both recover for 3650 ms; 8 % of the fat that can be suppressed is left."""
    water = MARROW_DENSITY * 0.63 * (1 - exp(-3650 / 900)) * exp(-60 / 35)
    fat = MARROW_DENSITY * 0.37 * (1 - exp(-3650 / 288)) * exp(-60 / 165)
    found = TISSUES["marrow"].signal(SEQUENCES["t2fs 1.5 T"])
    assert found == pytest.approx(water + fat * (0.086 + 0.08 * 0.914))


def test_whole_marrow_relaxes_as_was_measured_in_vivo() -> None:
    """Mean rate of both parts against T1 of 549 and 586 ms (de Bazelaire et al. 2004)."""
    marrow = TISSUES["marrow"]
    for at, (fat_ms, whole_ms) in enumerate(((288, 549), (371, 586))):
        rate = (1 - MARROW_FAT) / marrow.t1_ms[at] + MARROW_FAT / fat_ms
        assert 1 / rate == pytest.approx(whole_ms, rel=0.1)


def test_every_tissue_has_a_source_and_can_be() -> None:
    for tissue in TISSUES.values():
        assert tissue.source
        assert 0 <= tissue.water + tissue.fat <= 1
        assert all(t2 < t1 for t1, t2 in zip(tissue.t1_ms, tissue.t2_ms, strict=True))


def test_times_differ_by_field() -> None:
    low, high = (TISSUES["fluid"].signal(SEQUENCES[f"stir {field} T"]) for field in ("1.5", "3"))
    assert low != high
