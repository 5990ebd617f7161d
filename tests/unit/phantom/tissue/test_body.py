"""Skin, fat and muscle lie one under the other, and the cavity leaves the bones alone."""

from dataclasses import replace

import numpy as np
import pytest
from tissue_scene import BUILD, blank, inside, scene

from mri_bme.phantom.tissue.body import paint_body, paint_cavity
from mri_bme.phantom.tissue.canvas import SIGNAL, Tissues
from mri_bme.sacroiliac import BoneLabel

GRID = scene().grid


def body(seed: int = 0, **traits) -> Tissues:
    tissues = blank()
    paint_body(tissues, scene(), replace(BUILD, **traits), np.random.default_rng(seed))
    return tissues


def layer(low: float, high: float) -> np.ndarray:
    """Voxels by their distance from the middle of the body, as a share of its radius."""
    radius = np.hypot(GRID.x / 178, (GRID.n + 22) / 134)
    return np.broadcast_to((radius > low) & (radius < high), GRID.shape)


def test_there_is_nothing_in_the_air() -> None:
    air = layer(1.1, 9)
    assert air.any()
    assert not body().stir[air].any()
    assert not body().t1[air].any()


def test_subcutaneous_fat_is_bright_in_t1w_and_muscle_under_it_is_not() -> None:
    t1 = body().t1
    fat, muscle = np.median(t1[layer(0.9, 0.95)]), np.median(t1[layer(0.0, 0.5)])
    assert fat == pytest.approx(SIGNAL["fat"][1], rel=0.1)
    assert muscle < 0.6 * fat


def test_a_thicker_layer_of_fat_leaves_less_muscle() -> None:
    thin, thick = (np.median(body(fat_mm=mm).t1[layer(0.78, 0.82)]) for mm in (14.0, 34.0))
    assert thick > 1.3 * thin


def test_neither_contrast_is_ever_negative_and_seeds_differ() -> None:
    assert body().stir.min() >= 0
    assert body().t1.min() >= 0
    np.testing.assert_array_equal(body().stir, body().stir)
    assert (body().stir != body(seed=1).stir).any()


def test_fat_gut_and_muscle_of_the_cavity_are_painted_around_the_bones() -> None:
    tissues = blank()
    paint_cavity(tissues, scene(), BUILD, np.random.default_rng(0))
    for bone in (BoneLabel.LEFT_ILIUM, BoneLabel.RIGHT_ILIUM):
        assert tissues.t1[inside(bone)].max() < 1.0  # of the psoas, never of fat
    in_front = np.broadcast_to((GRID.n < -40) & (np.abs(GRID.x) < 30), GRID.shape)
    assert np.mean(tissues.t1[in_front] > 0.1) > 0.2


def test_the_psoas_is_there_on_both_sides() -> None:
    tissues = blank()
    paint_cavity(tissues, scene(), BUILD, np.random.default_rng(0))
    beside = np.broadcast_to(
        (np.abs(GRID.s + 58) < 6) & (np.abs(GRID.n + 26) < 8) & (np.abs(np.abs(GRID.x) - 50) < 8),
        GRID.shape,
    )
    for side in (GRID.x > 0, GRID.x < 0):
        psoas = tissues.stir[beside & side]
        assert np.median(psoas) == pytest.approx(0.85 * SIGNAL["muscle"][0], rel=0.15)
