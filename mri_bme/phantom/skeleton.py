"""Sacrum, both ilia and L5 as solids on a fine grid along the sacrum.

Bone shapes are drawn from `shape_model`; the lower sacrum, L5 and the width of the joints
are our own, from published dimensions: joint width 2-4 mm, cortex included (Vleeming et
al., J Anat 221:537, 2012); L5 body 35 x 50 mm, L5/S1 disc 10 mm (Zhou et al., Eur Spine J
9:242, 2000). Surfaces that somebody gave stay as they are, but for a joint that is closed.
"""

import numpy as np

from mri_bme.phantom.build import Build
from mri_bme.phantom.shape_model import PelvisShape
from mri_bme.phantom.solids import (
    Field,
    Grid,
    ellipsoid,
    random_field,
    signed_distance,
    smooth_union,
    surface_occupancy,
    tube,
    tube_box,
)
from mri_bme.phantom.surface_distance import distance_to_surface
from mri_bme.sacroiliac import BoneLabel
from mri_bme.volume import FloatArray, VolumeGeometry

EXTENT_MM = ((-62.0, 66.0), (-104.0, 112.0), (-112.0, 112.0))  # n, s, x around S1/S2
FINE_SPACING_MM = (1.5, 0.9, 0.9)
COURSE_MM, RIDGE_MM = 8.0, 0.8  # ridges of the joint: correlation length and SD
FAR_MM = np.float32(100.0)  # from an ilium, on the other side of the midline
ROUGH_MM = 0.6  # SD of what bone surfaces depart from smooth ones
LOWER_SACRUM_MM = 82.0  # apex of the sacrum below S1/S2, at size 1
LEAST_JOINT_MM = 1.0  # between bones that were given: touching ones are parted by that much
L5_BODY_MM = (17.0, 14.0, 25.0)  # half depth, height, width at size 1
DISC_MM = 10.0
L5_CLEAR_MM = 3.0  # of the other bones


def bones_of(
    shape: PelvisShape, grid: Grid, build: Build, rng: np.random.Generator
) -> dict[BoneLabel, Field]:
    """Signed distance (mm, negative inside) to every bone, its cortex included.

    Surfaces are a little rough, and a joint's width lies between sacrum and ilium; those of a
    pelvis that was given are neither roughened nor moved.
    """
    if shape.is_given:
        return _given_bones(shape, grid, build)
    course = random_field(rng, grid.shape, grid.geometry.spacing_mm, COURSE_MM * build.size)
    smooth = _bone_distances(shape, grid, build)
    return _separated(_roughened(smooth, build, course), build, course)


def sacral_grid(shape: PelvisShape, *, size: float, fineness: float) -> Grid:
    """Lay a fine grid along the sacrum: slices across S1-S3, rows down its long axis."""
    marks = shape.landmarks
    down = marks["posterior_wall"] - marks["endplate"]
    down[0] = 0.0
    down /= np.linalg.norm(down)
    left = np.array([1.0, 0.0, 0.0])
    back = np.cross(left, down)
    back = back if back[1] > 0 else -back
    origin = (marks["posterior_wall"] + marks["endplate"]) / 2
    spacing = fineness * np.array(FINE_SPACING_MM)
    first = size * np.array([low for low, _ in EXTENT_MM])
    n_voxels = [
        int(np.ceil(size * (high - low) / d))
        for (low, high), d in zip(EXTENT_MM, spacing, strict=True)
    ]
    axes = np.stack([back, down, left], axis=1)
    matrix = np.eye(4)
    matrix[:3, :3] = axes * spacing
    matrix[:3, 3] = origin + axes @ first
    geometry = VolumeGeometry(shape=(n_voxels[0], n_voxels[1], n_voxels[2]), lps_from_index=matrix)
    return Grid(geometry=geometry, first_mm=(float(first[0]), float(first[1]), float(first[2])))


def _bone_distances(shape: PelvisShape, grid: Grid, build: Build) -> dict[BoneLabel, Field]:
    sacrum = _distance_to(shape, grid, ("sacrum",))
    hips = _distance_to(shape, grid, ("left", "right"))
    return {
        BoneLabel.SACRUM: smooth_union(sacrum, _lower_sacrum(grid, build.size), 5 * build.size),
        BoneLabel.LEFT_ILIUM: np.where(grid.x > 0, hips, FAR_MM),
        BoneLabel.RIGHT_ILIUM: np.where(grid.x <= 0, hips, FAR_MM),
        BoneLabel.L5: _l5(grid, shape, build),
    }


def _given_bones(shape: PelvisShape, grid: Grid, build: Build) -> dict[BoneLabel, Field]:
    sacrum, left, right = (
        distance_to_surface(shape.surfaces[name], grid) for name in ("sacrum", "left", "right")
    )
    kept = {BoneLabel.SACRUM: sacrum, BoneLabel.LEFT_ILIUM: left, BoneLabel.RIGHT_ILIUM: right}
    half = np.float32(LEAST_JOINT_MM / 2)
    for label in (BoneLabel.LEFT_ILIUM, BoneLabel.RIGHT_ILIUM):
        middle = (sacrum - kept[label]) / 2
        kept[label] = np.maximum(kept[label], half - middle)
        kept[BoneLabel.SACRUM] = np.maximum(kept[BoneLabel.SACRUM], middle + half)
    clear = L5_CLEAR_MM - np.minimum(sacrum, np.minimum(left, right))
    kept[BoneLabel.L5] = np.maximum(_l5(grid, shape, build), clear)
    return kept


