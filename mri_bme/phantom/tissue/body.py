"""Skin, fat, muscle, and the cavity in front of the sacrum."""

from typing import Any

import numpy as np
from scipy import ndimage

from mri_bme.phantom.solids import (
    Field,
    Grid,
    ellipsoid,
    ellipsoid_box,
    random_field,
    share_inside,
    tube,
    tube_box,
)
from mri_bme.phantom.tissue.canvas import SIGNAL, Scene, Tissues
from mri_bme.sacroiliac import BoneLabel
from mri_bme.volume import FloatArray

FASCICLE_MM = (3.0, 15.0, 1.6)  # front to back, along and across the fibres: length of a streak
FIBRE_SLANT = 0.8  # fibres run through semicoronal slices, and are elsewhere on the next
N_LOOPS = 4  # of small bowel, on each side
CONTENTS = ("gas", "stool", "chyme", "stool")
BULGE_MM = 3.0  # SD of the outline of fat, where organs press on it
FOLD_MM = (4.0, 8.0, 8.0)  # of a bowel's wall


def paint_body(tissues: Tissues, scene: Scene, traits: Any, rng: np.random.Generator) -> None:
    """Paint skin, subcutaneous fat with its net of septa, and muscle under it."""
    grid, size = scene.grid, np.float32(traits.size)
    left_right, front_back = _body_coordinates(grid)
    radius = np.hypot(left_right / (178 * size), (front_back + 22 * size) / (134 * size))
    skin = (radius - 1) * 134 * size
    tissues.paint(share_inside(skin), "skin")
    tissues.paint(share_inside(skin + 2), _fat_with_septa(grid, tissues.signal["fat"], rng))
    cleft = np.abs(grid.x) - np.clip((grid.s - 62 * size) * 0.1, -1, 4)
    muscle = np.maximum(skin + traits.fat_mm, 1 - cleft)
    _paint_muscle(tissues, scene, share_inside(muscle), rng)


def _body_coordinates(grid: Grid) -> tuple[Field, Field]:
    """Left-right and front-back LPS mm relative to the grid's origin (S1/S2)."""
    axes = grid.geometry.directions
    front_back = axes[1, 0] * grid.n + axes[1, 1] * grid.s
    return grid.x, np.asarray(front_back, dtype=np.float32)


def _fat_with_septa(
    grid: Grid, fat: tuple[float, float], rng: np.random.Generator
) -> tuple[Field, Field]:
    """Fat with fibrous septa, and small vessels that shine in STIR."""
    spacing = grid.geometry.spacing_mm
    mesh = random_field(rng, grid.shape, spacing, 7.0)
    specks = random_field(rng, grid.shape, spacing, 2.6)
    broad = random_field(rng, grid.shape, spacing, 16.0)
    septa = np.clip(1 - np.abs(mesh) / 0.14, 0, 1)
    bright = np.clip(specks + 0.6 * broad - 1.3, 0, 1.6)
    stir, t1 = fat
    return (
        stir * (1 + 0.35 * septa + 0.75 * bright + 0.07 * specks),
        t1 * (1 - 0.35 * septa - 0.2 * bright + 0.03 * specks),
    )


