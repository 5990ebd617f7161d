"""Signal of every tissue, painted from the back to the front with soft edges.

Values are relative to normal sacral marrow, STIR and T1W, measured on semicoronal scans
of eight subjects with axial spondyloarthritis (Hepburn et al., PLOS ONE 2023).
"""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mri_bme.phantom.solids import (
    EVERYWHERE,
    Box,
    Field,
    Grid,
    ellipsoid,
    ellipsoid_box,
    random_field,
    share_inside,
    tube,
    tube_box,
)
from mri_bme.sacroiliac import BoneLabel, Side

SIGNAL: dict[str, tuple[float, float]] = {
    "marrow": (1.0, 1.0),
    "cortex": (0.28, 0.24),
    "cartilage": (0.60, 0.42),
    "ligament": (0.62, 0.85),
    "fat": (1.05, 1.70),
    "muscle": (0.64, 0.60),
    "fluid": (6.0, 0.38),
    "nerve": (2.0, 0.60),
    "vein": (3.0, 0.55),
    "artery": (0.3, 0.25),
    "disc": (0.45, 0.50),
    "nucleus": (1.2, 0.58),
    "bowel_wall": (1.9, 0.7),
    "gas": (0.1, 0.15),
    "stool": (0.6, 1.0),
    "skin": (1.2, 0.9),
}
"""(STIR, T1W) of each tissue, relative to normal marrow."""


class Traits(Protocol):
    """The part of a subject's build that the paint needs."""

    size: float
    cortex_mm: float
    texture: float
    fat_islands: float
    sclerosis: float
    disc_signal: float
    facet_fluid: float
    joint_fluid: float
    cyst: bool
    fat_mm: float
    vessels: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Scene:
    """The bones and joints around which everything is painted."""

    grid: Grid
    bones: dict[BoneLabel, Field]
    joint_sheets: dict[Side, NDArray[np.bool_]]
    joint_distance_mm: Field


@dataclass(frozen=True, kw_only=True, eq=False)
class Tissues:
    """Signal of a subject, painted in place."""

    stir: Field
    t1: Field

    def paint(self, share: Field, tissue: str | tuple[Any, Any], box: Box = EVERYWHERE) -> None:
        """Cover what is there with a tissue, by the share of each voxel that it fills."""
        values = SIGNAL[tissue] if isinstance(tissue, str) else tissue
        for canvas, value in zip((self.stir, self.t1), values, strict=True):
            part = canvas[box]
            part += share * (value - part)


def paint_subject(scene: Scene, traits: Any, rng: np.random.Generator) -> Tissues:
    """Paint body, muscle, cavity, nerves, vessels, discs, bones and joints."""
    shape = scene.grid.shape
    tissues = Tissues(stir=np.zeros(shape, np.float32), t1=np.zeros(shape, np.float32))
    _paint_body(tissues, scene, traits, rng)
    _paint_cavity(tissues, scene, traits, rng)
    _paint_canal(tissues, scene, traits)
    _paint_discs(tissues, scene, traits)
    _paint_vessels(tissues, scene, traits, rng)
    _paint_joints(tissues, scene, traits)
    _paint_bones(tissues, scene, traits, rng)
    return tissues


def _paint_body(tissues: Tissues, scene: Scene, traits: Any, rng: np.random.Generator) -> None:
    grid, size = scene.grid, np.float32(traits.size)
    left_right, front_back = _body_coordinates(grid)
    radius = np.hypot(left_right / (178 * size), (front_back + 22 * size) / (134 * size))
    skin = (radius - 1) * 134 * size
    mesh = random_field(rng, grid.shape, grid.geometry.spacing_mm, 7.0)
    septa = np.clip(1 - np.abs(mesh) / 0.12, 0, 1)  # fibrous net of the subcutaneous fat
    fat_stir, fat_t1 = SIGNAL["fat"]
    tissues.paint(share_inside(skin), "skin")
    tissues.paint(
        share_inside(skin + 2), (fat_stir * (1 + 0.5 * septa), fat_t1 * (1 - 0.3 * septa))
    )
    cleft = np.abs(grid.x) - np.clip((grid.s - 62 * size) * 0.1, -1, 4)
    muscle = np.maximum(skin + traits.fat_mm, 1 - cleft)
    _paint_muscle(tissues, scene, share_inside(muscle), rng)


