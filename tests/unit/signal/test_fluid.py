"""Fluid is what is brightest around the marrow, and has a floor."""

import numpy as np
import pytest

from mri_bme.signal.fluid import FLUID_LEAST, fluid_level

MARROW = np.zeros((10, 20, 20), dtype=bool)
MARROW[:, 5:15, 5:15] = True


def scan(vessels: float, share: float = 0.02) -> np.ndarray:
    around = np.where(MARROW, 1.0, 0.6).astype(np.float32)
    places = np.flatnonzero(~MARROW)
    around.flat[places[: int(share * places.size)]] = vessels
    return around


def test_vessels_around_the_marrow_say_how_bright_fluid_is() -> None:
    assert fluid_level(scan(7.0), MARROW) == pytest.approx(7.0)


def test_bright_marrow_is_not_taken_for_fluid() -> None:
    voxels = scan(6.0)
    voxels[MARROW] = 30
    assert fluid_level(voxels, MARROW) == pytest.approx(6.0)


def test_a_crop_without_fluid_has_the_floor_of_the_question() -> None:
    assert fluid_level(scan(0.9), MARROW) == FLUID_LEAST
    assert fluid_level(scan(0.9), MARROW, least=2.0) == 2.0


def test_air_does_not_count() -> None:
    voxels = scan(7.0, share=0.05)
    voxels[(voxels == np.float32(0.6))] = 0
    assert fluid_level(voxels, MARROW) == pytest.approx(7.0)


def test_a_handful_of_voxels_says_nothing() -> None:
    everywhere = np.ones_like(MARROW)
    everywhere[0, 0, 0] = False
    assert fluid_level(np.full(MARROW.shape, 9, np.float32), everywhere, min_voxels=2) == 4.0
