"""Find the curved field that brightens all marrow, on both series alike, as no disease does.

A standing wave of the transmit field takes signal away in the middle of the pelvis, where normal
marrow is looked for, so that marrow by the joints seems inflamed. A coil's log-linear field
(`signal.shading`) does not follow that. A curved field fitted to the fluid-sensitive series alone
follows extensive edema in part; edema is dark on T1W, so that T1W tells the two apart.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from mri_bme.signal.shading import (
    BRIGHTER,
    DARKER,
    DARKEST,
    LENGTH_MM,
    REFERENCE_WEIGHT,
    SLOPE_PENALTY,
    steadied,
)
from mri_bme.volume import FloatArray, VolumeGeometry

MARROW_STEP, REFERENCE_STEP = 23, 7  # every n-th voxel is enough for fourteen numbers
CURVE_PENALTY = 2e-3  # ridge on the terms of second order, as a share of the number of voxels
UNLIKE = ((BRIGHTER, DARKER), (0.5, 0.5))
"""Log intensity above and below the field where marrow no longer counts: fluid-sensitive, T1W."""
N_ITERATIONS = 25
DISEASE_MM = 10.0  # marrow this near to the joint may be diseased, and does not count
NEAR_JOINT_MM = 20.0  # marrow this near is told how much brighter the field makes it
HIGH_PERCENTILE = 95.0
N_TERMS = 6
BEGINS, WHOLE = 0.16, 0.26
"""Of `strength`: up to the first nothing is taken out, from the second on all of it.

