"""What runs along and through the sacrum: canal, roots, discs, vessels."""

from typing import Any

import numpy as np

from mri_bme.phantom.solids import (
    ellipsoid,
    ellipsoid_box,
    random_field,
    share_inside,
    tube,
    tube_box,
)
from mri_bme.phantom.tissue.canvas import Scene, Tissues
from mri_bme.sacroiliac import BoneLabel
from mri_bme.volume import FloatArray

ROOTS = ((-36, 15, 1.0), (-6, 14, 1.2), (16, 13, 1.0), (36, 11, 0.8), (54, 9, 0.6))
"""Height, distance from the midline (mm at size 1) and relative thickness of L5 to S4."""
ROOT_SCATTER_MM = 1.2  # from subject to subject, and left against right
N_BENDS = 9
PLEXUS_MM = (2.2, 3.5, 2.6)


def paint_canal(tissues: Tissues, scene: Scene, traits: Any, rng: np.random.Generator) -> None:
    """Paint epidural fat, with its veins, in canal and foramina."""
    grid, size = scene.grid, traits.size
    place, reach = np.array([-2, 14, 0]) * size, np.array([17, 56, 34]) * size
    box = ellipsoid_box(grid, place, reach)
    near = ellipsoid(grid, place, reach, box, power=3)
    voids = np.maximum(near, scene.bones[BoneLabel.SACRUM][box] - 6 * size)
    behind = np.clip(1 - (grid.n[box[0]] - 2) / 14, 0.35, 1)
    veins = random_field(rng, near.shape, grid.geometry.spacing_mm, PLEXUS_MM)
    plexus = np.clip(veins - 0.7, 0, 1.3)
    stir, t1 = tissues.signal["fat"]
    value = (stir * (0.9 + 0.9 * plexus), t1 * (0.95 - 0.35 * plexus))
    tissues.paint(0.9 * behind * share_inside(voids, edge_mm=2), value, box)


def paint_sac(tissues: Tissues, scene: Scene, traits: Any, rng: np.random.Generator) -> None:
    """Paint the thecal sac to S2, and the roots that leave it in sleeves of fluid."""
    size = traits.size
    sac = np.array([(26, -112), (19, -60), (12, -28), (8, 0), (5, 22)], dtype=float)
    path = np.column_stack([sac, np.zeros(len(sac))]) * size
    box = tube_box(scene.grid, path, 16 * size)
    around = tube(scene.grid, path, np.array([13, 13, 13, 10, 5]) * size, box)
    tissues.paint(share_inside(around), "fat", box)
    theca = tube(scene.grid, path, np.array([9.5, 9.5, 9, 6, 1.5]) * size, box)
    strands = random_field(rng, theca.shape, scene.grid.geometry.spacing_mm, (2.0, 12.0, 1.8))
    stir, t1 = tissues.signal["fluid"]  # with the roots of the cauda equina in it
    tissues.paint(share_inside(theca), (stir * (1 - 0.16 * strands), t1), box)
    for sign in (-1, 1):
        for s0, x0, thick in ROOTS:
            at = np.array([s0, x0]) + rng.normal(0, ROOT_SCATTER_MM, 2)
            _paint_root(tissues, scene, (float(at[0]), sign * float(at[1])), thick, size)


def _paint_root(
    tissues: Tissues, scene: Scene, place: tuple[float, float], thick: float, size: float
) -> None:
    """Paint one root: down beside the sac in its sleeve, through the foramen, and forward."""
    s0, x0 = place
    sign = 1 if x0 > 0 else -1
    path = size * np.array(
        [
            (10, s0 - 30, sign * 5),
            (7, s0 - 12, x0 * 0.55),
            (-2, s0 + 4, x0 + sign * 4),
            (-10, s0 + 12, x0 + sign * 8),
            (-22, s0 + 24, x0 + sign * 16),
        ]
    )
    box = tube_box(scene.grid, path, 8 * size)
    around = tube(scene.grid, path[:3], thick * np.array([3.0, 4.0, 4.0]) * size, box)
    clear = share_inside(-scene.bones[BoneLabel.SACRUM][box])
    tissues.paint(share_inside(around) * clear, "fat", box)
    sleeve = tube(scene.grid, path[:3], thick * np.array([2.4, 2.2, 1.2]) * size, box)
    tissues.paint(0.8 * share_inside(sleeve), "fluid", box)
    nerve = tube(scene.grid, path[1:], thick * np.array([1.2, 2.6, 2.4, 1.7]) * size, box)
    tissues.paint(share_inside(nerve), "nerve", box)