def _paint_muscle(tissues: Tissues, scene: Scene, share: Field, rng: np.random.Generator) -> None:
    """Fascicles run along the bones; fat lies between them and in planes between muscles."""
    grid = scene.grid
    hips = np.minimum(scene.bones[BoneLabel.LEFT_ILIUM], scene.bones[BoneLabel.RIGHT_ILIUM])
    warp = random_field(rng, grid.shape, grid.geometry.spacing_mm, 18.0)
    across = np.abs(grid.x)
    spinal = (across < 48) & (grid.n > 4)
    course = np.where(spinal, across + 0.25 * grid.s + 0.4 * grid.n, hips + 0.45 * grid.s)
    fascicles = np.sin((course + 6 * warp) * np.float32(1.15))
    behind = np.clip((grid.n + 25) / 45, 0.1, 1)  # the posterior muscles are the fatty ones
    patchy = np.clip(0.75 + 0.5 * warp, 0, 1) * behind * np.where(spinal, 1.0, 0.75)
    broken = random_field(rng, grid.shape, grid.geometry.spacing_mm, 4.5)
    fatty = np.clip((fascicles - 0.3 + 0.5 * broken) * 1.6, 0, 1) * patchy
    tissues.paint(share * (1 - 0.8 * fatty), "muscle")
    for depth in (20, 36):  # planes between the gluteal muscles
        plane = share_inside(np.abs(hips - depth - 4 * warp) - 0.8) * share
        tissues.paint(plane * (across > 50) * 0.8, "fat")


def _body_coordinates(grid: Grid) -> tuple[Field, Field]:
    """Left-right and front-back LPS mm relative to the grid's origin (S1/S2)."""
    axes = grid.geometry.directions
    front_back = axes[1, 0] * grid.n + axes[1, 1] * grid.s
    return grid.x, np.asarray(front_back, dtype=np.float32)


def _paint_cavity(tissues: Tissues, scene: Scene, traits: Any, rng: np.random.Generator) -> None:
    """Pelvic fat with bowel in front of the sacrum, psoas, and fat in front of L5."""
    grid, size = scene.grid, traits.size
    bones = scene.bones
    hips = np.minimum(bones[BoneLabel.LEFT_ILIUM], bones[BoneLabel.RIGHT_ILIUM])
    for centre, radii, clear in (
        ((-42, 52, 0), (40, 48, 38), 10),
        ((-66, -58, 0), (48, 66, 62), 14),
        ((4, -96, 66), (52, 34, 30), 0),
        ((4, -96, -66), (52, 34, 30), 0),
    ):
        place, reach = np.array(centre) * size, np.array(radii) * size
        box = ellipsoid_box(grid, place, reach)
        body = ellipsoid(grid, place, reach, box, power=2.5)
        tissues.paint(share_inside(np.maximum(body, clear - hips[box]), edge_mm=3), "fat", box)
    for sign in (-1, 1):
        path = np.array([(2, -112, sign * 42), (-26, -55, sign * 46), (-62, 10, sign * 64)]) * size
        box = tube_box(grid, path, 26 * size)
        psoas = tube(grid, path, np.array([21, 23, 18]) * size, box)
        tissues.paint(share_inside(psoas), "muscle", box)
    for i in range(9):
        middle = np.array([rng.uniform(-58, -22), rng.uniform(34, 86), rng.uniform(-20, 20)]) * size
        across = rng.uniform(7, 16, 3) * size
        box = ellipsoid_box(grid, middle, across)
        loop = ellipsoid(grid, middle, across, box)
        loop = np.maximum(loop, 5 - bones[BoneLabel.SACRUM][box])
        tissues.paint(share_inside(loop), "bowel_wall", box)
        tissues.paint(share_inside(loop + 2), "stool" if i % 3 else "gas", box)