def _paint_muscle(tissues: Tissues, scene: Scene, share: Field, rng: np.random.Generator) -> None:
    """Fascicles with fat between them, and planes of fat and vessels between muscles."""
    grid, hips = scene.grid, scene.hips
    spacing = grid.geometry.spacing_mm
    across = np.abs(grid.x)
    warp = random_field(rng, grid.shape, spacing, 18.0)
    taper = np.clip(1 - (grid.s - 10) / 90, 0.1, 1)
    spinal = (across + 5 * warp < 48 * taper) & (grid.n + 3 * warp > 4)
    behind = np.clip((grid.n + 28) / 45, 0.12, 1) * np.clip((grid.s + 45) / 40, 0.25, 1)
    fatty = np.clip(0.55 + 0.45 * warp, 0.1, 1) * behind * np.where(spinal, 1.0, 0.8)
    streaks = _fascicles(grid, spinal, warp, rng)
    fat = np.clip((streaks - 0.2) * 0.9, 0, 1.3) * fatty
    stir, t1 = tissues.signal["muscle"]
    grain = 1 + 0.2 * streaks + 0.06 * warp
    streak = tissues.signal["streak"]
    tissues.paint(share, (stir * grain + streak[0] * fat, t1 * grain + streak[1] * fat))
    broken = random_field(rng, grid.shape, spacing, (3.5, 4.0, 6.0))
    for depth in (20, 36):  # planes between the gluteal muscles
        plane = share_inside(np.abs(hips - depth - 6 * warp) - 0.7 - 0.5 * broken, edge_mm=1.6)
        value = (
            tissues.signal["fat"][0] + 1.6 * np.clip(broken - 0.8, 0, 1),
            tissues.signal["fat"][1],
        )
        tissues.paint(plane * share * (across > 45) * np.clip(0.5 + broken, 0, 0.9), value)


def _fascicles(grid: Grid, spinal: Field, warp: Field, rng: np.random.Generator) -> Field:
    """Streaks, mean 0 and SD 1, along the fibres of the gluteal and spinal muscles.

    Gluteal fibres fall towards the midline, steeper as they come near; spinal ones run
    along the sacrum.
    """
    across = np.abs(grid.x)
    fall = 0.12 * across + 0.5 * (110 * across - across**2 / 2) / 70
    slant = np.float32(FIBRE_SLANT) * grid.n + 2.5 * warp
    steps = np.array(FASCICLE_MM, dtype=np.float32) / 2
    index = np.empty((3, *grid.shape), dtype=np.float32)
    index[0] = grid.n / steps[0]
    index[1] = np.where(spinal, grid.s, grid.x) / steps[1]
    index[2] = (np.where(spinal, grid.x + 0.15 * grid.s, grid.s + fall) + slant) / steps[2]
    low = index.min(axis=(1, 2, 3))
    index -= low[:, None, None, None]
    shape = [int(largest) + 3 for largest in index.max(axis=(1, 2, 3))]
    noise = ndimage.gaussian_filter(rng.standard_normal(shape, dtype=np.float32), 0.9)
    noise /= max(float(noise.std()), 1e-6)
    found = ndimage.map_coordinates(noise, index, order=1, mode="nearest")
    return np.asarray(found, dtype=np.float32)


def paint_cavity(tissues: Tissues, scene: Scene, traits: Any, rng: np.random.Generator) -> None:
    """Paint pelvic and abdominal fat, psoas, and bowel."""
    grid, size, hips = scene.grid, traits.size, scene.hips
    for centre, radii, clear in (
        ((-42, 52, 0), (40, 48, 38), 10),
        ((-66, -58, 0), (48, 66, 62), 14),
        ((-6, -82, 64), (62, 46, 42), 13),
        ((-6, -82, -64), (62, 46, 42), 13),
    ):
        place, reach = np.array(centre) * size, np.array(radii) * size
        box = ellipsoid_box(grid, place, reach)
        body = ellipsoid(grid, place, reach, box, power=2.5)
        body += BULGE_MM * random_field(rng, body.shape, grid.geometry.spacing_mm, 13.0)
        wisps = random_field(rng, body.shape, grid.geometry.spacing_mm, (2.5, 5.0, 2.5))
        stir, t1 = tissues.signal["fat"]
        strands = np.clip(wisps - 0.9, 0, 1.2)
        value = (stir * (0.85 + 1.2 * strands), t1 * (1 - 0.5 * strands))
        tissues.paint(share_inside(np.maximum(body, clear - hips[box]), edge_mm=3), value, box)
    for sign in (-1, 1):
        _paint_psoas(tissues, grid, sign, size, rng)
    for low in (40, 58):  # rectum, and a loop of sigmoid beside it
        _paint_gut(tissues, scene, _winding(rng, low) * size, rng)
    for i in range(2 * N_LOOPS):
        side = (-1) ** i
        middle = np.array([rng.uniform(-70, -15), -98, side * rng.uniform(70, 100)])
        _paint_loop(tissues, scene, middle * size, CONTENTS[i % 4], rng)


