"""Bone marrow edema of a known volume, hugging the joint.

A lesion starts from a point of the joint, spreads along it and reaches into one bone;
its edge is graded. Its true volume is the integral of the edematous share of marrow over
the fine grid, not a count of voxels above a cut-off.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from mri_bme.phantom.anatomy import Anatomy
from mri_bme.phantom.contrast import Brightness
from mri_bme.phantom.solids import Field, random_field
from mri_bme.sacroiliac import QUADRANTS, REGIONS, Bone, BoneLabel, Level, Side
from mri_bme.volume import FloatArray, frozen_array

EDGE_MM = 3.0  # full width of the graded edge
UNEVENNESS = 0.25  # consensus lesions: quartiles 0.8 and 1.2 of their median (Hepburn et al. 2023)
PATCH_MM = 6.0
WOBBLE_MM = 1.6  # SD of the irregularity of the outline
MAX_RADIUS_MM = 60.0
MAX_T1_LOSS = 0.6
N_BISECTIONS = 14


@dataclass(frozen=True, slots=True, kw_only=True)
class LesionPlan:
    """One lesion as ordered: where, how much, how bright.

    `along` and `height` place its seed on the joint: 0 front to 1 back of the
    cartilaginous part, 0 upper to 1 lower end. `depth_ratio` is depth over radius, unless
    `depth_mm` says how deep it reaches; its outline wavers about that by `WOBBLE_MM` at most.
    `peak_ratio` is signal over that of normal marrow. With `is_fat` no edema is left, but fat
    where it was: bright on T1W, and no part of the truth.
    """

    side: Side
    bone: Bone
    volume_ml: float
    peak_ratio: float
    along: float = 0.5
    height: float = 0.5
    depth_ratio: float = 0.7
    depth_mm: float | None = None
    is_fat: bool = False

    def __post_init__(self) -> None:
        if self.depth_mm is not None and not self.depth_mm > 0:
            raise ValueError(f"a lesion reaches into bone; found a depth of {self.depth_mm:g} mm")
        if not self.volume_ml >= 0 or not 1.0 < self.peak_ratio <= 5.0:
            raise ValueError(
                f"a lesion needs 0 mL or more and a signal ratio above 1 and up to 5; found "
                f"{self.volume_ml:g} mL at {self.peak_ratio:g}"
            )

    def scaled(self, volume_factor: float, *, contrast_factor: float = 1.0) -> "LesionPlan":
        """Return the same lesion after treatment, or its worsening."""
        return replace(
            self,
            volume_ml=self.volume_ml * volume_factor,
            peak_ratio=max(1.05, 1 + (self.peak_ratio - 1) * contrast_factor),
        )

    def turned_to_fat(self) -> "LesionPlan":
        """Return what is left of the lesion when it heals into fat rather than into marrow."""
        return replace(self, is_fat=True)


@dataclass(frozen=True, kw_only=True, eq=False)
class TrueLesion:
    """One lesion as made: its true volume, reach and place in the subject's own space."""

    plan: LesionPlan
    volume_ml: float
    depth_mm: float
    centroid_mm: tuple[float, float, float]


@dataclass(frozen=True, kw_only=True, eq=False)
class TrueEdema:
    """Edema of one visit on the anatomy's fine grid.

    `share` is the edematous share of each voxel (at most its share of marrow), `gain` the
    factor on STIR signal minus 1, `fat` the share of marrow that a lesion left as fat.
    """

    share: Field
    gain: Field
    lesions: tuple[TrueLesion, ...]
    quadrants_ml: FloatArray
    fat: Field | None = None

    def on_stir(self, contrast: Brightness) -> Field:
        """Factor on the signal of the fluid-sensitive series."""
        factor = 1 + np.float32(contrast.edema_gain) * self.gain
        lost = np.float32(1 - contrast.healed[0])
        return factor if self.fat is None else factor * (1 - lost * self.fat)

    def on_t1(self, contrast: Brightness) -> Field:
        """Factor on T1W signal: of edema, and of what lesions left."""
        factor = 1 - np.minimum(contrast.edema_t1_loss * self.gain, MAX_T1_LOSS)
        gained = np.float32(contrast.healed[1] - 1)
        return factor if self.fat is None else factor * (1 + gained * self.fat)

    def region_ml(self, region: str) -> float:
        """Sum the true volume in one region of `sacroiliac.REGIONS`."""
        return float(self.quadrants_ml[list(REGIONS[region])].sum())


