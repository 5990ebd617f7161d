"""Cortex around textured marrow, cartilage between the bones, and traits that say how much."""

from dataclasses import replace

import numpy as np
import pytest
from tissue_scene import BUILD, JOINT_MM, blank, inside, scene

from mri_bme.phantom.tissue.bones import paint_bones, paint_joints
from mri_bme.phantom.tissue.canvas import SIGNAL, Tissues
from mri_bme.sacroiliac import BoneLabel

GRID = scene().grid
PLAIN = replace(BUILD, texture=0.0, fat_islands=0.0, sclerosis=0.0)


def bones(traits=PLAIN, seed: int = 0) -> Tissues:
    tissues = blank()
    paint_bones(tissues, scene(), traits, np.random.default_rng(seed))
    return tissues


def test_plain_marrow_is_the_unit_of_both_contrasts() -> None:
    tissues = bones()
    for bone in (BoneLabel.SACRUM, BoneLabel.LEFT_ILIUM, BoneLabel.L5):
        assert np.median(tissues.stir[inside(bone)]) == pytest.approx(1.0, abs=0.02)
        assert np.median(tissues.t1[inside(bone)]) == pytest.approx(1.0, abs=0.02)


def test_marrow_is_as_uneven_as_the_trait_says() -> None:
    some, more = (bones(replace(PLAIN, texture=t)) for t in (0.1, 0.2))
    spread = [float(np.std(tissues.stir[inside(BoneLabel.LEFT_ILIUM)])) for tissues in (some, more)]
    assert spread[1] == pytest.approx(2 * spread[0], rel=0.15)


def test_around_marrow_lies_dark_cortex() -> None:
    thick = bones(replace(PLAIN, cortex_mm=4.0))
    depth = -scene().bones[BoneLabel.LEFT_ILIUM]
    cortex = thick.stir[(depth > 1.5) & (depth < 2.5)]
    assert np.median(cortex) < 0.4
    assert np.median(thick.stir[depth > 8]) > 0.9


def test_sclerosis_darkens_marrow_by_the_joint_in_both_contrasts() -> None:
    hard = bones(replace(PLAIN, sclerosis=1.0))
    near = inside(BoneLabel.LEFT_ILIUM, 3) & (np.abs(scene().joint_distance_mm) < 7)
    far = inside(BoneLabel.LEFT_ILIUM, 3) & (np.abs(scene().joint_distance_mm) > 20)
    for contrast in ("stir", "t1"):
        values = getattr(hard, contrast)
        assert np.median(values[near]) < 0.93 * np.median(values[far])


def test_islands_of_fat_are_dark_in_stir_where_they_are_bright_in_t1w() -> None:
    fatty = bones(replace(PLAIN, fat_islands=1.0))
    plain = bones()
    far = inside(BoneLabel.SACRUM, 3) | inside(BoneLabel.LEFT_ILIUM, 3)
    island = far & (fatty.t1 - plain.t1 > 0.1) & (np.abs(scene().joint_distance_mm) > 20)
    assert island.any()
    assert (fatty.stir[island] < plain.stir[island]).all()


def test_a_cyst_is_bright_fluid_by_a_joint() -> None:
    cyst, none = bones(replace(PLAIN, cyst=True), seed=2), bones(seed=2)
    changed = np.abs(cyst.stir - none.stir) > 0.5
    assert changed.any()
    assert cyst.stir[changed].max() > 2
    assert np.abs(scene().joint_distance_mm[changed]).max() < 15


def test_cartilage_fills_the_joints_and_fluid_only_where_the_trait_says() -> None:
    def joint(fluid: float) -> float:
        tissues = blank()
        traits = replace(BUILD, joint_fluid=fluid)
        paint_joints(tissues, scene(), traits, np.random.default_rng(0))
        middle = np.broadcast_to(
            (np.abs(np.abs(GRID.x) - JOINT_MM) < 1.3)
            & (np.abs(GRID.s) < 30)
            & (np.abs(GRID.n + 8) < 6),
            GRID.shape,
        )
        return float(np.median(tissues.stir[middle]))

    dry = joint(0.0)
    assert dry == pytest.approx(SIGNAL["cartilage"][0], rel=0.15)
    assert joint(1.0) > 1.5 * dry
