"""Where two volumes might fit, without trusting the positions in their headers."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import scipy
from scipy import ndimage

from mri_bme.register_visits.levels import FloatVoxels, shrink
from mri_bme.register_visits.motion import matrix_of
from mri_bme.register_visits.region import Region, weight_on
from mri_bme.signal.contrast import normalise_locally
from mri_bme.volume import FloatArray, Volume, VolumeGeometry, rotation_of

SEARCH_SPACING_MM = 8.0
SEARCH_SHADING_MM = 12.0  # fine detail tells where; at 25 mm other places fit as well
TILTS_DEGREES = (0.0, -13.0, 13.0)  # per axis: every tilt within 20 degrees is less than 7 away
MIN_SEARCH_OVERLAP = 0.25  # of the smaller volume


_Shrunk = tuple[FloatVoxels, FloatVoxels, VolumeGeometry]  # voxels, weights and their grid


@dataclass(frozen=True, kw_only=True, eq=False)
class _Coarse:
    """Isotropic voxels about the middle of a volume, axes along LPS."""

    voxels: FloatVoxels
    weight: FloatVoxels
    centre_mm: FloatArray

    @property
    def shape(self) -> tuple[int, ...]:
        return self.voxels.shape


def starting_motions(fixed: Volume, moving: Volume, *, n_best: int) -> Iterator[FloatArray]:
    """Yield motions (4 x 4, moving from fixed) to start from, the cheapest first.

    The headers as they are, grid laid on grid, the best shift without a tilt, and the
    best of all shifts and tilts: masked normalised cross-correlation by FFT [1]_, where
    the headers only say which way is left, back and head.

    References
    ----------
    .. [1] Padfield, IEEE Trans Image Process 21:2706-2718, 2012.
    """
    yield np.eye(4)
    yield _grid_on_grid(fixed, moving)
    axes = _right_handed(fixed.geometry.directions)
    a, turning = _isotropic(_shrunk(fixed), axes), _shrunk(moving)
    still, *tilts = _tilts()
    found = [_best_motion(a, turning, axes, still)]
    yield found[0][1]
    found += [_best_motion(a, turning, axes, rotation) for rotation in tilts]
    found.sort(key=lambda item: -item[0])
    yield from (matrix for _, matrix in found[:n_best])


def _grid_on_grid(fixed: Volume, moving: Volume) -> FloatArray:
    rotation = (
        _right_handed(moving.geometry.directions) @ _right_handed(fixed.geometry.directions).T
    )
    shift = moving.geometry.centre_lps_mm - rotation @ fixed.geometry.centre_lps_mm
    return matrix_of(rotation, shift)


def _best_motion(
    a: _Coarse, turning: _Shrunk, axes: FloatArray, rotation: FloatArray
) -> tuple[float, FloatArray]:
    """Score and motion of the best shift at one tilt."""
    b = _isotropic(turning, rotation @ axes)
    score, shift = _best_shift(a, b)
    return score, matrix_of(rotation, b.centre_mm - rotation @ (a.centre_mm + axes @ shift))


def _right_handed(directions: FloatArray) -> FloatArray:
    axes = np.array(directions)
    if np.linalg.det(axes) < 0:
        axes[:, 0] *= -1
    return axes


def _tilts() -> list[FloatArray]:
    """List rotations of all tilts, none first."""
    steps = np.radians(TILTS_DEGREES)
    return [rotation_of(np.array([x, y, z])) for x in steps for y in steps for z in steps]


def _shrunk(volume: Volume) -> _Shrunk:
    """Locally normalised voxels and their weights at about the search spacing."""
    factors = [max(1, round(SEARCH_SPACING_MM / s)) for s in volume.geometry.spacing_mm]
    voxels, geometry = shrink(volume.voxels, volume.geometry, factors)
    weight = weight_on(Region(geometry=geometry), geometry)
    even = normalise_locally(voxels, geometry.spacing_mm, sigma_mm=SEARCH_SHADING_MM)
    return even, weight, geometry


def _isotropic(shrunk: _Shrunk, lps_from_axes: FloatArray) -> _Coarse:
    """Sample a volume on an isotropic grid turned by `lps_from_axes`."""
    voxels, weight, geometry = shrunk
    centre = geometry.centre_lps_mm
    extent = np.array(geometry.shape) * np.array(geometry.spacing_mm) / 2
    reach = np.abs(lps_from_axes.T @ geometry.directions) @ extent
    half = np.ceil(reach / SEARCH_SPACING_MM).astype(int)
    matrix = geometry.index_from_lps[:3, :3] @ lps_from_axes * SEARCH_SPACING_MM
    offset = geometry.indices_of(centre) - matrix @ half
    shape = tuple(2 * half + 1)

    def sampled(values: FloatVoxels) -> FloatVoxels:
        return np.asarray(
            ndimage.affine_transform(values, matrix, offset, shape, order=1, mode="grid-constant")
        )

    inside = sampled(weight)
    return _Coarse(voxels=sampled(voxels) * inside, weight=inside, centre_mm=centre)


def _best_shift(a: _Coarse, b: _Coarse) -> tuple[float, FloatArray]:
    """Normalised cross-correlation at the best shift (mm, along the common axes)."""
    shape = [
        scipy.fft.next_fast_len(n + m, real=True) for n, m in zip(a.shape, b.shape, strict=True)
    ]
    spectra_a, spectra_b = _spectra(a, shape), _spectra(b, shape)

    def correlated(first: int, second: int) -> FloatArray:
        product = spectra_a[first] * np.conj(spectra_b[second])
        return np.asarray(scipy.fft.irfftn(product, shape))

    products, overlap = correlated(0, 0), correlated(1, 1)
    energy = correlated(2, 1) * correlated(1, 2)
    needed = MIN_SEARCH_OVERLAP * min(float(a.weight.sum()), float(b.weight.sum()))
    score = products / np.sqrt(np.maximum(energy, 1e-3 * float(energy.max())))
    # chance makes small overlaps fit better: a correlation means as much as root its size
    score = np.where(overlap >= needed, score * np.sqrt(np.maximum(overlap, 0)), -1.0)
    peak = np.unravel_index(int(score.argmax()), score.shape)
    centred = [(p + n // 2) % n - n // 2 for p, n in zip(peak, shape, strict=True)]
    # both grids are odd, so their middles are voxels
    middles = [(n - m) // 2 for n, m in zip(a.shape, b.shape, strict=True)]
    shift = (np.array(centred) - np.array(middles)) * SEARCH_SPACING_MM
    return float(score[peak]), np.asarray(shift, dtype=np.float64)


def _spectra(coarse: _Coarse, shape: list[int]) -> list[FloatArray]:
    weighted = coarse.voxels
    return [scipy.fft.rfftn(part, shape) for part in (weighted, coarse.weight, weighted * weighted)]