def _paint_psoas(
    tissues: Tissues, grid: Grid, sign: int, size: float, rng: np.random.Generator
) -> None:
    path = np.array([(4, -112, sign * 44), (-26, -58, sign * 50), (-62, 10, sign * 68)]) * size
    box = tube_box(grid, path, 27 * size)
    psoas = tube(grid, path, np.array([20, 23, 18]) * size, box)
    grain = random_field(rng, psoas.shape, grid.geometry.spacing_mm, (2.5, 3.0, 2.5))
    stir, t1 = tissues.signal["muscle"]
    value = (stir * (0.85 + 0.08 * grain), t1 * (1 + 0.06 * grain))
    tissues.paint(share_inside(psoas), value, box)


def _winding(rng: np.random.Generator, low: float) -> FloatArray:
    """Path of a gut in front of the sacrum: it swings from side to side as it descends."""
    steps = np.linspace(0, 1, 8)
    swing = rng.uniform(8, 16) * np.sin(2 * np.pi * (rng.uniform(0.7, 1.3) * steps + rng.random()))
    front = rng.uniform(-44, -26) + 30 * steps + rng.uniform(-7, 7, len(steps))
    return np.column_stack([front, low + 52 * steps, swing + rng.uniform(-10, 10)])


def _paint_gut(tissues: Tissues, scene: Scene, path: FloatArray, rng: np.random.Generator) -> None:
    """Paint a collapsed gut: muscle, bright mucosa in folds, and gas, stool or fluid."""
    grid = scene.grid
    box = tube_box(grid, path, 20)
    if any(part.start >= part.stop for part in box):
        return
    gut = tube(grid, path, rng.uniform(7, 14, len(path)), box)
    folds = random_field(rng, gut.shape, grid.geometry.spacing_mm, FOLD_MM)
    gut = gut + 3.0 * folds
    gut = np.maximum(gut, 4 - np.minimum(scene.bones[BoneLabel.SACRUM], scene.hips)[box])
    inside = random_field(rng, gut.shape, grid.geometry.spacing_mm, FOLD_MM)
    tissues.paint(share_inside(gut), "muscle", box)
    mucosa = tissues.signal["bowel_wall"][0] * (1 + 0.3 * inside), tissues.signal["bowel_wall"][1]
    tissues.paint(share_inside(gut + 2.5), mucosa, box)
    core = share_inside(gut + 4.5 - 2 * np.abs(inside), edge_mm=1.5)
    gas = share_inside(0.7 - inside, edge_mm=0.5)
    content, t1 = tissues.signal["stool"]
    stir = rng.uniform(0.6, 1.8) * (content / SIGNAL["stool"][0])
    value = (
        stir + gas * (tissues.signal["gas"][0] - stir),
        t1 + gas * (tissues.signal["gas"][1] - t1),
    )
    tissues.paint(core, value, box)


def _paint_loop(
    tissues: Tissues, scene: Scene, middle: Any, content: str, rng: np.random.Generator
) -> None:
    """Paint a loop of bowel: wall, and gas, stool or fluid in it."""
    across = rng.uniform(7, 17, 3)
    box = ellipsoid_box(scene.grid, middle, across)
    if any(part.start >= part.stop for part in box):
        return
    loop = ellipsoid(scene.grid, middle, across, box)
    loop = loop + 2.0 * random_field(rng, loop.shape, scene.grid.geometry.spacing_mm, 9.0)
    loop = np.maximum(loop, 5 - np.minimum(scene.bones[BoneLabel.SACRUM], scene.hips)[box])
    tissues.paint(share_inside(loop), "bowel_wall", box)
    stir, t1 = tissues.signal[content]
    lumps = 1 + 0.25 * random_field(rng, loop.shape, scene.grid.geometry.spacing_mm, 4.0)
    tissues.paint(share_inside(loop + 2), (stir * lumps, t1 * lumps), box)
