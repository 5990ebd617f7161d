"""Take a single marrow mask apart into sacrum, ilia and lumbar vertebrae.

A mask drawn around all marrow runs across the sacroiliac joints. The joint is the dark
valley inside it (cortex and cartilage), best seen in T1W; it is followed from slice to
slice as the smooth surface of least cost.
"""

import numpy as np
import skimage
from numpy.typing import NDArray
from scipy import ndimage

from mri_bme.errors import RoiNotFound
from mri_bme.place_rois.axes import PelvisAxes, pelvis_axes
from mri_bme.place_rois.joint import facing_lines
from mri_bme.place_rois.slivers import without_slivers
from mri_bme.place_rois.surface import least_cost_surface
from mri_bme.sacroiliac import BoneLabel
from mri_bme.volume import Volume

BoolArray = NDArray[np.bool_]
FloatBlock = NDArray[np.float32]

LOCAL_MARROW_MM = 15.0  # scale on which marrow and coil shading vary
VALLEY_MM = 1.0  # blur within a slice, against noise
SACRAL_SEED_MM = 28.0  # marrow this near the midline is axial skeleton
ILIAC_SEED_MM = 82.0  # marrow this far from the midline is ilium
COARSE_MM = 1.2  # grid on which marrow is walked through
UNREACHED = 1e9
DARK_BELOW = 0.85  # of nearby marrow
DARK_COST = 40.0  # a millimetre of cortex is as far as this many of marrow
REFINE_MM = 9.0  # the joint lies this near to the smooth sheet through the dark borders
LEAN = 0.005  # cost per mm: of two cortices equally dark, with fat between, the iliac one
OUTSIDE_COST = 0.8  # soft tissue, relative to marrow
FORBIDDEN = 1e3
MAX_COST = 1.3
ROBUST_ROUNDS = 10
MIN_JOINT_MM = 10.0  # a slice with less joint is at its end
SPAN_MM = 15.0  # the surface is followed this far above and below
WITHIN_SLICE_PENALTY = 0.35  # per mm of step
BETWEEN_SLICES_PENALTY = 0.12  # per mm of step
EDGE_MM = 4.0  # thickness of the lateral rim of the region that surely is ilium ...
EDGE_BEYOND_MM = 55.0  # ... when it lies this far out
THIN_MM = 2.5  # marrow this near soft tissue is a bridge, not a way ...
THIN_COST = 20.0  # ... and a millimetre of it as far as this many of thick marrow
JOINT_TOP_QUANTILE = 0.1  # a transverse process may face the ilium above the joint
CORE_MM = 6.5  # marrow this far from soft tissue is the heart of a bone
BESIDE_JOINT_MM = 15.0  # a heart that comes this near to an ilium ...
SACRAL_BELOW_MM = 10.0  # ... this far below the top of the joints is sacral
FACING_MM = 6.0


def split_bones(region: BoolArray, volume: Volume) -> NDArray[np.uint8]:
    """Split marrow of the pelvis into the bones of `BoneLabel`.

    Parameters
    ----------
    region : bool array
        Marrow of sacrum, ilia and perhaps lumbar vertebrae, on the grid of `volume`.
    volume : Volume
        Where the joint is dark: T1W if there is one, else the fluid-sensitive volume.

    Raises
    ------
    RoiNotFound
        If the region is empty or does not reach both sides of the midline.
    """
    axes = pelvis_axes(volume.geometry)
    inside = np.ascontiguousarray(axes.view(region))
    across_mm = _across_mm(inside, axes)
    relative = _relative_to_marrow(axes.view(volume.voxels), inside, axes)
    labels = _walk_to_joint(inside, relative, across_mm, axes)
    labels = without_slivers(_follow_valley(labels, relative, across_mm, axes), axes)
    labels[_lumbar(labels, axes)] = BoneLabel.L5
    return np.ascontiguousarray(axes.restore(labels))