def _paint_canal(tissues: Tissues, scene: Scene, traits: Any) -> None:
    """Epidural fat in canal and foramina, thecal sac to S2, nerve roots with their rims."""
    grid, size = scene.grid, traits.size
    place, reach = np.array([-2, 14, 0]) * size, np.array([17, 56, 34]) * size
    box = ellipsoid_box(grid, place, reach)
    near = ellipsoid(grid, place, reach, box, power=3)
    voids = np.maximum(near, scene.bones[BoneLabel.SACRUM][box] - 6 * size)
    behind = np.clip(1 - (grid.n[box[0]] - 2) / 14, 0.35, 1)
    tissues.paint(0.9 * behind * share_inside(voids, edge_mm=2), "fat", box)
    sac = np.array([(26, -112), (19, -60), (12, -28), (8, 0), (5, 22)], dtype=float)
    path = np.column_stack([sac, np.zeros(len(sac))]) * size
    box = tube_box(grid, path, 14 * size)
    around = tube(grid, path, np.array([12, 12, 12, 9, 5]) * size, box)
    tissues.paint(share_inside(around), "fat", box)
    theca = tube(grid, path, np.array([9, 9, 8.5, 5, 1.5]) * size, box)
    tissues.paint(share_inside(theca), "fluid", box)
    for sign in (-1, 1):
        for s0, x0 in ((-36, 15), (-6, 14), (16, 13), (36, 11), (54, 9)):
            root = np.array(
                [
                    (9, s0 - 8, sign * x0 * 0.5),
                    (-4, s0 + 6, sign * (x0 + 5)),
                    (-20, s0 + 20, sign * (x0 + 14)),
                ]
            )
            own = tube_box(grid, root * size, 6 * size)
            nerve = tube(grid, root * size, np.array([2.2, 2.8, 1.8]) * size, own)
            tissues.paint(share_inside(nerve), "nerve", own)


def _paint_discs(tissues: Tissues, scene: Scene, traits: Any) -> None:
    """Disc between L5 and S1, and the one above L5."""
    grid, size = scene.grid, traits.size
    body, sacrum = scene.bones[BoneLabel.L5], scene.bones[BoneLabel.SACRUM]
    inside = body < 0
    middle = np.argwhere(inside & (np.abs(grid.x) < 18)).mean(axis=0)
    centre = middle * np.array(grid.geometry.spacing_mm) + np.array(grid.first_mm)
    nucleus = (SIGNAL["nucleus"][0] * traits.disc_signal, SIGNAL["nucleus"][1])
    for move, radii in (((-5, 19, 0), (22, 22, 27)), ((4, -20.5, 0), (19, 6, 26))):
        place, reach = centre + np.array(move) * size, np.array(radii) * size
        box = ellipsoid_box(grid, place, reach)
        disc = ellipsoid(grid, place, reach, box, power=3.0)
        if move[1] > 0:  # the disc fills what lies between L5 and S1
            disc = np.maximum(disc, np.maximum(body[box], sacrum[box]) - 11 * size)
        tissues.paint(share_inside(disc), "disc", box)
        tissues.paint(share_inside(disc + 3.0, edge_mm=2), nucleus, box)
    place, reach = centre + np.array([10, -41, 0]) * size, np.array([17, 15, 25]) * size
    box = ellipsoid_box(grid, place, reach)
    l4 = ellipsoid(grid, place, reach, box, power=4.0)
    tissues.paint(share_inside(l4), "cortex", box)
    tissues.paint(share_inside(l4 + traits.cortex_mm * size), "marrow", box)


