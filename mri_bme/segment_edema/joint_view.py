"""What the judge looks at: the slices around one joint, as if it were a left one.

Both joints are turned the same way, head up and the ilium to the right, so that one network
sees one kind of joint. Planes are resampled within the slice to `PIXEL_MM`; slices stay as
they were acquired.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from mri_bme.sacroiliac import QUADRANTS, Side
from mri_bme.segment_edema.evidence import Crop, Evidence
from mri_bme.volume import ALONG_AXIS_MIN_COSINE, VolumeGeometry

PIXEL_MM = 0.7
MARGIN_MM = 8.0  # of what lies around the marrow, for context
MULTIPLE = 16  # pixels: the network halves the picture four times
BRIGHTEST = 4.0  # medians of reference marrow; fluid and vessels, no need to tell how bright
BRIGHTEST_T1 = 3.0
FARTHEST_MM = 20.0  # beyond that from the joint, far is far

Floats = NDArray[np.float32]


@dataclass(frozen=True, kw_only=True, eq=False)
class JointView:
    """One joint on the judge's grid, arrays of shape (slices, height, across).

    `intensity` and `t1` are in medians of reference marrow, `t1` is None without T1W;
    `marrow` is the share of marrow, `distance_mm` the signed distance to the joint. `box` is
    the place in the crop of the evidence, `own` the marrow of this joint within it, `swapped`
    and `flipped` how its rows and columns were turned.
    """

    intensity: Floats
    t1: Floats | None
    marrow: Floats
    distance_mm: Floats
    box: Crop
    own: NDArray[np.bool_]
    swapped: bool
    flipped: tuple[bool, bool]

    def to_view(self, crop: NDArray[np.float32]) -> Floats:
        """Bring an array of the crop of the evidence to the view."""
        turned = _turned(crop[self.box], self.swapped, self.flipped)
        return _resampled(turned, self.intensity.shape[1:])

    def from_view(self, values: Floats) -> Floats:
        """Bring an array of the view to the voxels of `box`."""
        _, rows, columns = (s.stop - s.start for s in self.box)
        shape = (columns, rows) if self.swapped else (rows, columns)
        back = _resampled(values, shape)[:, :: _step(self.flipped[0]), :: _step(self.flipped[1])]
        return np.ascontiguousarray(back.transpose(0, 2, 1) if self.swapped else back)


def is_coronal(geometry: VolumeGeometry) -> bool:
    """Say whether slices are stacked from front to back, as the judge has learned them."""
    return bool(abs(geometry.directions[1, 0]) >= ALONG_AXIS_MIN_COSINE)


def joint_views(evidence: Evidence) -> Iterator[JointView]:
    """Cut out the joint of each side that has marrow."""
    directions = evidence.geometry.directions
    swapped = abs(directions[0, 1]) > abs(directions[0, 2])
    height, across = (2, 1) if swapped else (1, 2)
    for side in Side:
        own = np.isin(evidence.quadrants, [n for n, q in QUADRANTS.items() if q.side is side])
        if not own.any():
            continue
        outward = 1 if side is Side.LEFT else -1
        flipped = (
            bool(directions[2, height] > 0),
            bool(outward * directions[0, across] < 0),
        )
        box = _box(own, evidence.spacing_mm)
        yield _view(evidence, box, own[box], turned=(swapped, flipped))


def _view(
    evidence: Evidence,
    box: Crop,
    own: NDArray[np.bool_],
    *,
    turned: tuple[bool, tuple[bool, bool]],
) -> JointView:
    swapped, flipped = turned
    order = (2, 1) if swapped else (1, 2)
    shape = tuple(
        max(round((box[a].stop - box[a].start) * float(evidence.spacing_mm[a]) / PIXEL_MM), 1)
        for a in order
    )

    def seen(values: NDArray[np.float32]) -> Floats:
        return _resampled(_turned(values, swapped, flipped), shape)

    return JointView(
        intensity=seen(evidence.relative[box]),
        t1=None if evidence.t1 is None else seen(evidence.t1[box]),
        marrow=seen((evidence.quadrants[box] > 0).astype(np.float32)),
        distance_mm=seen(np.clip(evidence.distance_mm[box], -60, 60).astype(np.float32)),
        box=box,
        own=own,
        swapped=swapped,
        flipped=flipped,
    )


def _box(own: NDArray[np.bool_], spacing_mm: NDArray[np.float64]) -> Crop:
    found = ndimage.find_objects(own.astype(np.uint8))[0]
    margins = (0, *np.ceil(MARGIN_MM / spacing_mm[1:]).astype(int))
    slices, rows, columns = (
        slice(max(s.start - int(m), 0), min(s.stop + int(m), n))
        for s, m, n in zip(found, margins, own.shape, strict=True)
    )
    return slices, rows, columns


def _step(flipped: bool) -> int:
    return -1 if flipped else 1


def _turned(
    values: NDArray[np.float32], swapped: bool, flipped: tuple[bool, bool]
) -> NDArray[np.float32]:
    turned = values.transpose(0, 2, 1) if swapped else values
    return turned[:, :: _step(flipped[0]), :: _step(flipped[1])]


def _resampled(planes: NDArray[np.float32], shape: tuple[int, ...]) -> Floats:
    """Interpolate linearly within slices so that the outer edges of the pixels stay in place."""
    rows, columns = (_weights(n, m) for n, m in zip(planes.shape[1:], shape, strict=True))
    return np.asarray(rows @ np.asarray(planes, dtype=np.float32) @ columns.T, dtype=np.float32)


def _weights(n_from: int, n_to: int) -> Floats:
    """Matrix (n_to, n_from) of linear interpolation, or of averaging where pixels grow."""
    centres = (np.arange(n_to) + 0.5) * n_from / n_to - 0.5
    reach = max(n_from / n_to, 1.0)
    away = np.abs(centres[:, None] - np.arange(n_from))
    weights = np.maximum(1 - away / reach, 0)
    return np.asarray(weights / weights.sum(axis=1, keepdims=True), dtype=np.float32)


class Input(StrEnum):
    """What the judge looks at, and what may be taken away to see what it is worth."""

    BRIGHTNESS = "brightness above normal marrow"
    T1W = "T1W"
    NEIGHBOURS = "neighbouring slices"
    JOINT = "nearness to the joint"


def network_planes(
    view: JointView, *, slices: slice = slice(None), without: Input | None = None
) -> Floats:
    """Stack what the network is shown: (slices, 9, height, across), padded to `MULTIPLE`.

    Three slices of intensity, three of T1W (0 where missing), marrow, distance to the joint
    and whether there is T1W. Beyond the first and last slice these are repeated. `slices` are
    those wanted: nine planes of each are much for a large scan. `without` takes one input away.
    """
    n = len(view.intensity)
    away = 0 if without is Input.NEIGHBOURS else 1
    around = np.clip(np.arange(n)[slices, None] + [-away, 0, away], 0, n - 1)
    brightest = np.float32(1 if without is Input.BRIGHTNESS else BRIGHTEST)
    stir = np.minimum(view.intensity[around], brightest) - 1
    t1 = None if without is Input.T1W else view.t1
    fat = (
        np.zeros_like(stir) if t1 is None else np.minimum(t1[around], np.float32(BRIGHTEST_T1)) - 1
    )
    flag = np.full_like(stir[:, :1], 0.0 if t1 is None else 1.0)
    distance = np.clip(view.distance_mm[slices] / np.float32(FARTHEST_MM), -1, 1)
    if without is Input.JOINT:
        distance = np.where(distance < 0, np.float32(-1), np.float32(1))
    planes = np.concatenate([stir, fat, view.marrow[slices, None], distance[:, None], flag], axis=1)
    rows, columns = (-size % MULTIPLE for size in planes.shape[2:])
    padded = np.pad(planes, ((0, 0), (0, 0), (0, rows), (0, columns)), mode="edge")
    return np.asarray(padded, dtype=np.float32)
