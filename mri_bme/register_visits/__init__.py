"""The rigid motion of the pelvis between two visits, and whether to trust it.

Both volumes are normalised locally (so gain and shading do not matter), brought
together, and refined from coarse to fine in the half-way space with weights that ignore
marrow and soft tissue that changed. Starts are tried from the cheapest on: the headers,
grid laid on grid, all shifts at 8 mm, and all shifts at a set of tilts (so headers need
not agree). The first that looks right at 6 mm ends the search if the gate accepts what
comes of it; otherwise all are tried. The gate holds the answer against a fit the other way
round that was searched for on its own. The result never depends on which visit is called
fixed.
"""

from dataclasses import dataclass

import numpy as np

from mri_bme.errors import InvalidVoxels, RegistrationFailed
from mri_bme.findings import Registration
from mri_bme.register_visits.gate import judge
from mri_bme.register_visits.levels import Level, LevelPair, make_level
from mri_bme.register_visits.refine import halfway_points, refine_motion, similarity_at
from mri_bme.register_visits.region import Region, joint_region
from mri_bme.register_visits.search import starting_motions
from mri_bme.settings import RegisterSettings
from mri_bme.side_by_side import each
from mri_bme.volume import FloatArray, Mask, RigidTransform, Volume, check_same_grid

__all__ = ["register_visits"]

DEFAULT_SETTINGS = RegisterSettings()
MIN_SLICES = 5  # fewer do not fix the tilt out of plane
MAX_ANISOTROPY = 20.0
MIN_MASK_AGREEMENT = 0.25  # share of either masked region that lies in the other, else no masks
START_STRIDE = 10  # a tenth of the points is enough to choose a start
MAX_START_STEPS = 10
N_CHEAP_STARTS = 3  # the headers, grid laid on grid, the best shift


def register_visits(
    fixed: Volume,
    moving: Volume,
    *,
    fixed_mask: Mask | None = None,
    moving_mask: Mask | None = None,
    settings: RegisterSettings = DEFAULT_SETTINGS,
) -> Registration:
    """Find the rigid motion of the pelvis between two visits of one subject.

    Parameters
    ----------
    fixed, moving : Volume
        Two volumes of one contrast, on any grids, at any table positions.
    fixed_mask, moving_mask : Mask or None
        What must fit (the bones around the joints); a margin is added. Without one, the
        middle of the field of view.
    settings : RegisterSettings
        Resolution, sampling and the limits of the gate.

    Returns
    -------
    Registration
        `moving_from_fixed` maps LPS mm points of `fixed` to `moving`; swapping the two
        gives its inverse. `quality.accepted` is False, with the reason, when the two
        do not fit: such a motion must not be used.

    Raises
    ------
    InvalidVoxels
        If a volume is constant or a mask empty.
    RegistrationFailed
        If a volume has too few slices or voxels too anisotropic to register.
    GeometryMismatch
        If a mask lies on another grid than its volume.
    """
    for what, volume, mask in (("fixed", fixed, fixed_mask), ("moving", moving, moving_mask)):
        _check_input(what, volume, mask)
    if _comes_first(moving, fixed):  # one order for both calls, so one result
        swapped = _register_ordered(moving, fixed, moving_mask, fixed_mask, settings)
        return Registration(
            moving_from_fixed=swapped.moving_from_fixed.inverse(), quality=swapped.quality
        )
    return _register_ordered(fixed, moving, fixed_mask, moving_mask, settings)


def _register_ordered(
    fixed: Volume,
    moving: Volume,
    fixed_mask: Mask | None,
    moving_mask: Mask | None,
    settings: RegisterSettings,
) -> Registration:
    scene = _Scene(
        fixed=fixed,
        moving=moving,
        everywhere=(joint_region(fixed, None), joint_region(moving, None)),
        joint=(joint_region(fixed, fixed_mask), joint_region(moving, moving_mask)),
        settings=settings,
    )
    coarse = _level_pair(scene, scene.everywhere, settings.levels_mm[0])
    back = _motion_back(scene, coarse)
    tried: list[tuple[float, FloatArray]] = []
    is_first = True
    for start in starting_motions(fixed, moving, n_best=settings.n_starts):
        similarity, seen, matrix = _refined_start(start, coarse)
        tried.append((similarity * np.sqrt(seen), matrix))  # chance fits of a corner score high
        if is_first and similarity >= settings.min_similarity and seen >= settings.min_overlap:
            is_first = False
            found = _fit(matrix, back, coarse, scene)
            if found.quality.accepted:
                return found
    return _fit(max(tried, key=lambda item: item[0])[1], back, coarse, scene)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Scene:
    """What is registered: volumes, the parts of them that count, and the settings."""

    fixed: Volume
    moving: Volume
    everywhere: tuple[Region, Region]
    joint: tuple[Region, Region]
    settings: RegisterSettings


