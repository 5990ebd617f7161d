"""The rigid motion of the pelvis between two visits, and whether to trust it.

Both volumes are normalised locally (so gain and shading do not matter), brought
together at 8 mm over all shifts and a set of tilts (so headers need not agree), and
refined from coarse to fine in the half-way space with weights that ignore marrow and
soft tissue that changed. The result never depends on which visit is called fixed.
"""

import numpy as np

from mri_bme.errors import InvalidVoxels, RegistrationFailed
from mri_bme.findings import Registration
from mri_bme.register_visits.gate import judge
from mri_bme.register_visits.levels import LevelPair, make_level
from mri_bme.register_visits.refine import halfway_points, refine_motion, similarity_at
from mri_bme.register_visits.region import Region, joint_region
from mri_bme.register_visits.search import starting_motions
from mri_bme.settings import RegisterSettings
from mri_bme.volume import FloatArray, Mask, RigidTransform, Volume, check_same_grid

__all__ = ["register_visits"]

DEFAULT_SETTINGS = RegisterSettings()
MIN_SLICES = 5  # fewer do not fix the tilt out of plane
MAX_ANISOTROPY = 20.0
MIN_MASK_AGREEMENT = 0.25  # share of either masked region that lies in the other, else no masks
START_STRIDE = 10  # a tenth of the points is enough to choose a start
MAX_START_STEPS = 10


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
    if _order_key(moving) < _order_key(fixed):  # one order for both calls, so one result
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
    everywhere = joint_region(fixed, None), joint_region(moving, None)
    joint = joint_region(fixed, fixed_mask), joint_region(moving, moving_mask)
    coarse_mm, *finer_mm = settings.levels_mm
    matrix = _best_start(fixed, moving, everywhere, coarse_mm, settings)
    pairs = [_level_pair(fixed, moving, joint, spacing_mm, settings) for spacing_mm in finer_mm]
    if similarity_at(matrix, pairs[0])[1] < MIN_MASK_AGREEMENT:  # a mask drawn elsewhere
        pairs = [
            _level_pair(fixed, moving, everywhere, spacing_mm, settings) for spacing_mm in finer_mm
        ]
    for pair, stride in zip(pairs, (2,) * (len(pairs) - 1) + (1,), strict=True):
        matrix = refine_motion(matrix, pair, halfway_points(matrix, pair, stride=stride))
    quality = judge(matrix, pairs, settings=settings)
    return Registration(moving_from_fixed=RigidTransform(b_from_a=matrix), quality=quality)


def _level_pair(
    fixed: Volume,
    moving: Volume,
    regions: tuple[Region, Region],
    spacing_mm: float,
    settings: RegisterSettings,
) -> LevelPair:
    made = [
        make_level(
            volume,
            region,
            spacing_mm=spacing_mm,
            n_points=settings.n_points // 2,
            seed=settings.seed,
        )
        for volume, region in zip((fixed, moving), regions, strict=True)
    ]
    return LevelPair(fixed=made[0], moving=made[1])


def _best_start(
    fixed: Volume,
    moving: Volume,
    regions: tuple[Region, Region],
    spacing_mm: float,
    settings: RegisterSettings,
) -> FloatArray:
    """Refine every start at the coarsest level and keep the most similar."""
    pair = _level_pair(fixed, moving, regions, spacing_mm, settings)
    stride = START_STRIDE
    tried: list[tuple[float, FloatArray]] = []
    for start in starting_motions(fixed, moving, n_best=settings.n_starts):
        points = halfway_points(start, pair, stride=stride)
        found = refine_motion(start, pair, points, max_steps=MAX_START_STEPS)
        similarity, seen = similarity_at(found, pair, stride=stride)
        tried.append((similarity * np.sqrt(seen), found))  # chance fits of a corner score high
    _, best = max(tried, key=lambda item: item[0])
    return refine_motion(best, pair, halfway_points(best, pair, stride=2))


def _order_key(volume: Volume) -> tuple[tuple[int, ...], bytes, bytes]:
    geometry = volume.geometry
    return geometry.shape, geometry.lps_from_index.tobytes(), volume.voxels.tobytes()


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