def _paint_vessels(tissues: Tissues, scene: Scene, traits: Any, rng: np.random.Generator) -> None:
    """Iliac vessels, presacral and gluteal veins, facet joint fluid."""
    grid, size = scene.grid, traits.size
    for sign in (-1, 1):
        iliac = [(-48, -70, sign * 12), (-44, -20, sign * 30), (-52, 20, sign * 50)]
        _paint_tube(tissues, grid, np.array(iliac) * size, 5.5 * size, "artery")
        beside = np.array(iliac) + np.array([5, 4, sign * -9])
        _paint_tube(tissues, grid, beside * size, 5.0 * size, "vein")
        facet = np.array([(20, -30, sign * 20), (26, -22, sign * 23)]) * size
        _paint_tube(tissues, grid, facet, 0.5 + 1.5 * traits.facet_fluid, "fluid")
    for _ in range(int(26 * traits.vessels)):
        start = np.array([rng.uniform(-34, -22), rng.uniform(0, 60), rng.uniform(-40, 40)])
        path = start + np.cumsum(rng.normal(0, 7, (4, 3)), axis=0)
        _paint_tube(tissues, grid, path * size, float(rng.uniform(0.6, 1.5)), "vein")
    for _ in range(int(40 * traits.vessels)):
        side = rng.choice([-1, 1])
        start = np.array([rng.uniform(-50, 60), rng.uniform(-20, 100), side * rng.uniform(15, 105)])
        path = start + np.cumsum(rng.normal(0, 8, (4, 3)), axis=0)
        _paint_tube(tissues, grid, path * size, float(rng.uniform(0.4, 1.0)), "vein")


def _paint_tube(
    tissues: Tissues, grid: Grid, path: ArrayLike, radius_mm: float, tissue: str
) -> None:
    points = np.asarray(path)
    box = tube_box(grid, points, radius_mm + 1)
    if any(part.start >= part.stop for part in box):
        return
    body = tube(grid, points, np.full(len(points), radius_mm), box)
    tissues.paint(share_inside(body), tissue, box)


def _paint_joints(tissues: Tissues, scene: Scene, traits: Any) -> None:
    """Cartilage and fluid where the bones are close, ligament and fat behind."""
    sacrum = scene.bones[BoneLabel.SACRUM]
    for side in Side:
        label = BoneLabel.LEFT_ILIUM if side is Side.LEFT else BoneLabel.RIGHT_ILIUM
        gap = sacrum + scene.bones[label]
        between = np.maximum(sacrum, scene.bones[label]) < 14
        strands = np.clip(0.6 + 0.4 * np.sin(1.3 * (sacrum - scene.bones[label])), 0, 1)
        behind = share_inside(gap - 18, edge_mm=4) * between * (scene.grid.n > 2)
        tissues.paint(behind * strands, "ligament")
        cartilage = share_inside(gap - 6.5, edge_mm=1.5)
        value = SIGNAL["cartilage"][0] + traits.joint_fluid * 2.5
        tissues.paint(cartilage, (value, SIGNAL["cartilage"][1]))


def _paint_bones(tissues: Tissues, scene: Scene, traits: Any, rng: np.random.Generator) -> None:
    """Cortex and textured marrow; fat islands, sclerosis near the joint, fused discs."""
    grid = scene.grid
    spacing = grid.geometry.spacing_mm
    fine = random_field(rng, grid.shape, spacing, 2.2)
    broad = random_field(rng, grid.shape, spacing, 13.0)
    texture = traits.texture * (0.8 * fine + 0.7 * broad)
    islands = np.clip(broad - 1.2, 0, 1) * traits.fat_islands
    near = np.exp(-np.abs(scene.joint_distance_mm) / 5)
    sclerosis = np.clip(near * traits.sclerosis * (1 + 0.5 * broad), 0, 0.8)
    stir = (1 + texture) * (1 - 0.4 * islands) * (1 - 0.5 * sclerosis)
    t1 = 1 + 0.9 * traits.texture * fine - 1.2 * traits.texture * broad
    t1 = t1 * (1 + 0.6 * islands + 0.25 * near * traits.fat_islands) * (1 - 0.6 * sclerosis)
    for distance in scene.bones.values():
        tissues.paint(share_inside(distance), "cortex")
        inside = share_inside(distance + traits.cortex_mm * traits.size)
        tissues.paint(inside, (stir, t1))
    _paint_fused_discs(tissues, scene, traits)
    if traits.cyst:
        _paint_cyst(tissues, scene, traits, rng)


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
    bones = np.minimum(scene.bones[BoneLabel.LEFT_ILIUM], scene.bones[BoneLabel.RIGHT_ILIUM])[box]
    tissues.paint(share_inside(cyst) * share_inside(bones + 1), "fluid", box)