def paint_discs(tissues: Tissues, scene: Scene, traits: Any) -> None:
    """Paint the disc between L5 and S1, the one above L5, and L4."""
    grid, size = scene.grid, traits.size
    body, sacrum = scene.bones[BoneLabel.L5], scene.bones[BoneLabel.SACRUM]
    inside = body < 0
    middle = np.argwhere(inside & (np.abs(grid.x) < 18)).mean(axis=0)
    centre = middle * np.array(grid.geometry.spacing_mm) + np.array(grid.first_mm)
    nucleus = (tissues.signal["nucleus"][0] * traits.disc_signal, tissues.signal["nucleus"][1])
    for move, radii in (((-5, 19, 0), (22, 22, 27)), ((4, -20.5, 0), (19, 6, 26))):
        place, reach = centre + np.array(move) * size, np.array(radii) * size
        box = ellipsoid_box(grid, place, reach)
        disc = ellipsoid(grid, place, reach, box, power=3.0)
        if move[1] > 0:  # the disc fills what lies between L5 and S1
            disc = np.maximum(disc, np.maximum(body[box], sacrum[box]) - 11 * size)
            core = np.maximum(disc + 6 * size, (4.2 * size - np.minimum(body, sacrum)[box]))
        else:
            inner = np.array([11, 3.2, 17]) * size
            core = ellipsoid(grid, place, inner, box, power=2.4)
        tissues.paint(share_inside(disc), "disc", box)
        tissues.paint(share_inside(core, edge_mm=3), nucleus, box)
    _paint_l4(tissues, scene, centre, traits)


def _paint_l4(tissues: Tissues, scene: Scene, l5_centre: Any, traits: Any) -> None:
    size = traits.size
    place, reach = l5_centre + np.array([10, -41, 0]) * size, np.array([17, 15, 25]) * size
    box = ellipsoid_box(scene.grid, place, reach)
    l4 = ellipsoid(scene.grid, place, reach, box, power=4.0)
    tissues.paint(share_inside(l4), "cortex", box)
    tissues.paint(share_inside(l4 + traits.cortex_mm * size), "marrow", box)


def paint_vessels(tissues: Tissues, scene: Scene, traits: Any, rng: np.random.Generator) -> None:
    """Paint iliac vessels, presacral and gluteal veins, facet joint fluid."""
    grid, size = scene.grid, traits.size
    for sign in (-1, 1):
        iliac = [(-48, -70, sign * 12), (-44, -20, sign * 30), (-52, 20, sign * 50)]
        tissues.paint_tube(grid, np.array(iliac) * size, 5.5 * size, "artery")
        beside = np.array(iliac) + np.array([5, 4, sign * -9])
        tissues.paint_tube(grid, beside * size, 5.0 * size, "vein")
        facet = np.array([(20, -30, sign * 20), (26, -22, sign * 23)]) * size
        tissues.paint_tube(grid, facet, 0.5 + 1.5 * traits.facet_fluid, "fluid")
    for n_veins, low, high, thin, thick in (
        (36, (-34, 0, -40), (-18, 75, 40), 0.5, 1.3),  # presacral plexus
        (70, (-50, -30, -105), (60, 100, 105), 0.3, 0.7),  # muscle
        (24, (14, -40, -45), (45, 30, 45), 0.5, 1.3),  # behind the sacrum, around facets
    ):
        for _ in range(int(n_veins * traits.vessels)):
            path = rng.uniform(low, high) + _bends(rng)
            tissues.paint_tube(grid, path * size, float(rng.uniform(thin, thick)), "vein")


def _bends(rng: np.random.Generator) -> FloatArray:
    """Course of a small vessel of 2 to 4 cm: it runs obliquely and bends gently."""
    ahead = rng.normal(0, 1, 3) + np.cumsum(rng.normal(0, 0.45, (N_BENDS, 3)), axis=0)
    ahead /= np.linalg.norm(ahead, axis=1, keepdims=True)
    return np.asarray(rng.uniform(2, 4) * np.cumsum(ahead, axis=0))
