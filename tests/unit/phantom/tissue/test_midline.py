"""Canal, sac, roots, discs and vessels lie where anatomy has them, on both sides alike."""

from dataclasses import replace

import numpy as np
import pytest
from tissue_scene import BUILD, SHAPE, blank, scene

from mri_bme.phantom.tissue.canvas import SIGNAL, Tissues
from mri_bme.phantom.tissue.midline import paint_canal, paint_discs, paint_sac, paint_vessels

GRID = scene().grid


def painted(paint, traits=BUILD, seed: int = 0) -> Tissues:
    tissues = blank()
    paint(tissues, scene(), traits, np.random.default_rng(seed))
    return tissues


def at(n: float, s: float, x: float, reach_mm: float = 4.0) -> np.ndarray:
    near = (np.abs(GRID.n - n) < reach_mm) & (np.abs(GRID.s - s) < reach_mm)
    return np.broadcast_to(near & (np.abs(GRID.x - x) < reach_mm), SHAPE)


def test_the_sac_holds_fluid_and_ends_at_the_second_sacral_segment() -> None:
    stir = painted(paint_sac).stir
    assert np.median(stir[at(19, -60, 0)]) > 0.6 * SIGNAL["fluid"][0]
    below = np.broadcast_to((GRID.s > 40) & (np.abs(GRID.x) < 4), SHAPE)
    assert stir[below].max() < 0.5 * SIGNAL["fluid"][0]


def test_roots_leave_on_both_sides() -> None:
    stir = painted(paint_sac).stir
    beside = np.broadcast_to(np.abs(GRID.x) > 20, SHAPE)
    left, right = (
        np.count_nonzero(beside & side & (stir > 0.8)) for side in (GRID.x > 0, GRID.x < 0)
    )
    assert left > 20
    assert 0.5 < left / right < 2


def test_the_canal_is_filled_with_fat_outside_the_bone() -> None:
    t1 = painted(paint_canal).t1
    canal = at(13, 10, 0)
    assert np.median(t1[canal]) > 0.2 * SIGNAL["fat"][1]
    assert not t1[at(-70, 10, 0)].any()


def test_a_disc_is_brighter_in_its_heart_as_the_trait_says_and_dark_at_its_rim() -> None:
    def disc(signal: float) -> np.ndarray:
        tissues = blank()
        paint_discs(tissues, scene(), replace(BUILD, disc_signal=signal))
        return tissues.stir

    dark, bright = disc(0.5), disc(1.8)
    heart, rim = at(-10, -40, 0, 3.0), at(-10, -40, 23, 2.0)
    assert np.median(bright[heart]) > 1.5 * np.median(dark[heart])
    assert np.median(bright[rim]) == pytest.approx(np.median(dark[rim]), rel=0.2)
    assert 0 < np.median(dark[rim]) <= 1.1 * SIGNAL["disc"][0]


def test_more_vessels_are_more_bright_voxels_and_the_large_ones_are_always_there() -> None:
    few, many = (
        np.count_nonzero(painted(paint_vessels, replace(BUILD, vessels=v)).stir > 0.3)
        for v in (0.0, 1.4)
    )
    assert many > 1.2 * few
    stir = painted(paint_vessels).stir
    for sign in (-1, 1):
        vein = stir[at(-39, -16, sign * 21, 5.0)]
        assert vein.max() > 0.8 * SIGNAL["vein"][0]
