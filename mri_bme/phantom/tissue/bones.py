"""Joints, cortex and marrow.

The texture of marrow follows real reference marrow at 0.6 x 0.6 x 3.3 mm (five subjects,
Hepburn et al., PLOS ONE 2023): SD 14-18 % of the mean in STIR, of which some 0.1 varies
over one or two millimetres (noise included) and some 0.09 over a centimetre and more, the
coil's field included. Between blurs of 0.9 and 2.4 mm, where it is not, they have a texture
of 0.12 to 0.15 and 0.23; subjects are drawn from 0.10 to 0.16. STIR and T1W correlate by 0.3
to 0.75. From one slice to the next, 3.3 mm apart, residuals of more than a millimetre
correlate by 0.15 to 0.35 in STIR and 0.4 to 0.7 in T1W.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from mri_bme.phantom.solids import (
    Field,
    ellipsoid,
    ellipsoid_box,
    random_field,
    share_inside,
    tube,
)
from mri_bme.phantom.tissue.canvas import Scene, Tissues
from mri_bme.sacroiliac import BoneLabel, Side

TEXTURE_MM = ((0.9, 1.8, 1.8), (3.0, 5.0, 5.0), 18.0, 6.0)
"""Correlation lengths of fine, middle and broad texture, and of patches of fat."""
IN_STIR = (1.25, 0.3, 0.4, 0.25)  # their SDs relative to `texture`
IN_T1 = (1.0, 0.4, -0.7, 0.6)  # broad and patchy differences are of fat, which STIR nulls
N_MARROW_VEINS = 7


def paint_joints(tissues: Tissues, scene: Scene, traits: Any, rng: np.random.Generator) -> None:
    """Paint cartilage and fluid where the bones are close, ligament and fat behind."""
    grid, sacrum = scene.grid, scene.bones[BoneLabel.SACRUM]
    patches = random_field(rng, grid.shape, grid.geometry.spacing_mm, 5.0)
    for label in (BoneLabel.LEFT_ILIUM, BoneLabel.RIGHT_ILIUM):
        ilium = scene.bones[label]
        gap = sacrum + ilium
        between = np.maximum(sacrum, ilium) < 14
        strands = np.clip(0.55 + 0.3 * np.sin(1.3 * (sacrum - ilium)) + 0.35 * patches, 0, 1)
        behind = share_inside(gap - 18, edge_mm=4) * between * (grid.n > 2)
        tissues.paint(behind * strands, "ligament")
        cartilage = share_inside(gap - 6.5, edge_mm=1.5)
        tissues.paint(cartilage, "cartilage")
        thread = share_inside(np.abs(sacrum - ilium) - 0.7, edge_mm=0.9) * cartilage
        wet = np.clip(traits.joint_fluid * (1 + patches), 0, 1)
        tissues.paint(thread * wet, (0.45 * tissues.signal["fluid"][0], tissues.signal["fluid"][1]))


def paint_bones(tissues: Tissues, scene: Scene, traits: Any, rng: np.random.Generator) -> None:
    """Paint cortex and textured marrow, its veins, fused discs and a cyst."""
    fields = [
        random_field(rng, scene.grid.shape, scene.grid.geometry.spacing_mm, mm) for mm in TEXTURE_MM
    ]
    marrow = _marrow(fields, scene, traits, tissues.signal)
    near = np.exp(-np.abs(scene.joint_distance_mm) / 6)
    uneven = 0.12 * (fields[0] + fields[1])
    for label, distance in scene.bones.items():
        thick = 0.65 + 0.35 * near if label is BoneLabel.SACRUM else np.float32(1.0)
        tissues.paint(share_inside(distance) * np.clip(thick + uneven, 0.2, 1), "cortex")
        tissues.paint(share_inside(distance + traits.cortex_mm * traits.size), marrow)
    _paint_marrow_veins(tissues, scene, traits, rng)
    _paint_fused_discs(tissues, scene, traits)
    if traits.cyst:
        _paint_cyst(tissues, scene, traits, rng)


def _marrow(
    fields: list[Field], scene: Scene, traits: Any, signal: Mapping[str, tuple[float, float]]
) -> tuple[Field, Field]:
    """STIR and T1W of marrow: texture, fat islands, fat and sclerosis near the joint."""
    broad, patches = fields[2:]
    stir, t1 = (
        1 + traits.texture * sum((w * f for w, f in zip(weights, fields, strict=True)), 0 * broad)
        for weights in (IN_STIR, IN_T1)
    )
    near = np.exp(-np.abs(scene.joint_distance_mm) / 5)
    islands = np.clip(broad + 0.5 * patches - 1.7, 0, 1) * traits.fat_islands
    sclerosis = np.clip(near * traits.sclerosis * (1 + 0.5 * broad), 0, 0.8)
    fat, dense = signal["fatty_marrow"], signal["sclerosis"]
    stir = stir * (1 - (1 - fat[0]) * islands) * (1 - (1 - dense[0]) * sclerosis)
    by_joint = 0.25 * near * traits.fat_islands
    t1 = t1 * (1 + (fat[1] - 1) * islands + by_joint) * (1 - (1 - dense[1]) * sclerosis)
    return np.maximum(stir, 0.2), np.maximum(t1, 0.2)


def _paint_marrow_veins(
    tissues: Tissues, scene: Scene, traits: Any, rng: np.random.Generator
) -> None:
    """Veins of the sacral marrow: thin, and only slightly brighter than marrow."""
    size = traits.size
    for _ in range(int(N_MARROW_VEINS * traits.vessels)):
        start = rng.uniform((-22, -20, -38), (0, 50, 38))
        path = (start + np.cumsum(rng.normal(0, 5, (4, 3)), axis=0)) * size
        box = scene.grid.box(path.min(axis=0) - 2, path.max(axis=0) + 2)
        vein = tube(scene.grid, path, np.full(4, rng.uniform(0.4, 0.7)), box)
        inside = share_inside(scene.bones[BoneLabel.SACRUM][box] + 2)
        tissues.paint(share_inside(vein) * inside, "marrow_vein", box)


def _paint_fused_discs(tissues: Tissues, scene: Scene, traits: Any) -> None:
    """Dark remnants of the discs between S1, S2, S3 and S4."""
    size = traits.size
    inside = share_inside(scene.bones[BoneLabel.SACRUM] + 2)
    for s0, width in ((1, 13), (25, 10), (47, 8)):
        place, reach = np.array([-9, s0, 0]) * size, np.array([11, 1.3, width]) * size
        box = ellipsoid_box(scene.grid, place, reach)
        remnant = ellipsoid(scene.grid, place, reach, box)
        tissues.paint(0.8 * share_inside(remnant, edge_mm=1.2) * inside[box], "disc", box)


def _paint_cyst(tissues: Tissues, scene: Scene, traits: Any, rng: np.random.Generator) -> None:
    """Subcortical fluid of a few millimetres: bright, yet no edema."""
    side = list(Side)[int(rng.integers(2))]
    sheet = np.argwhere(scene.joint_sheets[side])
    spacing = np.array(scene.grid.geometry.spacing_mm)
    place = sheet[int(rng.integers(len(sheet)))] * spacing + np.array(scene.grid.first_mm)
    outwards = 1 if side is Side.LEFT else -1
    centre = place + np.array([0, 0, outwards * 5.5 * traits.size])
    radius = float(rng.uniform(1.2, 2.4))
    box = scene.grid.box(centre - radius - 2, centre + radius + 2)
    cyst = tube(scene.grid, [centre, centre + 0.1], np.full(2, radius), box)
    tissues.paint(share_inside(cyst) * share_inside(scene.hips[box] + 1), "fluid", box)