def make_edema(anatomy: Anatomy, plans: tuple[LesionPlan, ...], *, seed: int) -> TrueEdema:
    """Grow every planned lesion to its volume; overlapping lesions do not add up.

    A bone too small for a lesion holds less than was ordered; what is returned is true.
    """
    share = np.zeros(anatomy.grid.shape, dtype=np.float32)
    gain = np.zeros(anatomy.grid.shape, dtype=np.float32)
    fat = np.zeros_like(share) if any(plan.is_fat for plan in plans) else None
    lesions = []
    for i, plan in enumerate(plans):
        if plan.volume_ml > 0:
            rng = np.random.default_rng([seed, 7, i])
            lesion, box, own = _grow(anatomy, plan, rng)
            marrow = np.maximum(anatomy.marrow[box], 1e-3)
            if plan.is_fat and fat is not None:
                fat[box] = np.maximum(fat[box], own / marrow)
                continue
            lesions.append(lesion)
            share[box] = np.maximum(share[box], own)
            bright = np.float32(plan.peak_ratio - 1) * _patches(own, anatomy, rng)
            gain[box] = np.maximum(gain[box], own / marrow * bright)
    return TrueEdema(
        share=share,
        gain=gain,
        lesions=tuple(lesions),
        quadrants_ml=_quadrants_ml(anatomy, share),
        fat=fat,
    )


def _patches(share: Field, anatomy: Anatomy, rng: np.random.Generator) -> Field:
    """Unevenness of a lesion's signal: SD of a quarter, mean of one."""
    shape = (share.shape[0], share.shape[1], share.shape[2])
    field = random_field(rng, shape, anatomy.grid.geometry.spacing_mm, PATCH_MM)
    return np.clip(1 + np.float32(UNEVENNESS) * field, 0.4, 1.6)


def true_region_ml(anatomy: Anatomy, share: Field) -> dict[str, float]:
    """Sum a share of the fine grid in every region of `sacroiliac.REGIONS`, mL."""
    quadrants_ml = _quadrants_ml(anatomy, share)
    return {name: float(quadrants_ml[list(labels)].sum()) for name, labels in REGIONS.items()}


def _quadrants_ml(anatomy: Anatomy, share: Field) -> FloatArray:
    """Credit every edematous voxel to the nearest quadrant (partial voxels have none)."""
    box = _box_around(share > 0)
    if box is None:
        return frozen_array(np.zeros(len(QUADRANTS) + 1), np.float64)
    padded = tuple(
        slice(max(part.start - 3, 0), min(part.stop + 3, n))
        for part, n in zip(box, share.shape, strict=True)
    )
    quadrants, own = anatomy.quadrants[padded], share[padded]
    nearest = ndimage.distance_transform_edt(
        quadrants == 0,
        sampling=anatomy.geometry.spacing_mm,
        return_distances=False,
        return_indices=True,
    )
    labels = quadrants[tuple(nearest)]
    sums = np.bincount(labels.ravel(), weights=own.ravel(), minlength=len(QUADRANTS) + 1)
    sums[0] = 0.0
    return frozen_array(sums * anatomy.geometry.voxel_volume_ml, np.float64)


def _box_around(inside: NDArray[np.bool_]) -> tuple[slice, slice, slice] | None:
    found = ndimage.find_objects(inside.astype(np.uint8))
    return found[0] if found else None


def _seed_point(anatomy: Anatomy, plan: LesionPlan) -> FloatArray:
    """Find the joint point at the planned place."""
    points = anatomy.joints[plan.side]
    front, back = np.quantile(points[:, 0], (0.05, 0.85))
    n = front + plan.along * (back - front)
    step = anatomy.geometry.spacing_mm[0]
    on_slice = points[np.abs(points[:, 0] - n) <= step]
    on_slice = on_slice if len(on_slice) else points
    top, bottom = np.quantile(on_slice[:, 1], (0.05, 0.95))
    s = top + plan.height * (bottom - top)
    nearest = np.argsort(np.hypot(on_slice[:, 1] - s, on_slice[:, 0] - n))[:9]
    return np.asarray(on_slice[nearest].mean(axis=0), dtype=np.float64)


