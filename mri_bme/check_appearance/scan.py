"""Look at the pictures: a fluid-sensitive scan of a pelvis, and its T1W."""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from mri_bme.check_appearance.checks import Appearance, appearance_of
from mri_bme.findings import T1Fit
from mri_bme.resample import coverage_mask, resample_volume
from mri_bme.volume import Volume, VolumeGeometry

Floats = NDArray[np.float32]

DARK_PERCENT, BRIGHT_PERCENT = 1.0, 99.9
DARKEST_PERCENT = 0.1
AIR_BELOW = 0.2  # of the median of all voxels
BODY_ABOVE = 0.25  # of the median of what is no air
SURROUNDINGS_MM = 25.0  # SD of the in-plane Gaussian that evens out the coil's sensitivity
PEAK_PERCENT = 99.5  # of the body, relative to its surroundings
# Fluid on STIR against fat on T1W: both numbers are larger on STIR. One is the middle between the
# two on six public STIR and their T1W, weighed by how well each number tells them apart.
USUAL_TAIL, TAIL_WEIGHT = 4.0, 0.25
USUAL_PEAK, PEAK_WEIGHT = 2.4, 0.75
FINE_MM = 1.5  # SD, voxels: what is finer holds the noise of each slice
FINE_REACH = 4.0  # SDs
OWN_NOISE = 0.15  # of the median slice; interpolated ones have 0.02 or less, acquired 0.37 or more
MIN_SLICES = 4
MIN_T1_COVERAGE = 0.3
LIKENESS_STEP = 4  # voxels in plane that are averaged before T1W is compared


def check_scan(volume: Volume, t1: Volume | None = None) -> Appearance:
    """Check a fluid-sensitive scan, and the T1W of the same visit, without any region.

    Parameters
    ----------
    volume : Volume
        STIR or T2-FS.
    t1 : Volume or None
        T1W in the same patient position, on any grid.

    Returns
    -------
    Appearance
        Checks by name (`LIMITS`); a value that cannot be computed is not checked.
    """
    voxels = volume.voxels
    slab, height, width = volume.geometry.extent_mm
    tail = bright_tail(voxels)
    found: list[tuple[str, float | None]] = [
        ("slab_mm", slab),
        ("field_of_view_mm", min(height, width)),
        ("pixel_mm", max(volume.geometry.spacing_mm[1:])),
        ("slice_step_mm", volume.geometry.spacing_mm[0]),
        ("independent_slices", independent_slices(voxels)),
        ("negative", float(np.mean(voxels < 0))),
        ("darkest", darkest(voxels)),
        ("bright_tail", tail),
        ("fluid", fluid_prominence(volume, tail)),
    ]
    if t1 is not None:
        found += [
            ("fluid_on_t1", fluid_prominence(t1, bright_tail(t1.voxels))),
            ("likeness_of_t1", likeness(volume, t1)),
        ]
    return appearance_of(found)


def check_t1_fit(fit: T1Fit) -> Appearance:
    """Check how T1W lies beside the fluid-sensitive series; any doubt leaves it out."""
    return appearance_of(
        [
            ("t1_covered", fit.covered),
            ("t1_tilt_degrees", fit.tilt_degrees),
            ("t1_coarser", fit.coarser),
            ("t1_fit", fit.fit),
            ("t1_mirror_gain", fit.mirror_gain),
            ("t1_shift_mm", fit.shift_mm),
            ("t1_turn_degrees", fit.turn_degrees),
        ]
    )


def check_same_scan(volume: Volume, other: Volume) -> bool:
    """Tell whether two visits are one and the same scan, voxel by voxel."""
    return volume.geometry.shape == other.geometry.shape and bool(
        np.array_equal(volume.voxels, other.voxels)
    )


def darkest(voxels: Floats) -> float | None:
    """Brightness of the darkest tissue and air, over the median; None without signal."""
    dark, middle = np.percentile(voxels, (DARK_PERCENT, 50))
    return float(dark / middle) if middle > 0 else None


def bright_tail(voxels: Floats) -> float | None:
    """How much further the brightest voxels lie from the median than the darkest."""
    dark, middle, bright = np.percentile(voxels, (DARKEST_PERCENT, 50, BRIGHT_PERCENT))
    return float((bright - middle) / (middle - dark)) if middle > dark else None


