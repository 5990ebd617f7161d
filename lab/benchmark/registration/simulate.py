"""A follow-up scan with known motion, made from one real volume."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from mri_bme.resample import resample_voxels
from mri_bme.volume import FloatArray, Mask, RigidTransform, Volume, VolumeGeometry

SLICE_PROFILE = (-1 / 3, 0.0, 1 / 3)  # of the slice thickness
REPOSITION_DEGREES = 1.5  # the slab is planned anew at every visit
REPOSITION_MM = 6.0
NORMAL_MARROW_PERCENTILE = 60.0
LESION_BLUR_VOXELS = (0.3, 1.5, 1.5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What differs between the visits.

    `slices`, `spacing_mm`, `thickness_mm` and `matrix` describe the follow-up's grid
    (None: as at baseline), `kept_slices` and `kept_columns` the share of them that is
    acquired, `dimming` how far lesions fade to normal marrow, `noise` its SD as a share
    of the brightest tissue.
    """

    name: str
    tilt_degrees: float = 6.0
    shift_mm: float = 15.0
    header_mm: tuple[float, float, float] = (0.0, 0.0, 0.0)
    slices: int | None = None
    spacing_mm: tuple[float, float, float] | None = None
    thickness_mm: float = 0.0
    matrix: int | None = None
    kept_slices: float = 1.0
    kept_columns: float = 1.0
    gain: float = 1.0
    gamma: float = 1.0
    noise: float = 0.02
    dimming: float = 0.7


CASES = (
    Case(name="repositioned"),
    Case(name="gain, gamma, noise", gain=3.0, gamma=0.8, noise=0.06, dimming=1.0),
    Case(name="header 30 cm apart", header_mm=(40.0, -110.0, 280.0)),
    Case(name="tilt 20, shift 40", tilt_degrees=20.0, shift_mm=40.0),
    Case(name="70 % of the slices", kept_slices=0.7),
    Case(name="70 %, tilt 15, shift 25", kept_slices=0.7, tilt_degrees=15.0, shift_mm=25.0),
    Case(
        name="15 thick slices",
        slices=15,
        spacing_mm=(5.0, 0.98, 0.98),
        thickness_mm=4.0,
        matrix=256,
    ),
    Case(name="smaller field", spacing_mm=(3.6, 0.5, 0.5), matrix=320, kept_columns=0.8),
)


def simulate_followup(
    volume: Volume, lesions: NDArray[np.bool_], case: Case, rng: np.random.Generator
) -> tuple[Volume, RigidTransform]:
    """Scan a moved pelvis again.

    Returns
    -------
    followup : Volume
        On a grid of its own, planned within a few degrees and mm of the baseline's.
    followup_from_baseline : RigidTransform
        The truth.
    """
    motion = _random_motion(volume.geometry.centre_lps_mm, case, rng)
    grid = _new_grid(volume.geometry, case, rng)
    healed = _dimmed(volume.voxels.astype(np.float64), lesions, case.dimming)
    voxels = _sliced(healed, volume.geometry, grid, motion.inverse(), case.thickness_mm)
    header = np.eye(4)
    header[:3, 3] = case.header_mm
    return (
        Volume(geometry=_moved_grid(grid, header), voxels=_received(voxels, case, rng)),
        RigidTransform(b_from_a=header) @ motion,
    )


def moved_header(
    volume: Volume, max_degrees: float, max_mm: float, rng: np.random.Generator
) -> tuple[Volume, RigidTransform]:
    """Turn and shift a volume as a whole, at random up to the limits; and say by what."""
    turn, shift = rng.uniform(0, max_degrees), rng.uniform(0, max_mm)
    case = Case(name="", tilt_degrees=float(turn), shift_mm=float(shift))
    by = _random_motion(volume.geometry.centre_lps_mm, case, rng)
    return Volume(geometry=_moved_grid(volume.geometry, by.b_from_a), voxels=volume.voxels), by


