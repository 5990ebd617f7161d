"""What became of the tissue where a lesion was or is: its T1W at both visits.

T1W is looked up where it was acquired, voxel by voxel; registration moves points only. What a
change of T1W is worth is measured in the same two scans: places of the lesion's own shape,
elsewhere in marrow without edema, change by noise, coil shading and registration alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mri_bme.compare_visits.ground import CommonT1, Ground
from mri_bme.findings import ComparedVisit, EdemaSegmentation, Interval, LesionFate, LesionTissue
from mri_bme.volume import FloatArray

N_PLACES = 400
FEWEST_PLACES = 30
MOST_VOXELS = 1500  # of a lesion; more tell nothing more about a mean
MIN_SHARE = 0.7  # of a place that must be marrow without edema
SD_PER_MAD = 1.4826  # normal distribution; Rousseeuw & Croux 1993
Z_95 = 1.96


@dataclass(frozen=True, kw_only=True, eq=False)
class _Marrow:
    """Common marrow on the grid of one visit, in the box around it, with its edema.

    `lesion` says of the voxels `at_edema` (in the order of the box) whose lesion's they are;
    `is_other` marks marrow that has edema at neither visit, `others` lists it.
    """

    t1: CommonT1
    lesion: NDArray[np.int32]
    at_edema: NDArray[np.intp]
    is_other: NDArray[np.bool_]
    others: NDArray[np.intp]


def with_tissue(
    fates: Sequence[LesionFate], baseline: ComparedVisit, followup: ComparedVisit, ground: Ground
) -> tuple[LesionFate, ...]:
    """Add to each fate what T1W says of the place of its lesion.

    The mean over the lesion's voxels of common marrow at its own visit is taken at both
    visits, each in multiples of the median of that visit's reference marrow. Its limits come
    from up to `N_PLACES` places of the same shape elsewhere: median and robust SD of theirs.
    Without T1W or reference marrow of both visits, nothing is added.
    """
    if baseline.segmentation is None or followup.segmentation is None:
        return tuple(fates)
    marrow = {
        baseline.label: _marrow(ground.t1[0], baseline.segmentation, followup.segmentation),
        followup.label: _marrow(ground.t1[1], followup.segmentation, baseline.segmentation),
    }
    return tuple(_judged(fate, marrow[fate.visit]) for fate in fates)


def _judged(fate: LesionFate, marrow: _Marrow | None) -> LesionFate:
    return fate if marrow is None else replace(fate, tissue=_tissue(marrow, fate.label))


def _marrow(
    t1: CommonT1 | None, own: EdemaSegmentation, other: EdemaSegmentation
) -> _Marrow | None:
    if t1 is None:
        return None
    owners = own.owners.reshape(-1)[t1.at]
    has_edema = owners > 0
    seen = t1.there >= 0
    has_edema[seen] |= other.owners.reshape(-1)[t1.there[seen]] > 0
    others = t1.in_box[t1.is_known & ~has_edema]
    is_other = np.zeros(t1.before.shape, dtype=np.bool_)
    is_other.reshape(-1)[others] = True
    edema = np.flatnonzero((owners > 0) & t1.is_known)
    return _Marrow(
        t1=t1,
        lesion=owners[edema],
        at_edema=t1.in_box[edema],
        is_other=is_other,
        others=others,
    )


def _tissue(marrow: _Marrow, label: int) -> LesionTissue | None:
    """Measure the place of a lesion against places of its shape; None where there are few."""
    at = marrow.at_edema[marrow.lesion == label]
    if not len(at):
        return None
    at = at[:: -(-len(at) // MOST_VOXELS)]
    before, after = _elsewhere(marrow, at, seed=label)
    if len(before) < FEWEST_PLACES:
        return None
    return LesionTissue(
        baseline=float(marrow.t1.before.reshape(-1)[at].mean()),
        followup=float(marrow.t1.after.reshape(-1)[at].mean()),
        usual_change=_usual(after - before),
        usual_followup=_usual(after),
    )


def _elsewhere(
    marrow: _Marrow, at: NDArray[np.intp], *, seed: int
) -> tuple[FloatArray, FloatArray]:
    """T1W at both visits of places of one shape in other marrow: a mean of each.

    Parameters
    ----------
    at : int array
        Voxels of the shape, in the order of the box.
    seed : int
        Of the places.
    """
    if not len(marrow.others):
        return np.zeros(0), np.zeros(0)
    rng = np.random.default_rng([seed, 23])
    starts = marrow.others[rng.integers(len(marrow.others), size=N_PLACES)]
    fits = _fitting(marrow.is_other, at, starts)
    before, after = marrow.t1.before.reshape(-1), marrow.t1.after.reshape(-1)
    middle, found = at[len(at) // 2], []
    for place in np.flatnonzero(np.count_nonzero(fits, axis=1) >= MIN_SHARE * len(at)):
        moved = (at + (starts[place] - middle))[fits[place]]
        found.append((before[moved].mean(), after[moved].mean()))
    means = np.array(found, dtype=np.float64).reshape(-1, 2)
    return means[:, 0], means[:, 1]


def _fitting(
    is_other: NDArray[np.bool_], at: NDArray[np.intp], starts: NDArray[np.intp]
) -> NDArray[np.bool_]:
    """Tell which voxels of a shape, its middle moved to each start, lie in other marrow.

    Beyond the box there is none: a margin around it, as wide as the shape, says so.

    Returns
    -------
    bool array of shape (n_starts, n_voxels)
    """
    shape = np.stack(np.unravel_index(at, is_other.shape), axis=1)
    shape -= shape[len(at) // 2].copy()
    margin = np.stack([-shape.min(axis=0), shape.max(axis=0)], axis=1)
    wider = np.pad(is_other, margin)
    strides = np.array([wider.shape[1] * wider.shape[2], wider.shape[2], 1])
    first = (np.stack(np.unravel_index(starts, is_other.shape), axis=1) + margin[:, 0]) @ strides
    return np.asarray(wider.reshape(-1)[first[:, None] + shape @ strides], dtype=np.bool_)


def _usual(values: FloatArray) -> Interval:
    median = float(np.median(values))
    reach = Z_95 * SD_PER_MAD * float(np.median(np.abs(values - median)))
    return Interval(low=median - reach, high=median + reach)
