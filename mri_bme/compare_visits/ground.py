"""What a comparison of two visits finds in their scans and anatomy, whatever edema there is."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from mri_bme.compare_visits.changes import covered_fractions
from mri_bme.compare_visits.protocol import protocol_changes
from mri_bme.findings import ComparedVisit, ProtocolChange
from mri_bme.volume import FloatArray, RigidTransform, Shape, Volume, VolumeGeometry

INDEX_DECIMALS = 6  # of a voxel: a motion and its inverse differ in the last bits


@dataclass(frozen=True, kw_only=True, eq=False)
class CommonT1:
    """T1W of common marrow at both visits, on the grid of one, relative to reference marrow.

    Voxels are told by their place in the order of a grid.

    Parameters
    ----------
    at, in_box, there : int arrays
        Where each voxel of common marrow lies on the whole grid, in the box around all of them,
        and on the grid of the other visit (-1 beyond it).
    before, after : float32 arrays
        T1W at baseline and follow-up in that box; NaN where it was not acquired.
    """

    at: NDArray[np.intp]
    in_box: NDArray[np.intp]
    there: NDArray[np.intp]
    before: NDArray[np.float32]
    after: NDArray[np.float32]

    @cached_property
    def is_known(self) -> NDArray[np.bool_]:
        """Whether T1W of both visits was acquired at each voxel of `at`."""
        known = np.isfinite(self.before) & np.isfinite(self.after)
        return np.asarray(known.reshape(-1)[self.in_box])


@dataclass(frozen=True, kw_only=True, eq=False)
class Ground:
    """What two visits were scanned with, what both measured, and T1W of it.

    `covered` and `t1` are those of the baseline and the follow-up; `t1` is None where T1W or
    reference marrow of a visit is missing.
    """

    protocol_changes: tuple[ProtocolChange, ...]
    covered: tuple[Mapping[str, float | None], Mapping[str, float | None]]
    t1: tuple[CommonT1 | None, CommonT1 | None]


def ground_of(
    baseline: ComparedVisit, followup: ComparedVisit, followup_from_baseline: RigidTransform
) -> Ground:
    """Find what a comparison needs of scans and anatomy.

    Parameters
    ----------
    baseline, followup : ComparedVisit
        With ROIs and a segmentation, of which only the grid is looked at.
    followup_from_baseline : RigidTransform
        Maps LPS mm points of the baseline to the follow-up.
    """
    back = followup_from_baseline.inverse()
    return Ground(
        protocol_changes=protocol_changes(baseline, followup, followup_from_baseline),
        covered=(covered_fractions(baseline), covered_fractions(followup)),
        t1=(
            _common_t1(baseline, followup, followup_from_baseline, is_baseline=True),
            _common_t1(followup, baseline, back, is_baseline=False),
        ),
    )


def _common_t1(
    own: ComparedVisit, other: ComparedVisit, other_from_own: RigidTransform, *, is_baseline: bool
) -> CommonT1 | None:
    """Look T1W of both visits up at every voxel of an own visit's common marrow."""
    here, there = _relative_t1(own), _relative_t1(other)
    if here is None or there is None or own.rois is None or other.segmentation is None:
        return None
    grid = own.rois.geometry
    where = np.argwhere(own.rois.quadrants > 0 if own.common is None else own.common.voxels)
    if not len(where):
        return None
    points = grid.points_lps(where)
    moved = other_from_own.apply(points)
    values = here.at(points), there.at(moved)
    before, after = values if is_baseline else values[::-1]
    in_box, shape = _in_box(where)
    return CommonT1(
        at=_ravelled(where, grid.shape),
        in_box=in_box,
        there=_places(other.segmentation.mask.geometry, moved),
        before=_boxed(in_box, before, shape),
        after=_boxed(in_box, after, shape),
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class _RelativeT1:
    volume: Volume
    reference: float

    def at(self, points_lps_mm: FloatArray) -> NDArray[np.float32]:
        """Give the voxels that points lie in; NaN outside of the scan."""
        places = _places(self.volume.geometry, points_lps_mm)
        found = np.full(len(places), np.nan, dtype=np.float32)
        seen = places >= 0
        found[seen] = self.volume.voxels.reshape(-1)[places[seen]] / self.reference
        self.volume.rest()  # before that of the other visit is looked at
        return found


def _relative_t1(visit: ComparedVisit) -> _RelativeT1 | None:
    if visit.t1 is None or visit.rois is None or visit.rois.reference is None:
        return None
    points = visit.rois.geometry.points_lps(np.argwhere(visit.rois.reference.voxels))
    found = _RelativeT1(volume=visit.t1, reference=1.0).at(points)
    found = found[np.isfinite(found)]
    median = float(np.median(found)) if found.size else 0.0
    return _RelativeT1(volume=visit.t1, reference=median) if median > 0 else None


def _places(geometry: VolumeGeometry, points_lps_mm: FloatArray) -> NDArray[np.intp]:
    """Voxels that points lie in, in the order of the grid's voxels; -1 where it has none."""
    indices = np.rint(geometry.indices_of(points_lps_mm).round(INDEX_DECIMALS)).astype(np.intp)
    seen = np.all((indices >= 0) & (indices < geometry.shape), axis=1)
    places = np.full(len(indices), -1, dtype=np.intp)
    places[seen] = _ravelled(indices[seen], geometry.shape)
    return places


def _ravelled(indices: NDArray[np.intp], shape: Shape) -> NDArray[np.intp]:
    return np.asarray(np.ravel_multi_index(tuple(indices.T), shape), dtype=np.intp)


def _in_box(where: NDArray[np.intp]) -> tuple[NDArray[np.intp], Shape]:
    """Where voxels lie in the box around all of them, and its shape."""
    first = where.min(axis=0)
    slices, rows, columns = (int(n) for n in where.max(axis=0) - first + 1)
    shape = (slices, rows, columns)
    return _ravelled(where - first, shape), shape


def _boxed(
    in_box: NDArray[np.intp], values: NDArray[np.float32], shape: Shape
) -> NDArray[np.float32]:
    """Put values at their voxels of the box; NaN elsewhere."""
    boxed = np.full(shape, np.nan, dtype=np.float32)
    boxed.reshape(-1)[in_box] = values
    return boxed
