"""A pelvis as a scanner would meet it: bones, joints and what is around them.

`skeleton` makes the bones, `tissue` paints what is in and around them, from published
dimensions: joints cartilaginous in front and below, ligamentous behind (Vleeming et al., J
Anat 221:537, 2012); subchondral cortex about 1 mm; thecal sac ends at S2 (Macdonald et al.,
Clin Anat 12:149, 1999).
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mri_bme.errors import InvalidSettings
from mri_bme.phantom.build import Build
from mri_bme.phantom.contrast import ASSIGNED, Brightness
from mri_bme.phantom.shape_model import PelvisShape, pelvis_shape
from mri_bme.phantom.skeleton import bones_of, sacral_grid
from mri_bme.phantom.solids import Field, Grid, distance_from, share_inside
from mri_bme.phantom.tissue import Scene, Tissues, paint_subject
from mri_bme.sacroiliac import QUADRANTS, Bone, BoneLabel, Level, Quadrant, Side
from mri_bme.volume import MM3_PER_ML, FloatArray, VolumeGeometry

JOINT_OPENING_MM = 7.0  # wider apart, the bones are joined by ligament, not cartilage
JOINT_MIDDLE_MM = 1.3  # half thickness of the sheet that stands for the joint surface
LEAST_JOINT_MM2 = 500.0  # adults have about 1750 of cartilage (Vleeming et al. 2012)
BONES = (BoneLabel.SACRUM, BoneLabel.LEFT_ILIUM, BoneLabel.RIGHT_ILIUM, BoneLabel.L5)


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
    surfaces_sha256 : str
        Hash of the surfaces that somebody gave as bones; empty for those of the shape model.
    contrast : Brightness
        How bright tissues and edema are.
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
    surfaces_sha256: str = ""
    contrast: Brightness = ASSIGNED

    @property
    def geometry(self) -> VolumeGeometry:
        """The fine grid in the subject's own LPS space."""
        return self.grid.geometry


def make_anatomy(
    seed: int,
    *,
    build: Build | None = None,
    fineness: float = 1.0,
    size: float | None = None,
    pelvis: PelvisShape | None = None,
    contrast: Brightness = ASSIGNED,
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
    pelvis : PelvisShape or None
        Bones that somebody gave (`given_pelvis.pelvis_of`), at their own size; None draws them
        from the shape model.
    contrast : Brightness
        How bright tissues are: as measured, or by `contrast.bloch_contrast`.

    Raises
    ------
    InvalidSettings
        If given bones come nowhere as near to each other as in a joint.
    """
    rng = np.random.default_rng([seed, 1])
    drawn = Build.draw(rng, size=size)
    build = drawn if build is None else build
    if pelvis is not None:
        build = replace(build, size=pelvis.size, mode_sd=())
    shape = pelvis or pelvis_shape(np.array(build.mode_sd), scale=build.size)
    grid = sacral_grid(shape, size=build.size, fineness=fineness)
    bones = bones_of(shape, grid, build, rng)
    sheets = {side: _joint_sheet(bones, side) for side in Side}
    if pelvis is not None:
        _check_joints(sheets, grid)
    marrow = sum(
        (share_inside(d + build.cortex_mm * build.size) for d in bones.values()), np.float32(0)
    )
    labels = _labels(bones, build.cortex_mm * build.size / 2)
    distance = _joint_distance(bones, sheets, grid)
    scene = Scene(grid=grid, bones=bones, joint_sheets=sheets, joint_distance_mm=distance)
    tissues: Tissues = paint_subject(scene, build, rng, signal=contrast.signal)
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
        surfaces_sha256=shape.sha256,
        contrast=contrast,
    )


def _ilium_of(side: Side) -> BoneLabel:
    return BoneLabel.LEFT_ILIUM if side is Side.LEFT else BoneLabel.RIGHT_ILIUM


def _joint_sheet(bones: dict[BoneLabel, Field], side: Side) -> NDArray[np.bool_]:
    """Voxels half way between sacrum and ilium where the two lie close."""
    sacrum, ilium = bones[BoneLabel.SACRUM], bones[_ilium_of(side)]
    near = (sacrum + ilium < JOINT_OPENING_MM) & (sacrum > 0) & (ilium > 0)
    return np.asarray(near & (np.abs(sacrum - ilium) < 2 * JOINT_MIDDLE_MM), dtype=np.bool_)


def _check_joints(sheets: dict[Side, NDArray[np.bool_]], grid: Grid) -> None:
    """Refuse bones that are not joined."""
    for side, sheet in sheets.items():
        area_mm2 = np.count_nonzero(sheet) * grid.geometry.voxel_volume_ml * MM3_PER_ML
        area_mm2 /= 2 * JOINT_MIDDLE_MM
        if area_mm2 < LEAST_JOINT_MM2:
            raise InvalidSettings(
                f"sacrum and {side.value} ilium lie within {JOINT_OPENING_MM:g} mm over "
                f"{area_mm2 / 100:.1f} cm2, no joint ({LEAST_JOINT_MM2 / 100:g} cm2 at least); "
                "give bones of one subject, in one space"
            )


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