def _motion_back(scene: _Scene, coarse: LevelPair) -> FloatArray:
    """Look for the motion from moving to fixed on its own, to hold the answer against.

    Of the cheapest starts the one that fits best; of all, where none of them looks right.
    """
    swapped, settings = coarse.swapped(), scene.settings
    tried: list[tuple[float, FloatArray]] = []
    best = -np.inf
    starts = starting_motions(scene.moving, scene.fixed, n_best=settings.n_starts)
    for n, start in enumerate(starts, start=1):
        similarity, seen, matrix = _refined_start(start, swapped, check=True)
        tried.append((similarity * np.sqrt(seen), matrix))
        best = max(best, similarity if seen >= settings.min_overlap else -np.inf)
        if n >= N_CHEAP_STARTS and best >= settings.min_similarity:
            break
    return max(tried, key=lambda item: item[0])[1]


def _fit(start: FloatArray, back: FloatArray, coarse: LevelPair, scene: _Scene) -> Registration:
    """Refine a start from coarse to fine, and judge the result."""
    matrix = refine_motion(start, coarse, halfway_points(start, coarse, stride=2))
    pairs = _finer_pairs(scene, scene.joint)
    if similarity_at(matrix, pairs[0])[1] < MIN_MASK_AGREEMENT:  # a mask drawn elsewhere
        pairs = _finer_pairs(scene, scene.everywhere)
    for pair, stride in zip(pairs, (2,) * (len(pairs) - 1) + (1,), strict=True):
        matrix = refine_motion(matrix, pair, halfway_points(matrix, pair, stride=stride))
    quality = judge(matrix, back, pairs, settings=scene.settings)
    return Registration(moving_from_fixed=RigidTransform(b_from_a=matrix), quality=quality)


def _finer_pairs(scene: _Scene, regions: tuple[Region, Region]) -> list[LevelPair]:
    return [_level_pair(scene, regions, mm) for mm in scene.settings.levels_mm[1:]]


def _level_pair(scene: _Scene, regions: tuple[Region, Region], spacing_mm: float) -> LevelPair:
    def made(volume_and_region: tuple[Volume, Region]) -> Level:
        volume, region = volume_and_region
        level = make_level(
            volume,
            region,
            spacing_mm=spacing_mm,
            n_points=scene.settings.n_points // 2,
            seed=scene.settings.seed,
        )
        volume.rest()
        return level

    fixed, moving = each(made, zip((scene.fixed, scene.moving), regions, strict=True))
    return LevelPair(fixed=fixed, moving=moving)


def _refined_start(
    start: FloatArray, coarse: LevelPair, *, check: bool = False
) -> tuple[float, float, FloatArray]:
    """Refine a start at the coarsest level; say how similar the visits then are, where seen."""
    stride = START_STRIDE // 2 if check else START_STRIDE  # there are half as many check points
    points = halfway_points(start, coarse, stride=stride, check=check)
    found = refine_motion(start, coarse, points, max_steps=MAX_START_STEPS)
    return *similarity_at(found, coarse, stride=stride, check=check), found


def _comes_first(one: Volume, other: Volume) -> bool:
    """Put two volumes into an order of their own: by shape, then affine, then voxels."""
    grids = [(v.geometry.shape, v.geometry.lps_from_index.tobytes()) for v in (one, other)]
    if grids[0] != grids[1]:
        return grids[0] < grids[1]
    planes = zip(one.voxels, other.voxels, strict=True)  # one at a time: scans may be large
    pairs = ((a.tobytes(), b.tobytes()) for a, b in planes)
    return next((a < b for a, b in pairs if a != b), False)


def _check_input(what: str, volume: Volume, mask: Mask | None) -> None:
    geometry = volume.geometry
    if min(geometry.shape) < MIN_SLICES:
        raise RegistrationFailed(
            f"the {what} volume has only {min(geometry.shape)} voxels along one axis; at least "
            f"{MIN_SLICES} are needed to find a motion in three dimensions"
        )
    anisotropy = max(geometry.spacing_mm) / min(geometry.spacing_mm)
    if anisotropy > MAX_ANISOTROPY:
        raise RegistrationFailed(
            f"voxels of the {what} volume are {anisotropy:.0f} times longer than wide (at most "
            f"{MAX_ANISOTROPY:.0f}); use a series with thinner slices"
        )
    low, high = float(volume.voxels.min()), float(volume.voxels.max())
    if not high > low:
        raise InvalidVoxels(f"the {what} volume is constant ({low:g}); choose another series")
    if mask is None:
        return
    check_same_grid(f"the {what} mask", mask.geometry, geometry)
    if mask.n_voxels == 0:
        raise InvalidVoxels(f"the {what} mask is empty; leave it out or draw it again")