def _grow(
    anatomy: Anatomy, plan: LesionPlan, rng: np.random.Generator
) -> tuple[TrueLesion, tuple[slice, slice, slice], Field]:
    grid, size = anatomy.grid, anatomy.build.size
    seed = _seed_point(anatomy, plan)
    reach = min(MAX_RADIUS_MM, 12 + 2.2 * (plan.volume_ml * 1000) ** (1 / 3) / size) * size
    box = grid.box(seed - reach, seed + reach)
    distance2 = (grid.n[box[0]] - seed[0]) ** 2 + (grid.s[:, box[1]] - seed[1]) ** 2
    distance2 = distance2 + (grid.x[:, :, box[2]] - seed[2]) ** 2
    depth = np.abs(anatomy.joint_distance_mm[box])
    along = np.sqrt(np.maximum(distance2 - depth**2, 0)).astype(np.float32)
    marrow = _own_marrow(anatomy, plan, box)
    shape = (depth.shape[0], depth.shape[1], depth.shape[2])
    wobble = WOBBLE_MM * size * random_field(rng, shape, grid.geometry.spacing_mm, 7.0 * size)
    if plan.depth_mm is not None:  # a thin band wavers less than it is deep
        wobble = wobble * min(1.0, plan.depth_mm / (8 * size))
    low, high = 0.0, reach
    for _ in range(N_BISECTIONS):
        radius = (low + high) / 2
        deepest = radius * plan.depth_ratio if plan.depth_mm is None else plan.depth_mm
        share = marrow * _extent(depth, along, wobble, radius=radius, deepest=deepest, size=size)
        found = float(share.sum(dtype=np.float64)) * grid.geometry.voxel_volume_ml
        low, high = (radius, high) if found < plan.volume_ml else (low, radius)
    lesion = TrueLesion(
        plan=plan,
        volume_ml=found,
        depth_mm=float(depth[share > 0.5].max(initial=0.0)),
        centroid_mm=_centroid(anatomy, share, box),
    )
    return lesion, box, share


def _extent(
    depth: Field, along: Field, wobble: Field, *, radius: float, deepest: float, size: float
) -> Field:
    """Edematous share of marrow: deepest at the seed, fading over `EDGE_MM`."""
    height = deepest * np.sqrt(np.maximum(1 - (along / radius) ** 2, 0))
    inside = np.where(along < radius, height - depth, radius - along - depth)
    level = inside + wobble * min(1.0, radius / (8 * size))
    share = np.clip(np.float32(0.5) + level / np.float32(EDGE_MM * size), 0, 1)
    return np.asarray(share, dtype=np.float32)


def _own_marrow(anatomy: Anatomy, plan: LesionPlan, box: tuple[slice, slice, slice]) -> Field:
    """Marrow of the lesion's bone; the sacrum counts as one bone across the midline."""
    ilium = BoneLabel.LEFT_ILIUM if plan.side is Side.LEFT else BoneLabel.RIGHT_ILIUM
    own = ilium if plan.bone is Bone.ILIUM else BoneLabel.SACRUM
    labels = ndimage.binary_dilation(anatomy.bone_labels[box] == own)
    return np.where(labels, anatomy.marrow[box], np.float32(0))


def _centroid(
    anatomy: Anatomy, share: Field, box: tuple[slice, slice, slice]
) -> tuple[float, float, float]:
    total = max(float(share.sum(dtype=np.float64)), 1e-9)
    indices = [
        float(np.moveaxis(share, axis, 0).sum(axis=(1, 2)) @ np.arange(n)) / total + box[axis].start
        for axis, n in enumerate(share.shape)
    ]
    x, y, z = anatomy.geometry.points_lps(indices)
    return float(x), float(y), float(z)


def plan_in(
    side: Side, bone: Bone, level: Level, volume_ml: float, rng: np.random.Generator
) -> LesionPlan:
    """Plan a lesion in one quadrant, with a random place, depth and brightness."""
    height = rng.uniform(0.15, 0.4) if level is Level.UPPER else rng.uniform(0.6, 0.85)
    return LesionPlan(
        side=side,
        bone=bone,
        volume_ml=volume_ml,
        peak_ratio=float(rng.uniform(1.8, 2.8)),
        along=float(rng.uniform(0.2, 0.8)),
        height=float(height),
        depth_ratio=float(rng.uniform(0.55, 1.0)),
    )