def _across_mm(inside: BoolArray, axes: PelvisAxes) -> NDArray[np.float64]:
    """Signed distance of each column from the midline, positive to the left."""
    if not inside.any():
        raise RoiNotFound("the bone mask is empty; draw the marrow of sacrum and ilia")
    columns = np.nonzero(inside.any(axis=(0, 1)))[0]
    middle = (columns[0] + columns[-1]) / 2
    across = (np.arange(inside.shape[2]) - middle) * axes.spacing_mm[2]
    if not (
        inside[..., across > ILIAC_SEED_MM].any() and inside[..., across < -ILIAC_SEED_MM].any()
    ):
        raise RoiNotFound(
            f"the bone mask reaches {across[columns[-1]]:.0f} mm to either side of its middle, at "
            f"least {ILIAC_SEED_MM:.0f} mm are needed; draw the marrow of both ilia"
        )
    return np.asarray(across, dtype=np.float64)


def _relative_to_marrow(voxels: FloatBlock, inside: BoolArray, axes: PelvisAxes) -> FloatBlock:
    """Brightness relative to marrow nearby."""
    blur = (0, VALLEY_MM / 2 / axes.spacing_mm[1], VALLEY_MM / 2 / axes.spacing_mm[2])
    sharp = ndimage.gaussian_filter(np.asarray(voxels, dtype=np.float32), blur)
    sigma = tuple(LOCAL_MARROW_MM / step for step in axes.spacing_mm)
    share = ndimage.gaussian_filter(inside.astype(np.float32), sigma, truncate=2.5)
    marrow = ndimage.gaussian_filter(np.where(inside, sharp, 0), sigma, truncate=2.5)
    marrow = marrow / np.maximum(share, 1e-3)
    relative = np.clip(sharp / np.maximum(marrow, 1e-3), 0, MAX_COST)
    return np.asarray(relative, dtype=np.float32)


def _walk_to_joint(
    inside: BoolArray, relative: FloatBlock, across_mm: NDArray[np.float64], axes: PelvisAxes
) -> NDArray[np.uint8]:
    """Give each marrow voxel to the bone from whose heart it is reached at least cost."""
    step = _coarse_step(axes)
    pick = tuple(slice(None, None, s) for s in step)
    darkness = np.clip(1 - relative[pick] / DARK_BELOW, 0, 1)
    cost = np.where(inside[pick], 1 + DARK_COST * darkness, -1)
    lateral = _lateral_rim(inside, across_mm)
    seeds = {
        BoneLabel.SACRUM: inside & (np.abs(across_mm) < SACRAL_SEED_MM),
        BoneLabel.LEFT_ILIUM: lateral & (across_mm > 0),
        BoneLabel.RIGHT_ILIUM: lateral & (across_mm < 0),
    }
    return _nearest_seed(cost, {bone: seed[pick] for bone, seed in seeds.items()}, inside, axes)


def _lateral_rim(inside: BoolArray, across_mm: NDArray[np.float64]) -> BoolArray:
    """Outermost marrow of each row, where it is too far out to be sacrum."""
    distance = np.where(inside, np.abs(across_mm), 0)
    rim: BoolArray = np.zeros_like(inside)
    for half in (across_mm > 0, across_mm < 0):
        outermost = distance[..., half].max(axis=2, keepdims=True)
        near = (outermost > EDGE_BEYOND_MM) & (distance[..., half] > outermost - EDGE_MM)
        rim[..., half] = near
    return rim | (distance > ILIAC_SEED_MM)


def _coarse_step(axes: PelvisAxes) -> tuple[int, int, int]:
    depth, height, across = (max(1, round(COARSE_MM / s)) for s in axes.spacing_mm)
    return depth, height, across


def _nearest_seed(
    cost: NDArray[np.float64],
    seeds: dict[BoneLabel, BoolArray],
    inside: BoolArray,
    axes: PelvisAxes,
) -> NDArray[np.uint8]:
    """Label marrow by the seed at least cost; `cost` and `seeds` lie on the coarse grid."""
    step = _coarse_step(axes)
    sampling = tuple(s * n for s, n in zip(axes.spacing_mm, step, strict=True))
    reached = [_walk(cost, seed & (cost > 0), sampling) for seed in seeds.values()]
    nearest = np.array(list(seeds), dtype=np.uint8)[np.argmin(reached, axis=0)]
    nearest[cost <= 0] = 0
    full = _spread(nearest, sampling, step, inside.shape)
    return np.where(inside, full, 0).astype(np.uint8)


