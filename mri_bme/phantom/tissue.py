"""Signal of every tissue, painted from the back to the front with soft edges.

Values are relative to normal sacral marrow, STIR and T1W, measured on semicoronal scans
of eight subjects with axial spondyloarthritis (Hepburn et al., PLOS ONE 2023).
"""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mri_bme.phantom.solids import (
    Field,
    Grid,
    ellipsoid,
    random_field,
    share_inside,
    tube,
    tube_box,
)
from mri_bme.sacroiliac import BoneLabel, Side

Box = tuple[slice, slice, slice]
EVERYWHERE: Box = (slice(None), slice(None), slice(None))

SIGNAL: dict[str, tuple[float, float]] = {
    "air": (0.0, 0.0),
    "marrow": (1.0, 1.0),
    "cortex": (0.25, 0.22),
    "cartilage": (0.75, 0.42),
    "ligament": (0.45, 0.45),
    "fat": (0.85, 1.9),
    "muscle": (0.95, 0.60),
    "fluid": (6.0, 0.40),
    "nerve": (2.2, 0.60),
    "vein": (3.2, 0.5),
    "artery": (0.3, 0.25),
    "disc": (0.75, 0.55),
    "nucleus": (1.3, 0.60),
    "bowel_wall": (2.0, 0.7),
    "gas": (0.1, 0.15),
    "stool": (0.7, 0.9),
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
    grid = scene.grid
    spacing = grid.geometry.spacing_mm
    left_right, front_back = _body_coordinates(grid)
    size = np.float32(traits.size)
    radius = np.hypot(left_right / (178 * size), (front_back + 22 * size) / (125 * size))
    skin = (radius - 1) * 125 * size
    tissues.paint(share_inside(skin), "skin")
    tissues.paint(share_inside(skin + 2), "fat")
    hips = np.minimum(scene.bones[BoneLabel.LEFT_ILIUM], scene.bones[BoneLabel.RIGHT_ILIUM])
    cleft = np.abs(grid.x) - np.clip((grid.s - 45) * 0.25, 0, 12)
    muscle = np.maximum(skin + traits.fat_mm, 1 - cleft)
    striae = random_field(rng, grid.shape, spacing, 3.5)
    streaks = np.clip(striae - 1.2, 0, 1)
    tissues.paint(share_inside(muscle) * (1 - 0.8 * streaks), "muscle")
    for depth in (24, 38):  # fat planes between the gluteal muscles
        plane = np.abs(hips - depth - 2 * striae) - 0.8
        outside = share_inside(muscle) * (np.abs(grid.x) > 45)
        tissues.paint(share_inside(plane) * outside * 0.8, "fat")
    tissues.stir[...] = tissues.stir * (1 + 0.06 * striae)


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
    pelvis = ellipsoid(grid, (-45 * size, 45 * size, 0), (48, 62, 52), power=2.5)
    pelvis = np.maximum(pelvis, 9 - hips)
    tissues.paint(share_inside(pelvis, edge_mm=2), "fat")
    abdomen = ellipsoid(grid, (-70 * size, -50 * size, 0), (46, 70, 70), power=2.5)
    tissues.paint(share_inside(np.maximum(abdomen, 12 - hips), edge_mm=2), "fat")
    for sign in (-1, 1):
        path = [(-22, -110, sign * 34), (-34, -50, sign * 42), (-62, 10, sign * 62)]
        box = tube_box(grid, np.array(path) * size, 24 * size)
        psoas = tube(grid, np.array(path) * size, np.array([19, 21, 17]) * size, box)
        tissues.paint(share_inside(psoas), "muscle", box)
    for _ in range(5):
        centre = np.array([rng.uniform(-55, -34), rng.uniform(22, 82), rng.uniform(-26, 26)])
        radii = rng.uniform(7, 15, 3)
        loop = ellipsoid(grid, centre * size, radii * size)
        loop = np.maximum(loop, 3 - bones[BoneLabel.SACRUM])
        tissues.paint(share_inside(loop), "bowel_wall")
        content = "gas" if rng.random() < 0.5 else "stool"
        tissues.paint(share_inside(loop + 2), content)


def _paint_canal(tissues: Tissues, scene: Scene, traits: Any) -> None:
    """Epidural fat in canal and foramina, thecal sac to S2, nerve roots with their rims."""
    grid, size = scene.grid, traits.size
    near = ellipsoid(grid, (2 * size, 8 * size, 0), (20 * size, 52 * size, 34 * size), power=4)
    tissues.paint(share_inside(near, edge_mm=2), "fat")
    sac = np.array([(26, -112), (19, -60), (12, -28), (8, 0), (5, 22)], dtype=float)
    path = np.column_stack([sac, np.zeros(len(sac))]) * size
    box = tube_box(grid, path, 14 * size)
    around = tube(grid, path, np.array([12, 12, 12, 9, 5]) * size, box)
    tissues.paint(share_inside(around), "fat", box)
    theca = tube(grid, path, np.array([9, 9, 8.5, 5, 1.5]) * size, box)
    tissues.paint(share_inside(theca), "fluid", box)
    for sign in (-1, 1):
        for s0, x0 in ((-36, 15), (-6, 14), (16, 13), (36, 11)):
            root = np.array(
                [
                    (9, s0 - 8, sign * x0 * 0.5),
                    (-4, s0 + 6, sign * (x0 + 5)),
                    (-22, s0 + 22, sign * (x0 + 14)),
                ]
            )
            own = tube_box(grid, root * size, 6 * size)
            nerve = tube(grid, root * size, np.array([2.2, 2.8, 2.4]) * size, own)
            tissues.paint(share_inside(nerve), "nerve", own)


def _paint_discs(tissues: Tissues, scene: Scene, traits: Any) -> None:
    """Disc between L5 and S1, and the one above L5."""
    grid, size = scene.grid, traits.size
    body, sacrum = scene.bones[BoneLabel.L5], scene.bones[BoneLabel.SACRUM]
    inside = body < 0
    middle = np.argwhere(inside & (np.abs(grid.x) < 18)).mean(axis=0)
    centre = middle * np.array(grid.geometry.spacing_mm) + np.array(grid.first_mm)
    between = np.maximum(body - 9 * size, sacrum - 9 * size)
    slab = ellipsoid(grid, centre + np.array([-4, 19, 0]) * size, (22, 22, 26), power=3.0)
    below = np.maximum(between, slab)
    above = ellipsoid(grid, centre + np.array([3, -20, 0]) * size, (18, 5.5, 25), power=3.0)
    nucleus = (SIGNAL["nucleus"][0] * traits.disc_signal, SIGNAL["nucleus"][1])
    for disc in (below, above):
        tissues.paint(share_inside(disc), "disc")
        tissues.paint(share_inside(disc + 3.0, edge_mm=2), nucleus)
    l4 = ellipsoid(grid, centre + np.array([9, -40, 0]) * size, (17, 14, 25), power=4.0)
    tissues.paint(share_inside(l4), "cortex")
    tissues.paint(share_inside(l4 + traits.cortex_mm * traits.size), "marrow")


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
        behind = share_inside(gap - 18, edge_mm=4) * between * (scene.grid.n > 2)
        tissues.paint(behind, "ligament")
        cartilage = share_inside(gap - 6.5, edge_mm=1.5)
        value = SIGNAL["cartilage"][0] + traits.joint_fluid * 2.5
        tissues.paint(cartilage, (value, SIGNAL["cartilage"][1]))


def _paint_bones(tissues: Tissues, scene: Scene, traits: Any, rng: np.random.Generator) -> None:
    """Cortex and textured marrow; fat islands and sclerosis near the joint."""
    grid = scene.grid
    spacing = grid.geometry.spacing_mm
    fine = random_field(rng, grid.shape, spacing, 2.5)
    broad = random_field(rng, grid.shape, spacing, 14.0)
    texture = traits.texture * (0.75 * fine + 0.65 * broad)
    islands = np.clip(broad - 1.3, 0, 1) * traits.fat_islands
    near = np.exp(-np.abs(scene.joint_distance_mm) / 5)
    sclerosis = np.clip(near * traits.sclerosis * (1 + 0.5 * broad), 0, 0.8)
    stir = (1 + texture) * (1 - 0.45 * islands) * (1 - 0.5 * sclerosis)
    t1 = (1 + 0.8 * texture) * (1 + 0.7 * islands) * (1 - 0.7 * sclerosis)
    for distance in scene.bones.values():
        tissues.paint(share_inside(distance), "cortex")
        tissues.paint(share_inside(distance + traits.cortex_mm * traits.size), (stir, t1))
