"""Lay T1W on the fluid-sensitive series of the same visit: patients move between series.

Both contrasts look different, so that what is compared is how well the brightness of one tells
that of the other: mutual information, at points between voxels of the middle of the field. How
much better it tells it at the best fit than a centimetre beside says whether the two belong
together; `check_appearance` judges that.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from mri_bme.findings import T1Fit
from mri_bme.resample import coverage_mask, resample_voxels
from mri_bme.signal.blocks import block_means
from mri_bme.volume import FloatArray, RigidTransform, Volume, VolumeGeometry, rotation_of

PIXEL_MM = 1.2  # in plane, of what is compared
SMOOTH_PIXELS = 0.7  # SD in plane; noise and interpolation then change brightness little
N_POINTS = 12_000
N_BINS = 32
CENTRAL_SHARE = 0.7  # of rows and columns; skin, bowel and arms move on their own
DARK_PERCENT, BRIGHT_PERCENT = 1.0, 99.5
PROBES_MM = (3.0, 1.5, 0.8, 0.8)
MAX_ROUNDS = 4  # of steps with one probe
STILL = 0.1  # of a probe; a shorter step ends its rounds
SEED = 20
N_DISPLACED = 12
DISPLACED_MM = 12.0
REACH_MM = 50.0  # from the middle to the joints
NEGLIGIBLE_MM = 0.6  # a pixel; where both lie on each other, what is found is up to this
SURELY_FITS = 0.25  # nats; mirror images and other people stay below 0.2
MIN_COVERED = 0.3  # of the volume's voxels; with less there is nothing to compare
MIN_SEEN = 0.3  # of the points, of a motion that is compared at all


def fit_t1(volume: Volume, t1: Volume) -> T1Fit:
    """Find the rigid motion from a fluid-sensitive volume to T1W of the same visit.

    Parameters
    ----------
    volume : Volume
        STIR or T2-FS.
    t1 : Volume
        T1W of the same visit, on any grid.

    Returns
    -------
    T1Fit
        How the grids lie to each other and, where both show the same place, the motion, its
        size, and how well the two fit.

    References
    ----------
    Maes et al., IEEE Trans Med Imaging 16:187-198, 1997 (mutual information).
    """
    covered = float(coverage_mask(t1.geometry, volume.geometry).voxels.mean())
    tilt = _tilt_degrees(volume.geometry, t1.geometry)
    coarser = t1.geometry.spacing_mm[0] / volume.geometry.spacing_mm[0]
    if covered < MIN_COVERED:
        return T1Fit(covered=covered, tilt_degrees=tilt, coarser=coarser)
    pair = _pair_of(volume, t1)
    found = _best(pair)
    motion, fit = pair.motion(found), _fit(pair, found)
    return T1Fit(
        covered=covered,
        tilt_degrees=tilt,
        coarser=coarser,
        t1_from_volume=motion,
        shift_mm=float(np.linalg.norm(found[3:])),
        turn_degrees=motion.rotation_degrees,
        fit=fit,
        mirror_gain=_fit_in_mirror(pair, t1.geometry) - fit if fit < SURELY_FITS else None,
    )


def t1_on_grid(volume: Volume, t1: Volume, fit: T1Fit) -> Volume:
    """Bring T1W to the grid of `volume`, moved by what was found where that is worth it.

    Beyond the outermost slices and pixels of T1W its last ones stand again.
    """
    motion = fit.t1_from_volume
    if motion is not None and fit.reach_mm(REACH_MM) < NEGLIGIBLE_MM:
        motion = None
    if motion is None and t1.geometry.matches(volume.geometry):
        return t1
    voxels = resample_voxels(
        t1.voxels, t1.geometry, volume.geometry, motion, order=1, mode="nearest"
    )
    voxels.setflags(write=False)  # so that it is held as it is, and not copied
    return Volume(geometry=volume.geometry, voxels=voxels)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Pair:
    """Points of the fluid-sensitive series with their brightness, and T1W.

    A motion is a turn about `middle` (times `REACH_MM`, so that all six numbers are in mm) and
    a shift, LPS.
    """

    points: FloatArray
    bins: NDArray[np.intp]
    middle: FloatArray
    t1: NDArray[np.float32]
    index_from_lps: FloatArray

    def motion(self, numbers: FloatArray) -> RigidTransform:
        matrix: FloatArray = np.eye(4)
        matrix[:3, :3] = rotation_of(numbers[:3] / REACH_MM)
        matrix[:3, 3] = self.middle + numbers[3:] - matrix[:3, :3] @ self.middle
        return RigidTransform(b_from_a=matrix)

    def information(self, numbers: FloatArray) -> float:
        """Mutual information (nats) of both series at the points, T1W moved."""
        matrix = self.index_from_lps @ self.motion(numbers).b_from_a
        index = matrix[:3, :3] @ self.points + matrix[:3, 3:]
        level = ndimage.map_coordinates(self.t1, index, order=1, mode="constant", cval=-1)
        seen = level >= 0
        if seen.mean() < MIN_SEEN:
            return 0.0
        return _mutual_information(self.bins[seen], level[seen])


def _mutual_information(bins: NDArray[np.intp], level: NDArray[np.float32]) -> float:
    """`level` lies between bins, and counts for both as near as it lies to them."""
    low = np.minimum(level.astype(np.intp), N_BINS - 2)
    above = level - low
    place = bins * N_BINS + low
    counts = np.bincount(place, weights=1 - above, minlength=N_BINS**2)
    counts += np.bincount(place + 1, weights=above, minlength=N_BINS**2)
    joint = counts.reshape(N_BINS, N_BINS) / len(bins)
    alone = joint.sum(axis=1, keepdims=True) * joint.sum(axis=0, keepdims=True)
    some = joint > 0
    return float(np.sum(joint[some] * np.log(joint[some] / alone[some])))


def _pair_of(volume: Volume, t1: Volume) -> _Pair:
    fixed, geometry = _comparable(volume)
    moving, t1_geometry = _comparable(t1)
    index = _points_between_voxels(geometry.shape)
    level = ndimage.map_coordinates(fixed, index, order=1, mode="nearest")
    return _Pair(
        points=geometry.lps_from_index[:3, :3] @ index + geometry.lps_from_index[:3, 3:],
        bins=np.rint(level).astype(np.intp),
        middle=geometry.centre_lps_mm,
        t1=moving,
        index_from_lps=t1_geometry.index_from_lps,
    )


def _comparable(volume: Volume) -> tuple[NDArray[np.float32], VolumeGeometry]:
    """Average to about `PIXEL_MM`, and count brightness in bins from dark to bright."""
    geometry = volume.geometry
    factors = [max(1, round(PIXEL_MM / step)) for step in geometry.spacing_mm]
    coarse = block_means(volume.voxels, factors)
    smooth = np.asarray(
        ndimage.gaussian_filter(coarse, (0, SMOOTH_PIXELS, SMOOTH_PIXELS)), dtype=np.float32
    )
    dark, bright = np.percentile(smooth, (DARK_PERCENT, BRIGHT_PERCENT))
    span = max(float(bright - dark), 1e-6)
    for plane in smooth:  # one by one: in double precision a large scan takes much
        plane[:] = np.clip((plane - dark) / span, 0, 1) * (N_BINS - 1)
    matrix = geometry.lps_from_index @ np.diag([*factors, 1.0])
    matrix[:3, 3] = geometry.points_lps((np.array(factors) - 1) / 2)
    shape = (coarse.shape[0], coarse.shape[1], coarse.shape[2])
    return smooth, VolumeGeometry(shape=shape, lps_from_index=matrix)


def _points_between_voxels(shape: tuple[int, int, int]) -> FloatArray:
    """Points of the middle of the field; on voxels no motion would look sharper than others."""
    ends = 1 if shape[0] > 4 else 0  # the outermost slices leave the field at the least motion
    low = np.array([ends, *(n * (1 - CENTRAL_SHARE) / 2 for n in shape[1:])])
    high = np.array([n - 1 for n in shape]) - low
    unit = np.random.default_rng(SEED).random((3, N_POINTS))
    return np.asarray(low[:, None] + unit * (high - low)[:, None])


def _best(pair: _Pair) -> FloatArray:
    """Climb by Newton steps along each of the six numbers, with finer and finer probes."""
    numbers = np.zeros(6)
    now = pair.information(numbers)
    for probe in PROBES_MM:
        for _ in range(MAX_ROUNDS):
            step = _step(pair, numbers, now, probe)
            tried = [(pair.information(numbers + share * step), share) for share in (1.0, 0.5)]
            better, share = max(tried)
            if better <= now:
                break
            numbers, now = numbers + share * step, better
            if np.abs(share * step).max() < STILL * probe:
                break
    return numbers


def _step(pair: _Pair, numbers: FloatArray, now: float, probe: float) -> FloatArray:
    step = np.zeros(6)
    for n, away in enumerate(probe * np.eye(6)):
        up, down = (pair.information(numbers + sign * away) for sign in (1, -1))
        slope, bend = (up - down) / 2, up - 2 * now + down
        step[n] = -slope / bend if bend < 0 else np.sign(slope)
    return np.clip(step, -1, 1) * probe


def _fit(pair: _Pair, numbers: FloatArray) -> float:
    """Information at a fit above that of motions that are surely wrong."""
    return pair.information(numbers) - _beside(pair, numbers)


def _fit_in_mirror(pair: _Pair, geometry: VolumeGeometry) -> float:
    """Fit T1W with left and right exchanged: a pelvis is nearly its own mirror image."""
    across = int(np.abs(geometry.directions[0]).argmax())
    mirrored = replace(pair, t1=np.ascontiguousarray(np.flip(pair.t1, axis=across)))
    return _fit(mirrored, _best(mirrored))


def _beside(pair: _Pair, numbers: FloatArray) -> float:
    """Mean information of motions that are surely wrong, by a shift in any direction."""
    away = np.random.default_rng(SEED).normal(size=(N_DISPLACED, 3))
    away *= DISPLACED_MM / np.linalg.norm(away, axis=1, keepdims=True)
    wrong = [pair.information(numbers + np.concatenate([np.zeros(3), one])) for one in away]
    return float(np.mean(wrong))


def _tilt_degrees(one: VolumeGeometry, other: VolumeGeometry) -> float:
    cosine = abs(float(one.directions[:, 0] @ other.directions[:, 0]))
    return float(np.degrees(np.arccos(min(cosine, 1.0))))