def _walk(cost: NDArray[np.float64], seeds: BoolArray, sampling: tuple[float, ...]) -> FloatBlock:
    if not seeds.any():
        return np.full(cost.shape, UNREACHED, dtype=np.float32)
    walk = skimage.graph.MCP_Geometric(cost, sampling=sampling)
    reached, _ = walk.find_costs(np.argwhere(seeds))
    return np.asarray(np.where(np.isfinite(reached), reached, UNREACHED), dtype=np.float32)


def _spread(
    coarse: NDArray[np.uint8],
    sampling: tuple[float, ...],
    step: tuple[int, ...],
    shape: tuple[int, ...],
) -> NDArray[np.uint8]:
    """Spread coarse labels over their surroundings and bring them to the full grid."""
    nearest = ndimage.distance_transform_edt(
        coarse == 0, sampling=sampling, return_distances=False, return_indices=True
    )
    spread: NDArray[np.uint8] = coarse[tuple(nearest)]
    for axis, n in enumerate(step):
        index = np.minimum((np.arange(shape[axis]) + n // 2) // n, spread.shape[axis] - 1)
        spread = spread.take(index, axis=axis)
    return spread


def _follow_valley(
    labels: NDArray[np.uint8],
    relative: FloatBlock,
    across_mm: NDArray[np.float64],
    axes: PelvisAxes,
) -> NDArray[np.uint8]:
    """Move the border of sacrum and ilium into the middle of the dark valley."""
    followed = np.array(labels)
    middle = int(np.searchsorted(across_mm, 0))
    sides = (
        (BoneLabel.LEFT_ILIUM, slice(middle, None), slice(None)),
        (BoneLabel.RIGHT_ILIUM, slice(None, middle), slice(None, None, -1)),
    )
    for ilium, half, outward in sides:
        part = followed[:, :, half][:, :, outward]  # a view: column 0 is the midline
        cost = np.where(part > 0, relative[:, :, half][:, :, outward], OUTSIDE_COST)
        facing = facing_lines(part == BoneLabel.SACRUM, part == ilium, axes, max_gap_mm=FACING_MM)
        if not facing.any():
            continue
        columns = np.arange(part.shape[2])
        outermost = part.shape[2] - 1 - np.argmax((part > 0)[..., ::-1], axis=2)[..., None]
        allowed = columns * axes.spacing_mm[2] > SACRAL_SEED_MM
        rim = facing[..., None] & ((outermost - columns) * axes.spacing_mm[2] <= EDGE_MM)
        spanned = _spanned_rows(facing, axes)
        first = _surface(np.where(allowed & ~rim, cost, FORBIDDEN), spanned, axes)
        sheet = _smooth_sheet(first, facing, cost)
        near = np.abs(columns - sheet[..., None]) * axes.spacing_mm[2] <= REFINE_MM
        leaning = cost - LEAN * axes.spacing_mm[2] * columns.astype(np.float32)
        surface = _surface(np.where(near, leaning, FORBIDDEN), spanned, axes)
        movable = spanned[..., None] & ((part == BoneLabel.SACRUM) | (part == ilium))
        part[movable] = np.where(columns > surface[..., None], ilium, BoneLabel.SACRUM)[movable]
    return followed


def _surface(cost: FloatBlock, facing: BoolArray, axes: PelvisAxes) -> NDArray[np.float64]:
    """Least-cost surface that depends only on rows with both bones."""
    step = axes.spacing_mm[2]
    return least_cost_surface(
        np.where(facing[..., None], cost, 0).astype(np.float32),
        penalty=(BETWEEN_SLICES_PENALTY * step, WITHIN_SLICE_PENALTY * step),
    )


def _spanned_rows(facing: BoolArray, axes: PelvisAxes) -> BoolArray:
    """Rows from a little above to a little below the joint, where there is a joint."""
    spanned = np.array(facing)
    margin = round(SPAN_MM / axes.spacing_mm[1])
    for depth, heights in enumerate(facing):
        rows = np.nonzero(heights)[0]
        if rows.size * axes.spacing_mm[1] >= MIN_JOINT_MM:
            spanned[depth, max(rows[0] - margin, 0) : rows[-1] + margin + 1] = True
    return spanned


def _smooth_sheet(
    border: NDArray[np.float64], facing: BoolArray, cost: FloatBlock
) -> NDArray[np.float64]:
    """Quadratic sheet through the borders that lie in the dark; bright ones hardly count."""
    depth, height = np.nonzero(facing)
    column = np.clip(np.rint(border[facing]).astype(int), 0, cost.shape[2] - 1)
    weight = np.clip(1 - cost[depth, height, column], 0.02, 1)
    rows = np.stack([np.ones_like(depth), depth, height, depth**2, height**2, depth * height], 1)
    scale = np.maximum(np.abs(rows).max(axis=0), 1).astype(np.float64)
    design = rows / scale
    for _ in range(ROBUST_ROUNDS):
        root = np.sqrt(weight)[:, None]
        found, *_ = np.linalg.lstsq(design * root, border[facing] * root[:, 0], rcond=None)
        apart = np.abs(design @ found - border[facing])
        spread = max(float(np.median(apart)), 1.0)
        weight = np.clip(1 - cost[depth, height, column], 0.02, 1) / (1 + (apart / spread) ** 2)
    n_depth, n_height = facing.shape
    d, h = np.meshgrid(np.arange(n_depth), np.arange(n_height), indexing="ij")
    terms = np.stack([np.ones_like(d), d, h, d**2, h**2, d * h], axis=-1) / scale
    return np.asarray(terms @ found, dtype=np.float64)


def _lumbar(labels: NDArray[np.uint8], axes: PelvisAxes) -> BoolArray:
    """Marrow above the lumbosacral disc and facets, where the ways through bone are thin."""
    central = labels == BoneLabel.SACRUM
    in_plane = (1e3, *axes.spacing_mm[1:])  # slices are too thick to measure thinness across
    thickness = ndimage.distance_transform_edt(central, sampling=in_plane)
    lumbar, sacral = _hearts(thickness > CORE_MM, labels, axes)
    pick = tuple(slice(None, None, s) for s in _coarse_step(axes))
    cost = np.where(central, np.where(thickness < THIN_MM, THIN_COST, 1.0), -1.0)[pick]
    seeds = {BoneLabel.SACRUM: sacral[pick], BoneLabel.L5: lumbar[pick]}
    return np.asarray(_nearest_seed(cost, seeds, central, axes) == BoneLabel.L5)


def _hearts(
    cores: BoolArray, labels: NDArray[np.uint8], axes: PelvisAxes
) -> tuple[BoolArray, BoolArray]:
    """Hearts of lumbar vertebrae (above the joints, not beside them) and of the sacrum."""
    ilia = (labels == BoneLabel.LEFT_ILIUM) | (labels == BoneLabel.RIGHT_ILIUM)
    below_mm = _below_joint_top_mm(labels, ilia, axes)
    to_ilia_mm = ndimage.distance_transform_edt(~ilia, sampling=axes.spacing_mm)
    beside = (to_ilia_mm < BESIDE_JOINT_MM) & (below_mm > SACRAL_BELOW_MM)
    parts, n_parts = ndimage.label(cores)
    index = np.arange(1, n_parts + 1)
    touches = np.asarray(ndimage.maximum(beside, parts, index)) > 0
    height_mm = np.asarray(ndimage.mean(np.broadcast_to(below_mm, parts.shape), parts, index))
    is_lumbar = ~touches & (height_mm < SACRAL_BELOW_MM)
    lookup = np.concatenate([[False], is_lumbar])
    lumbar = lookup[parts]
    return lumbar, cores & ~lumbar


def _below_joint_top_mm(
    labels: NDArray[np.uint8], ilia: BoolArray, axes: PelvisAxes
) -> NDArray[np.float64]:
    """Height of each row below the top of the joints, shape (1, height, 1)."""
    reach = max(1, round(FACING_MM / axes.spacing_mm[2]))
    near = ndimage.maximum_filter1d(ilia.astype(np.uint8), 2 * reach + 1, axis=2) > 0
    facing = (near & (labels == BoneLabel.SACRUM)).any(axis=2)
    rows = np.nonzero(facing)[1]
    top = float(np.quantile(rows, JOINT_TOP_QUANTILE)) if rows.size else labels.shape[1] / 2
    below = (np.arange(labels.shape[1]) - top) * axes.spacing_mm[1]
    return np.asarray(below[None, :, None])