Set in sight of six people (0.05 to 0.12 as acquired, one 0.28; 0.14 at most on coarser grids) and
of phantoms of seeds 54000 to 54003 and 72000 to 72003 with fields of known strength.
"""
ALONE_BEGINS, ALONE_WHOLE = 0.22, 0.30
"""The same without T1W: the subject with 125 mL of edema comes to 0.15 to 0.18 then."""

Bools = NDArray[np.bool_]
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CommonField:
    """A field of second order about the middle of a box, in log gain, flat at normal marrow.

    Parameters
    ----------
    terms : float64 array of shape (6,)
        Of x², y², z², xy, yz and xz (left, back, head, in units of `LENGTH_MM`).
    level : float
        The sum of these terms at normal marrow.
    strength : float
        By which share it makes marrow by the joints brighter than normal marrow, at least, in the
        twentieth where it does so most.
    is_common : bool
        Whether T1W has it, too; without T1W that is not known.
    """

    terms: FloatArray
    level: float
    strength: float
    is_common: bool = True

    @property
    def share(self) -> float:
        """How much of it is taken out: none of what people and phantoms have anyway."""
        begins, whole = (BEGINS, WHOLE) if self.is_common else (ALONE_BEGINS, ALONE_WHOLE)
        return float(np.clip((self.strength - begins) / (whole - begins), 0, 1))

    def gain(self, geometry: VolumeGeometry) -> Iterator[Floats]:
        """Gain of what is taken out, slice after slice of the box that it was fitted on."""
        for n in range(geometry.shape[0]):
            places = np.moveaxis(np.indices((1, *geometry.shape[1:])), 0, -1)[0] + (n, 0, 0)
            log = _second_order(_offsets(places, geometry)) @ self.terms - self.level
            yield np.asarray(np.exp(self.share * log), dtype=np.float32)


def fit_common_field(
    fluid: Floats,
    t1: Floats | None,
    *,
    marrow: Bools,
    reference: Bools,
    joint_distance_mm: Floats,
    geometry: VolumeGeometry,
    reach: float = 1.0,
) -> CommonField | None:
    """Fit what two series share beyond what is linear in each, or what one has without T1W.

    Each series has a log-linear field of its own, and both share six terms of second order.
    Marrow by the joints, where disease is, is left out; iteratively reweighted least squares with
    Tukey's biweight start at normal marrow, so that edema further away does not count, either, or
    is outvoted by T1W.

    Parameters
    ----------
    fluid, t1 : float32 arrays
        Intensities on a box of the grid; None without T1W.
    marrow, reference : bool arrays
        Marrow to follow and normal marrow to start from, on the same box.
    joint_distance_mm : float32 array
        Distance to the joint.
    geometry : VolumeGeometry
        Of that box.
    reach : float
        How many times as far as usual marrow may lie off the field and still count.

    Returns
    -------
    CommonField or None
        None where normal marrow has no signal on either series.
    """
    series = [one for one in (fluid, t1) if one is not None]
    middles = [float(np.median(one[reference])) if reference.any() else 0.0 for one in series]
    if min(middles) <= 0:
        return None
    away = np.abs(joint_distance_mm)
    inner = ndimage.binary_erosion(marrow, np.ones((1, 5, 5), dtype=bool)) & (away > DISEASE_MM)
    anchors = np.argwhere(reference)[::REFERENCE_STEP]
    places = np.concatenate([np.argwhere(inner)[::MARROW_STEP], anchors])
    logs = [
        np.log(np.maximum(steadied(one, geometry.spacing_mm)[tuple(places.T)] / middle, DARKEST))
        for one, middle in zip(series, middles, strict=True)
    ]
    terms = _fitted(_offsets(places, geometry), logs, n_anchors=len(anchors), reach=reach)
    near = marrow & ~reference & (away < NEAR_JOINT_MM)
    level, high = (
        float(np.percentile(_second_order(_offsets(some, geometry)) @ terms, percent))
        if len(some)
        else 0.0
        for some, percent in (
            (anchors, 50.0),
            (np.argwhere(near)[::MARROW_STEP], HIGH_PERCENTILE),
        )
    )
    return CommonField(
        terms=terms,
        level=level,
        strength=float(np.expm1(high - level)),
        is_common=t1 is not None,
    )


def _fitted(
    offsets: FloatArray, logs: list[FloatArray], *, n_anchors: int, reach: float
) -> FloatArray:
    """Terms of second order that all series share; edema decides how far off marrow may be."""
    n = len(offsets)
    n_marrow = n - n_anchors
    linear, curved = np.column_stack([np.ones(n), offsets]), _second_order(offsets)
    own = np.kron(np.eye(len(logs)), linear)
    design = np.hstack([own, np.tile(curved, (len(logs), 1))])
    values = np.concatenate(logs)
    slopes = [0.0, SLOPE_PENALTY, SLOPE_PENALTY, SLOPE_PENALTY] * len(logs)
    penalty = np.diag([*slopes, *[CURVE_PENALTY] * N_TERMS]) * n
    anchored = np.full(n_anchors, REFERENCE_WEIGHT * max(n_marrow, 1) / max(n_anchors, 1))
    field = np.zeros(design.shape[1])
    for _ in range(N_ITERATIONS):
        off = (values - design @ field).reshape(len(logs), n)[:, :n_marrow]
        near = [_biweight(one / reach, *unlike) for one, unlike in zip(off, UNLIKE, strict=False)]
        weights = np.concatenate([part for one in near for part in (one, anchored)])
        weighted = design.T * weights
        field = np.linalg.solve(weighted @ design + penalty, weighted @ values)
    return np.asarray(field[-N_TERMS:], dtype=np.float64)


def _biweight(off: FloatArray, above: float, below: float) -> FloatArray:
    near: FloatArray = np.clip(1 - (off / np.where(off > 0, above, below)) ** 2, 0, None) ** 2
    return near


def _offsets(places: NDArray[np.intp], geometry: VolumeGeometry) -> FloatArray:
    return np.asarray((geometry.points_lps(places) - geometry.centre_lps_mm) / LENGTH_MM)


def _second_order(offsets: FloatArray) -> FloatArray:
    x, y, z = np.moveaxis(offsets, -1, 0)
    return np.stack([x * x, y * y, z * z, x * y, y * z, x * z], axis=-1)