def fluid_prominence(volume: Volume, tail: float | None) -> float | None:
    """How much fluid stands out: 1 or more on STIR and T2-FS, less on T1W.

    Two numbers together: how far the brightest voxels lie from the median (`bright_tail`), and
    how bright the peaks of the body are against their surroundings, where fat is level on T1W and
    vessels and nerve roots stand out on STIR.
    """
    peak = _local_peak(volume.voxels, volume.geometry)
    if tail is None or peak is None or tail <= 0:
        return None
    return float((tail / USUAL_TAIL) ** TAIL_WEIGHT * (peak / USUAL_PEAK) ** PEAK_WEIGHT)


def _local_peak(voxels: Floats, geometry: VolumeGeometry) -> float | None:
    no_air = voxels[voxels > AIR_BELOW * np.median(voxels)]
    middle = np.median(no_air) if no_air.size else 0
    del no_air
    if middle <= 0:
        return None
    darkest = BODY_ABOVE * middle
    relative = [_against_surroundings(plane, plane > darkest, geometry) for plane in voxels]
    return float(np.percentile(np.concatenate(relative), PEAK_PERCENT))


def _against_surroundings(
    voxels: Floats, body: NDArray[np.bool_], geometry: VolumeGeometry
) -> Floats:
    """Brightness of the body in one slice over that of what lies around, as a list of pixels."""
    weight = _surroundings(body.astype(np.float32), geometry)[body]
    around = _surroundings(np.where(body, voxels, 0).astype(np.float32), geometry)[body]
    return np.asarray(voxels[body] * np.maximum(weight, 1e-3) / np.maximum(around, 1e-6))


def _surroundings(plane: Floats, geometry: VolumeGeometry) -> Floats:
    """Smooth a slice by three boxes, which together are nearly a Gaussian."""
    for axis, step_mm in enumerate(geometry.spacing_mm[1:]):
        width = round(np.sqrt(4 * (SURROUNDINGS_MM / step_mm) ** 2 + 1))
        for _ in range(3):
            plane = ndimage.uniform_filter1d(plane, width, axis=axis)
    return plane


def independent_slices(voxels: Floats) -> float | None:
    """Share of the slices that are no weighted sum of others.

    Acquired slices have noise of their own, so that their fine structure spans as many
    dimensions as there are slices. Slices made by any linear interpolation do not: the
    smallest eigenvalues of their covariance are those of rounding.
    """
    n = voxels.shape[0]
    if n < MIN_SLICES:
        return None
    rows, columns = voxels.shape[1] // 4, voxels.shape[2] // 4
    reach = min(int(FINE_REACH * FINE_MM + 0.5), rows, columns)
    middle = voxels[
        :,
        rows - reach : voxels.shape[1] - rows + reach,
        columns - reach : voxels.shape[2] - columns + reach,
    ]
    flat = np.empty((n, (voxels.shape[1] - 2 * rows) * (voxels.shape[2] - 2 * columns)))
    inner = slice(reach, None if reach == 0 else -reach)
    for line, plane in zip(flat, middle, strict=True):
        fine = plane - ndimage.gaussian_filter(plane, FINE_MM, truncate=FINE_REACH)
        line[:] = fine[inner, inner].ravel()
    amplitudes = np.sqrt(np.maximum(np.linalg.eigvalsh(flat @ flat.T / flat.shape[1]), 0))
    some = amplitudes[amplitudes > OWN_NOISE * amplitudes.max()]
    usual = float(np.median(some)) if some.size else 0.0
    return float(np.mean(amplitudes > OWN_NOISE * usual)) if usual > 0 else None


def likeness(volume: Volume, t1: Volume) -> float | None:
    """Correlation of T1W with the fluid-sensitive series where both are seen."""
    seen = coverage_mask(t1.geometry, volume.geometry).voxels
    if seen.mean() < MIN_T1_COVERAGE:
        return None
    same = t1.geometry.matches(volume.geometry)
    on_grid = t1 if same else resample_volume(t1, volume.geometry)
    blocks = [_coarse(one.voxels) for one in (volume, on_grid)]
    inside = _coarse(seen.astype(np.float32)) > 0.99
    first, second = (block[inside] for block in blocks)
    if first.size < 2 or first.std() == 0 or second.std() == 0:
        return None
    return float(np.corrcoef(first, second)[0, 1])


def _coarse(voxels: Floats) -> NDArray[np.float64]:
    n, rows, columns = voxels.shape
    step = LIKENESS_STEP if min(rows, columns) >= LIKENESS_STEP else 1
    cut = voxels[:, : rows // step * step, : columns // step * step]
    return np.asarray(
        cut.reshape(n, rows // step, step, columns // step, step).mean(axis=(2, 4)),
        dtype=np.float64,
    )
