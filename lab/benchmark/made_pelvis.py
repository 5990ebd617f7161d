"""Pelves put together from plain solids: bones that no shape model and no network has seen.

A sacrum of rounded boxes that taper and curve, with canal and foramina; ilia that follow its sides
at a joint's width and flare above and in front. Proportions are drawn, from the dimensions of
adults (Vleeming et al., J Anat 221:537, 2012, for the joints; Plochocki, Clin Anat 24:1033, 2011,
for breadth and length of the sacrum), not from any set of scans.
"""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage
from skimage.measure import marching_cubes

from mri_bme.phantom.given_pelvis import pelvis_of
from mri_bme.phantom.prescription import rotation
from mri_bme.phantom.shape_model import PelvisShape
from mri_bme.phantom.solids import Field, smooth_union
from mri_bme.phantom.surface_distance import Surface
from mri_bme.volume import FloatArray

LOW, HIGH = (-95.0, -112.0, -125.0), (50.0, 112.0, 125.0)  # n, s, x in mm, as phantoms have them
HEIGHTS = (-32.0, -20.0, 0.0, 20.0, 40.0, 60.0, 82.0)
HALF_WIDTHS = (40.0, 52.0, 50.0, 44.0, 32.0, 21.0, 10.0)
MIDDLES = (-14.0, -11.0, -5.0, 1.0, 4.0, 2.0, -5.0)
HALF_DEPTHS = (18.0, 18.0, 17.0, 13.0, 10.0, 8.0, 5.0)
FORAMINA = ((10.0, 16.0, 4.5), (28.0, 15.0, 4.2), (46.0, 12.0, 3.6), (61.0, 9.5, 2.8))
ROUNDED_VOXELS = 0.7  # edges that are cut, which also lack a triangle here and there otherwise
SUPINE_DEGREES = 48.0  # of the sacrum's long axis from the vertical, lying


@dataclass(frozen=True, slots=True, kw_only=True)
class Proportions:
    """What makes one of these pelves differ from the next; 1 is the middle of adults."""

    size: float = 1.0
    breadth: float = 1.0
    depth: float = 1.0
    curve: float = 1.0
    joint_mm: float = 2.4
    ilium_mm: float = 15.0
    flare: float = 0.55
    uneven_mm: float = 0.0
    tilt_degrees: float = SUPINE_DEGREES

    @classmethod
    def draw(cls, seed: int) -> "Proportions":
        """Draw an adult."""
        rng = np.random.default_rng([seed, 83])
        return cls(
            size=float(rng.uniform(0.93, 1.07)),
            breadth=float(rng.uniform(0.9, 1.1)),
            depth=float(rng.uniform(0.85, 1.15)),
            curve=float(rng.uniform(0.4, 1.6)),
            joint_mm=float(rng.uniform(1.6, 3.4)),
            ilium_mm=float(rng.uniform(12, 19)),
            flare=float(rng.uniform(0.35, 0.75)),
            uneven_mm=float(rng.uniform(-4, 4)),
            tilt_degrees=float(rng.uniform(38, 58)),
        )


def made_pelvis(proportions: Proportions, *, spacing_mm: float = 1.0) -> PelvisShape:
    """Make the three bones as surfaces and take them as given ones."""
    return pelvis_of(made_surfaces(proportions, spacing_mm=spacing_mm))


def made_surfaces(proportions: Proportions, *, spacing_mm: float = 1.0) -> dict[str, Surface]:
    """Make the surfaces of sacrum, left and right ilium, lying supine, LPS mm."""
    axes = [np.arange(low, high, spacing_mm) for low, high in zip(LOW, HIGH, strict=True)]
    n, s, x = np.meshgrid(*axes, indexing="ij", sparse=True)
    solid = _sacrum(n, s, np.abs(x), proportions)
    outside = ndimage.distance_transform_edt(solid > 0, sampling=spacing_mm)
    inside = ndimage.distance_transform_edt(solid <= 0, sampling=spacing_mm)
    distance = ndimage.gaussian_filter(outside - inside, 1.2 / spacing_mm)
    own = proportions.uneven_mm
    fields = {
        "sacrum": np.maximum(distance, -_holes(n, s, np.abs(x), proportions)),
        "left": np.maximum(_ilium((n, s, x), distance, proportions, shift_mm=own), 1 - x),
        "right": np.maximum(_ilium((n, s, -x), distance, proportions, shift_mm=-own), 1 + x),
    }
    return {name: _surface(field, axes, proportions) for name, field in fields.items()}