def _distance_to(shape: PelvisShape, grid: Grid, names: tuple[str, ...]) -> Field:
    """Signed distance to surfaces that do not touch."""
    inside = np.zeros(grid.shape, dtype=np.bool_)
    for name in names:
        vertices, faces = shape.surfaces[name]
        inside |= surface_occupancy(grid.geometry.indices_of(vertices), faces, grid.shape)
    return signed_distance(inside, grid.geometry.spacing_mm)


def _lower_sacrum(grid: Grid, size: float) -> Field:
    """Taper from S3, where the shape model ends, to the apex."""
    top, apex = np.float32(36 * size), np.float32(LOWER_SACRUM_MM * size)
    share = np.clip((grid.s - top) / (apex - top), 0, 1)
    width = (13 + 25 * (1 - share) ** 1.4) * size
    depth = (12 - 5 * share) * size
    centre = (-5 + 10 * share - 2 * share**2) * size
    level = np.sqrt(((grid.n - centre) / depth) ** 2 + (grid.x / width) ** 2)
    wall = (level - 1) * depth
    ends = np.maximum(top - grid.s, grid.s - apex)
    body = np.asarray(np.maximum(wall, ends), dtype=np.float32)
    return np.maximum(body, -_lower_foramina(grid, size))


def _lower_foramina(grid: Grid, size: float) -> Field:
    """Holes of the S3 and S4 roots, and the end of the canal, below the shape model."""
    canal = ellipsoid(grid, np.array([6, 40, 0]) * size, np.array([3, 26, 4]) * size)
    for sign in (-1, 1):
        for s0, x0, radius in ((50, 15, 4.0), (66, 11, 3.0)):
            path = np.array([(8, s0 - 4, sign * (x0 - 2)), (-24, s0 + 4, sign * (x0 + 3))]) * size
            box = tube_box(grid, path, 8 * size)
            hole = tube(grid, path, np.full(2, radius * size), box)
            canal[box] = np.minimum(canal[box], hole)
    return canal


def _l5(grid: Grid, shape: PelvisShape, build: Build) -> Field:
    """L5: a rounded body above the disc, and transverse processes."""
    centre = l5_centre(grid, shape.landmarks, build.size)
    depth, height, width = build.size * np.array(L5_BODY_MM)
    body = ellipsoid(grid, centre, (depth, height, width), power=4.0)
    process = ellipsoid(
        grid,
        (centre[0] + depth * 0.8, centre[1] + (6 if build.transitional else 0), 0),
        (5.0 * build.size, (9.0 if build.transitional else 5.5) * build.size, 46.0 * build.size),
        power=2.6,
    )
    canal = ellipsoid(
        grid, (centre[0] + depth + 9, centre[1], 0), (10, 90, 13 * build.size), power=2.0
    )
    return np.maximum(np.minimum(body, process), -canal)


def l5_centre(grid: Grid, landmarks: dict[str, FloatArray], size: float) -> FloatArray:
    """Place the middle of L5's body in (n, s, x) mm, above the sacral endplate."""
    rows = grid.geometry.indices_of(
        np.stack([landmarks["endplate"], landmarks["promontory"]])
    ) * np.array(grid.geometry.spacing_mm) + np.array(grid.first_mm)
    middle = rows.mean(axis=0)
    slope = rows[0] - rows[1]  # promontory to the back of the endplate
    up = np.array([slope[1], -slope[0], 0.0])
    up /= np.linalg.norm(up)
    up = up if up[1] < 0 else -up
    return np.asarray(middle + up * (L5_BODY_MM[1] + DISC_MM) * size, dtype=np.float64)


def _roughened(
    bones: dict[BoneLabel, Field], build: Build, course: Field
) -> dict[BoneLabel, Field]:
    """Raise and hollow every surface a little: shape models and ellipsoids are too smooth."""
    rough = np.float32(ROUGH_MM * build.size)
    return {
        label: distance + rough * np.roll(course, 11 * (i + 1), axis=2)
        for i, (label, distance) in enumerate(bones.items())
    }


def _separated(
    bones: dict[BoneLabel, Field], build: Build, course: Field
) -> dict[BoneLabel, Field]:
    """Keep a joint's width between sacrum and ilium, half on each side of the middle.

    The middle undulates with `course`, as joint surfaces with ridges and hollows do, and the
    width varies with its slope.
    """
    sacrum = bones[BoneLabel.SACRUM]
    kept = dict(bones)
    for label, width in zip(
        (BoneLabel.LEFT_ILIUM, BoneLabel.RIGHT_ILIUM), build.joint_mm, strict=True
    ):
        ilium = bones[label]
        middle = (sacrum - ilium) / 2 + np.float32(RIDGE_MM * build.size) * course
        half = np.float32(width * build.size / 2) * (1 + np.float32(0.15) * np.roll(course, 9, 1))
        kept[label] = np.maximum(ilium, half - middle)
        kept[BoneLabel.SACRUM] = np.maximum(kept[BoneLabel.SACRUM], middle + half)
    if not build.transitional:
        kept[BoneLabel.L5] = np.maximum(kept[BoneLabel.L5], L5_CLEAR_MM - sacrum)
    return kept