def target_errors_mm(
    found: RigidTransform, truth: RigidTransform, bone: Mask, *, stride: int = 7
) -> FloatArray:
    """Distances in bone between where two motions take every `stride`-th voxel."""
    points = bone.geometry.points_lps(np.argwhere(bone.voxels)[::stride])
    return np.asarray(np.linalg.norm(found.apply(points) - truth.apply(points), axis=1))


def _random_motion(centre: FloatArray, case: Case, rng: np.random.Generator) -> RigidTransform:
    axis, direction = (v / np.linalg.norm(v) for v in rng.normal(size=(2, 3)))
    matrix = _rotation(axis, case.tilt_degrees)
    matrix[:3, 3] = centre + case.shift_mm * direction - matrix[:3, :3] @ centre
    return RigidTransform(b_from_a=matrix)


def _rotation(axis: FloatArray, degrees: float) -> FloatArray:
    angle = np.radians(degrees)
    x, y, z = axis
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    matrix = np.eye(4)
    matrix[:3, :3] += np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross
    return matrix


def _new_grid(geometry: VolumeGeometry, case: Case, rng: np.random.Generator) -> VolumeGeometry:
    spacing = np.array(case.spacing_mm or geometry.spacing_mm)
    n_slices, n_rows, n_columns = geometry.shape
    full = np.array([case.slices or n_slices, case.matrix or n_rows, case.matrix or n_columns])
    axis = rng.normal(size=3)
    turn = _rotation(axis / np.linalg.norm(axis), REPOSITION_DEGREES)[:3, :3]
    matrix = np.eye(4)
    matrix[:3, :3] = turn @ geometry.directions * spacing
    middle = geometry.centre_lps_mm + rng.uniform(-0.5, 0.5, size=3) * REPOSITION_MM
    matrix[:3, 3] = middle - matrix[:3, :3] @ ((full - 1) / 2)
    shape = int(full[0] * case.kept_slices), int(full[1]), int(full[2] * case.kept_columns)
    return VolumeGeometry(shape=shape, lps_from_index=matrix)


def _moved_grid(grid: VolumeGeometry, motion: FloatArray) -> VolumeGeometry:
    return VolumeGeometry(shape=grid.shape, lps_from_index=motion @ grid.lps_from_index)


def _dimmed(voxels: FloatArray, lesions: NDArray[np.bool_], dimming: float) -> FloatArray:
    share = dimming * ndimage.gaussian_filter(lesions.astype(float), LESION_BLUR_VOXELS)
    normal = np.percentile(voxels, NORMAL_MARROW_PERCENTILE)
    return np.asarray(voxels * (1 - share) + share * np.minimum(voxels, normal))


def _sliced(
    voxels: FloatArray,
    source: VolumeGeometry,
    grid: VolumeGeometry,
    source_from_grid: RigidTransform,
    thickness_mm: float,
) -> FloatArray:
    """Cubic samples, averaged over the slice profile where slices are thicker."""
    total = np.zeros(grid.shape)
    for offset in SLICE_PROFILE if thickness_mm else (0.0,):
        shift = np.eye(4)
        shift[:3, 3] = grid.directions[:, 0] * offset * thickness_mm
        total += resample_voxels(
            voxels, source, _moved_grid(grid, shift), source_from_grid, order=3
        )
    return np.maximum(total / (len(SLICE_PROFILE) if thickness_mm else 1), 0)


def _received(voxels: FloatArray, case: Case, rng: np.random.Generator) -> NDArray[np.float32]:
    """Gamma, coil shading, Rician noise, gain."""
    bright = float(np.percentile(voxels, 99))
    z, y, x = (np.linspace(-1, 1, n) for n in voxels.shape)
    shading = (1 + 0.1 * z)[:, None, None] * (1 + 0.2 * y)[:, None] * (1 - 0.15 * x**2)
    signal = bright * (voxels / bright) ** case.gamma * shading
    noise = case.noise * bright * rng.normal(size=(2, *voxels.shape))
    return np.asarray(case.gain * np.hypot(signal + noise[0], noise[1]), dtype=np.float32)