def _sacrum(n: Field, s: Field, across: Field, own: Proportions) -> Field:
    width = own.breadth * np.interp(s, HEIGHTS, HALF_WIDTHS)
    depth = own.depth * np.interp(s, HEIGHTS, HALF_DEPTHS)
    level = (np.abs(n - _middle(s, own)) / depth) ** 2.6 + (across / width) ** 2.6
    wall = (level ** (1 / 2.6) - 1) * depth
    ends = np.maximum(HEIGHTS[0] - s, s - HEIGHTS[-1])
    return np.asarray(np.maximum(wall, ends))


def _middle(s: Field, own: Proportions) -> Field:
    return np.asarray(own.curve * np.interp(s, HEIGHTS, MIDDLES))


def _holes(n: Field, s: Field, across: Field, own: Proportions) -> Field:
    """Canal and four pairs of foramina."""
    behind = n - _middle(s, own) - 6 * own.depth
    canal = (np.hypot(behind / 4.5, across / np.interp(s, HEIGHTS, np.linspace(11, 4, 7))) - 1) * 4
    holes = np.maximum(canal, s - 66)
    for height, away, radius in FORAMINA:
        hole = np.hypot(s - height - 0.15 * n, across - away * own.breadth) - radius
        holes = np.minimum(holes, hole)
    return np.asarray(holes)


def _ilium(
    place: tuple[Field, Field, Field], sacrum: Field, own: Proportions, *, shift_mm: float
) -> Field:
    """Bone along the sacrum's side, a flaring plate above it, and a limb to the hip below."""
    n, s, x = place
    beside = np.maximum(sacrum - own.joint_mm - own.ilium_mm, own.joint_mm - sacrum)
    around = (np.hypot((n + 2) / (24 * own.depth), (s + shift_mm) / 42) - 1) * 22
    joined = np.maximum(np.maximum(beside, around), 25 - x)
    middle = own.breadth * np.interp(s, HEIGHTS, HALF_WIDTHS) * (s > -20)
    middle = np.where(s > -20, middle, own.breadth * HALF_WIDTHS[1])
    middle = middle + own.joint_mm + 5 + own.flare * np.clip(-20 - s, 0, None)
    middle = middle + 0.45 * np.clip(-8 - n, 0, None)
    plate = np.abs(x - middle) - 4.5
    plate = np.maximum(plate, (np.hypot((n + 22) / 52, (s + 42) / 52) - 1) * 45)
    t = np.clip((s - 20) / 70, 0, 1)
    limb = np.hypot(n + 5 + 32 * t, x - own.breadth * (50 + 26 * t)) - 13
    limb = np.maximum(limb, np.maximum(18 - s, s - 92))
    whole = smooth_union(smooth_union(joined, plate, 6.0), limb, 6.0)
    return np.asarray(np.maximum(whole, own.joint_mm - sacrum))


def _surface(field: Field, axes: list[FloatArray], own: Proportions) -> Surface:
    smooth = ndimage.gaussian_filter(np.asarray(field, dtype=np.float64), ROUNDED_VOXELS)
    padded = np.pad(smooth, 1, constant_values=50.0)
    spacing = float(axes[0][1] - axes[0][0])
    vertices, faces, _, _ = marching_cubes(padded, 0.0, spacing=(spacing,) * 3)
    n, s, x = (vertices + [axis[0] - spacing for axis in axes]).T * own.size
    upright = np.stack([x, n, -s], axis=1)  # LPS of somebody whose sacrum stands upright
    turned = upright @ rotation((own.tilt_degrees, 0.0, 0.0)).T
    return turned.astype(np.float64), faces[:, ::-1].astype(np.int64)
