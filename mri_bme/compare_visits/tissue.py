"""What became of the tissue where a lesion was or is: its T1W at both visits.

T1W is looked up where it was acquired, voxel by voxel; registration moves points only. What a
change of T1W is worth is measured in the same two scans: places of the lesion's own shape,
elsewhere in marrow without edema, change by noise, coil shading and registration alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mri_bme.findings import ComparedVisit, Interval, LesionFate, LesionTissue
from mri_bme.volume import FloatArray, RigidTransform, Volume, VolumeGeometry

INDEX_DECIMALS = 6  # of a voxel: a motion and its inverse differ in the last bits
N_PLACES = 400
FEWEST_PLACES = 30
MOST_VOXELS = 1500  # of a lesion; more tell nothing more about a mean
MIN_SHARE = 0.7  # of a place that must be marrow without edema
SD_PER_MAD = 1.4826  # normal distribution; Rousseeuw & Croux 1993
Z_95 = 1.96


@dataclass(frozen=True, kw_only=True, eq=False)
class _Marrow:
    """T1W of common marrow on the grid of one visit, relative to each visit's reference marrow.

    `before` and `after` are NaN where T1W was not acquired; `is_other` marks marrow that has
    edema at neither visit. Arrays cover the box around the marrow.
    """

    owners: NDArray[np.int32]
    before: NDArray[np.float32]
    after: NDArray[np.float32]
    is_other: NDArray[np.bool_]


def with_tissue(
    fates: Sequence[LesionFate],
    baseline: ComparedVisit,
    followup: ComparedVisit,
    followup_from_baseline: RigidTransform,
) -> tuple[LesionFate, ...]:
    """Add to each fate what T1W says of the place of its lesion.

    The mean over the lesion's voxels of common marrow at its own visit is taken at both
    visits, each in multiples of the median of that visit's reference marrow. Its limits come
    from up to `N_PLACES` places of the same shape elsewhere: median and robust SD of theirs.
    Without T1W or reference marrow of both visits, nothing is added.
    """
    marrow = {
        baseline.label: _marrow(baseline, followup, followup_from_baseline, is_baseline=True),
        followup.label: _marrow(
            followup, baseline, followup_from_baseline.inverse(), is_baseline=False
        ),
    }
    return tuple(_judged(fate, marrow[fate.visit]) for fate in fates)


def _judged(fate: LesionFate, marrow: _Marrow | None) -> LesionFate:
    return fate if marrow is None else replace(fate, tissue=_tissue(marrow, fate.label))


def _marrow(
    own: ComparedVisit, other: ComparedVisit, other_from_own: RigidTransform, *, is_baseline: bool
) -> _Marrow | None:
    """Look T1W of both visits up at every voxel of an own visit's common marrow."""
    here, there = _relative_t1(own), _relative_t1(other)
    if here is None or there is None or own.segmentation is None or own.rois is None:
        return None
    grid = own.rois.geometry
    where = np.argwhere(own.rois.quadrants > 0 if own.common is None else own.common.voxels)
    if not len(where):
        return None
    points = grid.points_lps(where)
    moved = other_from_own.apply(points)
    values = here.at(points), there.at(moved)
    before, after = values if is_baseline else values[::-1]
    owners = own.segmentation.owners[tuple(where.T)]
    is_edema = (owners > 0) | _is_edema(other, moved)
    is_known = np.isfinite(before) & np.isfinite(after)
    return _Marrow(
        owners=_boxed(where, owners),
        before=_boxed(where, before, empty=np.nan),
        after=_boxed(where, after, empty=np.nan),
        is_other=_boxed(where, is_known & ~is_edema),
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class _RelativeT1:
    volume: Volume
    reference: float

    def at(self, points_lps_mm: FloatArray) -> NDArray[np.float32]:
        """Give the voxels that points lie in; NaN outside of the scan."""
        indices, seen = _indices(self.volume.geometry, points_lps_mm)
        found = np.full(len(indices), np.nan, dtype=np.float32)
        found[seen] = self.volume.voxels[tuple(indices[seen].T)] / self.reference
        return found


def _relative_t1(visit: ComparedVisit) -> _RelativeT1 | None:
    if visit.t1 is None or visit.rois is None or visit.rois.reference is None:
        return None
    points = visit.rois.geometry.points_lps(np.argwhere(visit.rois.reference.voxels))
    found = _RelativeT1(volume=visit.t1, reference=1.0).at(points)
    found = found[np.isfinite(found)]
    median = float(np.median(found)) if found.size else 0.0
    return _RelativeT1(volume=visit.t1, reference=median) if median > 0 else None


def _is_edema(visit: ComparedVisit, points_lps_mm: FloatArray) -> NDArray[np.bool_]:
    assert visit.segmentation is not None  # noqa: S101  (checked by compare_visits)
    owners = visit.segmentation.owners
    indices, seen = _indices(visit.segmentation.mask.geometry, points_lps_mm)
    found = np.zeros(len(indices), dtype=np.bool_)
    found[seen] = owners[tuple(indices[seen].T)] > 0
    return found


def _indices(
    geometry: VolumeGeometry, points_lps_mm: FloatArray
) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Voxels that points lie in, and which of them the grid has."""
    places = np.rint(geometry.indices_of(points_lps_mm).round(INDEX_DECIMALS)).astype(np.intp)
    return places, np.all((places >= 0) & (places < geometry.shape), axis=1)


def _boxed(where: NDArray[np.intp], values: NDArray[Any], *, empty: float = 0) -> NDArray[Any]:
    """Put values at their voxels in the box around all of these."""
    first, last = where.min(axis=0), where.max(axis=0)
    boxed = np.full(last - first + 1, empty, dtype=values.dtype)
    boxed[tuple((where - first).T)] = values
    return boxed


def _tissue(marrow: _Marrow, label: int) -> LesionTissue | None:
    """Measure the place of a lesion against places of its shape; None where there are few."""
    voxels = np.argwhere((marrow.owners == label) & np.isfinite(marrow.before + marrow.after))
    if not len(voxels):
        return None
    voxels = voxels[:: -(-len(voxels) // MOST_VOXELS)]
    at = tuple(voxels.T)
    before, after = _elsewhere(marrow, voxels, seed=label)
    if len(before) < FEWEST_PLACES:
        return None
    return LesionTissue(
        baseline=float(marrow.before[at].mean()),
        followup=float(marrow.after[at].mean()),
        usual_change=_usual(after - before),
        usual_followup=_usual(after),
    )


def _elsewhere(
    marrow: _Marrow, voxels: NDArray[np.intp], *, seed: int
) -> tuple[FloatArray, FloatArray]:
    """T1W at both visits of places of one shape in other marrow: a mean of each."""
    free = np.argwhere(marrow.is_other)
    if not len(free):
        return np.zeros(0), np.zeros(0)
    rng = np.random.default_rng([seed, 23])
    middle = voxels[len(voxels) // 2]
    found = []
    for start in free[rng.integers(len(free), size=N_PLACES)]:
        moved = voxels + (start - middle)
        moved = moved[np.all((moved >= 0) & (moved < marrow.is_other.shape), axis=1)]
        at = tuple(moved[marrow.is_other[tuple(moved.T)]].T)
        if len(at[0]) >= MIN_SHARE * len(voxels):
            found.append((marrow.before[at].mean(), marrow.after[at].mean()))
    means = np.array(found, dtype=np.float64).reshape(-1, 2)
    return means[:, 0], means[:, 1]


def _usual(values: FloatArray) -> Interval:
    median = float(np.median(values))
    reach = Z_95 * SD_PER_MAD * float(np.median(np.abs(values - median)))
    return Interval(low=median - reach, high=median + reach)
