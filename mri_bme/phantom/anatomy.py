"""A pelvis as a scanner would meet it: bones, joints and what is around them.

Bone shapes are drawn from `shape_model`; the lower sacrum, L5, joints, discs, nerves,
vessels and soft tissue are our own, from published dimensions: joint width 2-4 mm (cortex
included), cartilaginous in front and below, ligamentous behind (Vleeming et al., J Anat
221:537, 2012); subchondral cortex about 1 mm; L5 body 35 x 50 mm, L5/S1 disc 10 mm (Zhou et
al., Eur Spine J 9:242, 2000); thecal sac ends at S2 (Macdonald et al., Clin Anat 12:149,
1999).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mri_bme.phantom.shape_model import PelvisShape, n_modes, pelvis_shape
from mri_bme.phantom.solids import (
    Field,
    Grid,
    distance_from,
    ellipsoid,
    random_field,
    share_inside,
    signed_distance,
    smooth_union,
    surface_occupancy,
    tube,
    tube_box,
)
from mri_bme.phantom.tissue import Scene, Tissues, paint_subject
from mri_bme.sacroiliac import QUADRANTS, Bone, BoneLabel, Level, Quadrant, Side
from mri_bme.volume import FloatArray, VolumeGeometry

EXTENT_MM = ((-62.0, 66.0), (-104.0, 112.0), (-112.0, 112.0))  # n, s, x around S1/S2
FINE_SPACING_MM = (1.5, 0.9, 0.9)
JOINT_OPENING_MM = 7.0  # wider apart, the bones are joined by ligament, not cartilage
JOINT_MIDDLE_MM = 1.3  # half thickness of the sheet that stands for the joint surface
COURSE_MM, RIDGE_MM = 8.0, 0.8  # ridges of the joint: correlation length and SD
FAR_MM = np.float32(100.0)  # from an ilium, on the other side of the midline
ROUGH_MM = 0.6  # SD of what bone surfaces depart from smooth ones
LOWER_SACRUM_MM = 82.0  # apex of the sacrum below S1/S2, at size 1
L5_BODY_MM = (17.0, 14.0, 25.0)  # half depth, height, width at size 1
DISC_MM = 10.0

BONES = (BoneLabel.SACRUM, BoneLabel.LEFT_ILIUM, BoneLabel.RIGHT_ILIUM, BoneLabel.L5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """What makes one subject differ from the next, drawn by seed."""

    size: float = 1.0
    mode_sd: tuple[float, ...] = ()
    joint_mm: tuple[float, float] = (2.2, 2.2)  # left, right
    cortex_mm: float = 0.9
    texture: float = 0.10
    fat_islands: float = 0.5
    sclerosis: float = 0.0
    disc_signal: float = 1.0
    facet_fluid: float = 0.5
    joint_fluid: float = 0.2
    cyst: bool = False
    transitional: bool = False
    fat_mm: float = 22.0
    vessels: float = 1.0

    @classmethod
    def of(cls, seed: int, *, size: float | None = None) -> "Build":
        """Draw the traits of the subject that `make_anatomy` makes of a seed."""
        return cls.draw(np.random.default_rng([seed, 1]), size=size)

    @classmethod
    def draw(cls, rng: np.random.Generator, *, size: float | None = None) -> "Build":
        """Draw a plausible adult."""
        return cls(
            size=float(rng.uniform(0.94, 1.06)) if size is None else size,
            mode_sd=tuple(float(v) for v in rng.normal(0, 0.7, n_modes())),
            joint_mm=(float(rng.uniform(1.7, 2.9)), float(rng.uniform(1.7, 2.9))),
            cortex_mm=float(rng.uniform(0.7, 1.2)),
            texture=float(rng.uniform(0.08, 0.13)),
            fat_islands=float(rng.uniform(0, 1)),
            sclerosis=float(max(0.0, rng.normal(0, 0.4))),
            disc_signal=float(rng.uniform(0.5, 1.8)),
            facet_fluid=float(rng.uniform(0, 1)),
            joint_fluid=float(max(0.0, rng.normal(0.1, 0.3))),
            cyst=bool(rng.random() < 0.25),
            transitional=bool(rng.random() < 0.08),
            fat_mm=float(rng.uniform(14, 34)),
            vessels=float(rng.uniform(0.5, 1.4)),
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class Anatomy:
    """One subject on a fine grid, before any scanner saw it.

    Parameters
    ----------
    grid : Grid
        Fine grid; its frame is the subject's own space, LPS mm.
    stir, t1 : float32 arrays
        Signal without edema, relative to normal marrow.
    marrow : float32 array
        Share of each voxel that is marrow.
    bone_labels : uint8 array
        `BoneLabel` up to the middle of the cortex: sacrum and ilium are 2 to 4 mm apart.
    joint_distance_mm : float32 array
        Signed distance to the nearest joint: negative in the sacrum, positive in the ilium.
    quadrants : uint8 array
        Label of `QUADRANTS` in sacral (without L5) and iliac marrow.
    joints : dict
        Points (k, 3) of each side's joint sheet, in (n, s, x) mm.
    """

    grid: Grid
    build: Build
    stir: Field
    t1: Field
    marrow: Field
    bone_labels: NDArray[np.uint8]
    joint_distance_mm: Field
    quadrants: NDArray[np.uint8]
    joints: dict[Side, FloatArray]

    @property
    def geometry(self) -> VolumeGeometry:
        """The fine grid in the subject's own LPS space."""
        return self.grid.geometry


