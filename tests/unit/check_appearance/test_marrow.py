"""What marrow looks like: noise, edges, evenness, and the fat beside it."""

from dataclasses import replace

import numpy as np
import pytest
from box_pelvis import SHAPE, box_pelvis, semicoronal_geometry
from scipy import ndimage

from mri_bme.check_appearance.marrow import (
    common_shading,
    curved_field,
    fat_brightness,
    marrow_snr,
    sharpness,
)
from mri_bme.place_rois import place_rois
from mri_bme.sacroiliac import SacroiliacRois
from mri_bme.volume import Volume

GEOMETRY = semicoronal_geometry()
BONES = box_pelvis(GEOMETRY)
NOISE = np.random.default_rng(0).normal(0, 1, SHAPE).astype(np.float32)


def scan(noise: float = 5.0, around: float = 40.0) -> Volume:
    voxels = np.where(BONES > 0, 100.0, around) + noise * NOISE
    return Volume(geometry=GEOMETRY, voxels=voxels.astype(np.float32))


@pytest.fixture(scope="module")
def rois() -> SacroiliacRois:
    return place_rois(scan(), bones=BONES)


@pytest.mark.parametrize("noise", [5.0, 20.0])
def test_signal_over_noise_is_what_was_added(rois: SacroiliacRois, noise: float) -> None:
    assert marrow_snr(scan(noise), rois) == pytest.approx(100 / noise, rel=0.05)
    brighter = Volume(geometry=GEOMETRY, voxels=scan(noise).voxels * 7)
    assert marrow_snr(brighter, rois) == pytest.approx(100 / noise, rel=0.05)


def test_a_coil_is_neither_noise_nor_shading_that_both_series_share(rois: SacroiliacRois) -> None:
    columns = np.exp(np.linspace(-0.5, 0.5, SHAPE[2], dtype=np.float32))
    shaded = Volume(geometry=GEOMETRY, voxels=scan().voxels * columns)
    assert marrow_snr(shaded, rois) == pytest.approx(20, rel=0.15)
    assert common_shading(shaded, rois, shaded) == pytest.approx(0, abs=0.03)


def test_what_is_brighter_on_both_series_is_no_disease(rois: SacroiliacRois) -> None:
    columns = np.arange(SHAPE[2]) - SHAPE[2] / 2
    dip = 1 - 0.6 * np.exp(-((columns / 20) ** 2)).astype(np.float32)
    dark = Volume(geometry=GEOMETRY, voxels=scan().voxels * dip)
    bright = Volume(geometry=GEOMETRY, voxels=scan().voxels / dip)
    both, opposite = common_shading(dark, rois, dark), common_shading(dark, rois, bright)
    assert both is not None
    assert opposite is not None
    assert both > 0.1
    assert opposite < -0.1
    assert common_shading(dark, rois, scan()) == pytest.approx(0, abs=0.05)
    assert common_shading(dark, rois, None) is None


def test_a_field_is_told_by_what_both_series_share(rois: SacroiliacRois) -> None:
    columns = np.arange(SHAPE[2]) - SHAPE[2] / 2
    dip = 1 - 0.4 * np.exp(-((columns / 50) ** 2)).astype(np.float32)
    dark = Volume(geometry=GEOMETRY, voxels=scan().voxels * dip)
    field, alone = curved_field(dark, rois, dark), curved_field(dark, rois, None)
    none = curved_field(scan(), rois, scan())
    assert field is not None
    assert alone is not None
    assert none is not None
    assert (field.is_common, alone.is_common) == (True, False)
    assert 0.25 < field.strength < 0.6  # marrow by the joints is 1.35 times as bright as the middle
    assert alone.strength == pytest.approx(field.strength, abs=0.05)
    assert none.strength == pytest.approx(0, abs=0.03)
    assert curved_field(dark, replace(rois, reference=None), dark) is None


def test_a_blur_makes_borders_less_sharp_and_gain_does_not(rois: SacroiliacRois) -> None:
    sharp = sharpness(scan(), rois)
    blurred = ndimage.gaussian_filter(scan().voxels, (0, 0, 2.0))
    soft = sharpness(Volume(geometry=GEOMETRY, voxels=blurred), rois)
    louder = sharpness(Volume(geometry=GEOMETRY, voxels=3 * scan().voxels), rois)
    assert sharp is not None
    assert soft is not None
    assert soft < 0.8 * sharp
    assert louder == pytest.approx(sharp, rel=1e-4)


def test_fat_is_told_by_t1w_alone(rois: SacroiliacRois) -> None:
    fat = (np.arange(SHAPE[2]) < 30) & (BONES == 0)
    t1 = Volume(geometry=GEOMETRY, voxels=np.where(fat, 200.0, 100.0).astype(np.float32))
    shining = Volume(
        geometry=GEOMETRY, voxels=np.where(fat, 250.0, scan().voxels).astype(np.float32)
    )
    assert fat_brightness(shining, rois, t1) == pytest.approx(2.5, rel=0.05)
    assert fat_brightness(scan(around=30.0), rois, t1) == pytest.approx(0.33, abs=0.1)
    assert fat_brightness(shining, rois, None) is None


def test_without_marrow_nothing_is_said(rois: SacroiliacRois) -> None:
    nothing = replace(rois, quadrants=np.zeros(SHAPE, np.uint8), reference=None)
    told = (marrow_snr(scan(), nothing), sharpness(scan(), nothing))
    assert told == (None, None)
    assert common_shading(scan(), nothing, scan()) is None
    assert fat_brightness(scan(), nothing, scan()) is None