def make_anatomy(
    seed: int, *, build: Build | None = None, fineness: float = 1.0, size: float | None = None
) -> Anatomy:
    """Make one subject's pelvis, without edema.

    Parameters
    ----------
    seed : int
        Same seed, same subject.
    build : Build or None
        Traits; drawn by `seed` when None.
    fineness : float
        Above 1, a coarser grid (faster, less detail).
    size : float or None
        Size relative to the mean pelvis; None draws it.
    """
    rng = np.random.default_rng([seed, 1])
    drawn = Build.draw(rng, size=size)
    build = drawn if build is None else build
    shape = pelvis_shape(np.array(build.mode_sd), scale=build.size)
    grid = _sacral_grid(shape, size=build.size, fineness=fineness)
    course = random_field(rng, grid.shape, grid.geometry.spacing_mm, COURSE_MM * build.size)
    bones = _separated(
        _roughened(_bone_distances(shape, grid, build), build, course), build, course
    )
    sheets = {side: _joint_sheet(bones, side) for side in Side}
    marrow = sum(
        (share_inside(d + build.cortex_mm * build.size) for d in bones.values()), np.float32(0)
    )
    labels = _labels(bones, build.cortex_mm * build.size / 2)
    distance = _joint_distance(bones, sheets, grid)
    scene = Scene(grid=grid, bones=bones, joint_sheets=sheets, joint_distance_mm=distance)
    tissues: Tissues = paint_subject(scene, build, rng)
    return Anatomy(
        grid=grid,
        build=build,
        stir=tissues.stir,
        t1=tissues.t1,
        marrow=np.asarray(marrow, dtype=np.float32),
        bone_labels=labels,
        joint_distance_mm=distance,
        quadrants=_quadrants(labels, sheets, grid),
        joints={side: _points(sheets[side], grid) for side in Side},
    )


def _sacral_grid(shape: PelvisShape, *, size: float, fineness: float) -> Grid:
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
        kept[BoneLabel.L5] = np.maximum(kept[BoneLabel.L5], 3.0 - sacrum)
    return kept


def _ilium_of(side: Side) -> BoneLabel:
    return BoneLabel.LEFT_ILIUM if side is Side.LEFT else BoneLabel.RIGHT_ILIUM


def _joint_sheet(bones: dict[BoneLabel, Field], side: Side) -> NDArray[np.bool_]:
    """Voxels half way between sacrum and ilium where the two lie close."""
    sacrum, ilium = bones[BoneLabel.SACRUM], bones[_ilium_of(side)]
    near = (sacrum + ilium < JOINT_OPENING_MM) & (sacrum > 0) & (ilium > 0)
    return np.asarray(near & (np.abs(sacrum - ilium) < 2 * JOINT_MIDDLE_MM), dtype=np.bool_)


def _labels(bones: dict[BoneLabel, Field], cortex_mm: float) -> NDArray[np.uint8]:
    labels = np.zeros(bones[BoneLabel.SACRUM].shape, dtype=np.uint8)
    for label in BONES:
        labels[bones[label] + cortex_mm < 0] = label
    return labels


def _joint_distance(
    bones: dict[BoneLabel, Field], sheets: dict[Side, NDArray[np.bool_]], grid: Grid
) -> Field:
    spacing = grid.geometry.spacing_mm
    joined = sheets[Side.LEFT] | sheets[Side.RIGHT]
    distance = distance_from(joined, spacing)
    ilium = np.minimum(bones[BoneLabel.LEFT_ILIUM], bones[BoneLabel.RIGHT_ILIUM])
    return np.where(bones[BoneLabel.SACRUM] < ilium, -distance, distance).astype(np.float32)


def _quadrants(
    labels: NDArray[np.uint8], sheets: dict[Side, NDArray[np.bool_]], grid: Grid
) -> NDArray[np.uint8]:
    quadrants = np.zeros(grid.shape, dtype=np.uint8)
    of = {value: label for label, value in QUADRANTS.items()}
    for side in Side:
        half = grid.x > 0 if side is Side.LEFT else grid.x <= 0
        upper = grid.s < _middle_height(sheets[side], grid)
        for bone in Bone:
            own = _ilium_of(side) if bone is Bone.ILIUM else BoneLabel.SACRUM
            voxels = (labels == own) & (half if bone is Bone.SACRUM else True)
            for level in Level:
                chosen = voxels & (upper if level is Level.UPPER else ~upper)
                quadrants[chosen] = of[Quadrant(side, bone, level)]
    return quadrants


def _middle_height(sheet: NDArray[Any], grid: Grid) -> Field:
    """Half of the joint's height on every slice, carried on where there is no joint."""
    seen: NDArray[Any] = np.any(sheet, axis=2)
    slices = np.flatnonzero(np.any(seen, axis=1))
    s = grid.s.ravel()
    middles = [(s[seen[i]].min() + s[seen[i]].max()) / 2 for i in slices]
    every = np.interp(np.arange(grid.shape[0]), slices, middles)
    return np.asarray(every, dtype=np.float32).reshape(-1, 1, 1)


def _points(sheet: NDArray[np.bool_], grid: Grid) -> FloatArray:
    points = np.argwhere(sheet) * np.array(grid.geometry.spacing_mm) + np.array(grid.first_mm)
    return np.asarray(points, dtype=np.float64)
