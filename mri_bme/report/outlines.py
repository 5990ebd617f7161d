"""Turn label maps on display slices into SVG paths, in pixels of the picture."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
import skimage
from numpy.typing import NDArray
from scipy import ndimage

from mri_bme.report.display import Display, Pane
from mri_bme.sacroiliac import QUADRANTS, Bone, Side

LONG = 16  # points; longer contours are thinned, their points lie closer than a pixel
JOINT_REACH_MM = 7.0  # how far from both bones a joint line is still drawn
MIN_POINTS = 5
BLUR_REACH = 5  # pixels; beyond 4 SDs nothing is blurred
COARSE = 2  # the joint is a smooth line: found on every second pixel
MIN_CHANGED_ML = 0.15  # smaller changes get no circle
GROUP_MM = 10.0
MIN_RADIUS_MM = 7.0
RADIUS_MARGIN_MM = 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LesionOutline:
    """Outline of one lesion on one slice."""

    label: int
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Circle:
    """A circle around something that changed, in pixels of the picture."""

    x: float
    y: float
    radius: float


def contour_path(field: NDArray[np.floating], level: float = 0.5) -> str:
    """SVG path of the contours of `field` (row, column) at `level`; empty without one."""
    return _path(_contours(field, level), closed=True)


def _contours(field: NDArray[np.floating], level: float) -> Iterator[NDArray[np.float64]]:
    above = field > level
    if not above.any():
        return
    box = _box(above, 1)
    padded = np.pad(field[box], 1, constant_values=min(float(field.min()), 0.0))
    for line in skimage.measure.find_contours(padded, level):
        if len(line) >= MIN_POINTS:
            yield _thinned(line + [side.start - 1 for side in box])


def _box(inside: NDArray[np.bool_], margin: int) -> tuple[slice, slice]:
    """Box of a slice around all that is inside, and that many pixels to every side of it."""
    (found,) = ndimage.find_objects(inside.astype(np.uint8))
    rows, columns = (
        slice(max(side.start - margin, 0), min(side.stop + margin, n))
        for side, n in zip(found, inside.shape, strict=True)
    )
    return rows, columns


def _thinned(line: NDArray[np.float64]) -> NDArray[np.float64]:
    """Keep every second point of a contour, and its last."""
    return line if len(line) < LONG else np.concatenate([line[:-1:2], line[-1:]])


def _path(lines: Iterator[NDArray[np.float64]], *, closed: bool) -> str:
    parts = []
    for line in lines:
        tenths = np.rint(10 * (np.asarray(line)[:, ::-1] + 0.5)).astype(int)
        (x, y), steps = tenths[0], np.diff(tenths, axis=0)
        moves = "".join(f"l{_tenth(dx)}{_tenth(dy, sign=True)}" for dx, dy in steps.tolist())
        parts.append(f"M{x / 10:g} {y / 10:g}{moves}{'z' if closed else ''}")
    return "".join(parts)


@cache
def _tenth(tenths: int, *, sign: bool = False) -> str:
    """Write tenths of a pixel as short as SVG allows; with a sign it needs no space before it."""
    text = ("-" if tenths < 0 else "") + f"{abs(tenths) / 10:g}".removeprefix("0")
    text = text if text.strip("-") else "0"
    return f" {text}" if sign and tenths >= 0 else text


def lesion_outlines(pane: Pane, k: int) -> tuple[LesionOutline, ...]:
    """Outlines of the lesions on slice `k`, one per lesion."""
    share = pane.edema[k]
    if not (share > 0.5).any():
        return ()
    owners = skimage.segmentation.expand_labels(pane.lesions[k], distance=3)
    outlines = (
        LesionOutline(label=int(label), path=contour_path(np.where(owners == label, share, 0.0)))
        for label in np.unique(owners[share > 0.5])
        if label > 0
    )
    return tuple(outline for outline in outlines if outline.path)


def quadrant_path(pane: Pane, k: int) -> str:
    """Outlines of all quadrants on slice `k`, smoothed for the eye."""
    labels = pane.quadrants[k]
    return "".join(contour_path(_blurred(labels == q)) for q in np.unique(labels) if q > 0)


def _blurred(inside: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Blur by a pixel; 0 beyond the reach of that."""
    blurred = np.zeros(inside.shape, dtype=np.float32)
    box = _box(inside, BLUR_REACH)
    blurred[box] = ndimage.gaussian_filter(inside[box].astype(np.float32), 1.0)
    return blurred


def joint_path(pane: Pane, k: int, pixel_mm: float) -> str:
    """Draw the lines half-way between sacrum and ilium, where both are near."""
    return _path(iter(joint_lines(pane.quadrants[k], pixel_mm)), closed=False)


def joint_lines(quadrants: NDArray[np.uint8], pixel_mm: float) -> list[NDArray[np.float64]]:
    """Lines of a slice half-way between sacrum and ilium, as (row, column) in pixels."""
    coarse = quadrants[::COARSE, ::COARSE]
    if not coarse.any():
        return []
    return [line for side in Side for line in _joint_lines(coarse, side, pixel_mm * COARSE)]


def _joint_lines(
    labels: NDArray[np.uint8], side: Side, pixel_mm: float
) -> Iterator[NDArray[np.float64]]:
    bones = [
        np.isin(labels, [q for q, it in QUADRANTS.items() if it.side is side and it.bone is bone])
        for bone in Bone
    ]
    if not all(bone.any() for bone in bones):
        return
    # no line is drawn beyond this box, and what is drawn does not feel its border
    box = _box(bones[0] | bones[1], int(JOINT_REACH_MM / pixel_mm) + BLUR_REACH + 2)
    first, second = (_signed_distance_mm(bone[box], pixel_mm) for bone in bones)
    near = np.where(np.maximum(first, second) < JOINT_REACH_MM, first - second, np.nan)
    for line in skimage.measure.find_contours(near, 0.0):
        if len(line) >= 2 * MIN_POINTS:
            yield _thinned(line + [edge.start for edge in box]) * COARSE


def _signed_distance_mm(inside: NDArray[np.bool_], pixel_mm: float) -> NDArray[np.float64]:
    """Distance to a bone, negative inside, smoothed."""
    outside_mm = ndimage.distance_transform_edt(~inside) * pixel_mm
    inside_mm = ndimage.distance_transform_edt(inside) * pixel_mm
    return np.asarray(ndimage.gaussian_filter(outside_mm - inside_mm, 1.0), dtype=np.float64)


def change_circles(display: Display) -> tuple[tuple[Circle, ...], ...]:
    """Circles around what changed, per slice; none unless two visits are registered."""
    n_slices = display.geometry.shape[0]
    if len(display.panes) < 2 or not display.is_registered:
        return ((),) * n_slices
    baseline, followup = display.panes
    changed = np.abs(followup.edema - baseline.edema) > 0.5
    changed = ndimage.binary_opening(changed, np.ones((1, 2, 2)))
    groups = _groups(changed, display)
    return tuple(
        tuple(_around(changed[k] & (groups[k] > 0), groups[k], display.geometry.spacing_mm[1]))
        for k in range(n_slices)
    )


def _groups(changed: NDArray[np.bool_], display: Display) -> NDArray[np.int32]:
    """Label neighbourhoods of change that are large enough to be worth a circle."""
    pixel_mm = display.geometry.spacing_mm[1]
    near = np.stack([_within(of_slice, GROUP_MM / 2 / pixel_mm) for of_slice in changed])
    labels, _ = ndimage.label(near)
    volumes_ml = np.bincount(labels[changed], minlength=int(labels.max()) + 1)
    keep = volumes_ml * display.geometry.voxel_volume_ml >= MIN_CHANGED_ML
    keep[0] = False
    return np.asarray(np.where(keep[labels], labels, 0), dtype=np.int32)


def _within(inside: NDArray[np.bool_], reach_px: float) -> NDArray[np.bool_]:
    if not inside.any():
        return inside
    return np.asarray(ndimage.distance_transform_edt(~inside) < reach_px, dtype=np.bool_)


def _around(
    changed: NDArray[np.bool_], near: NDArray[np.int32], pixel_mm: float
) -> Iterator[Circle]:
    """One circle per neighbourhood of a slice."""
    groups, n_groups = ndimage.label(near > 0)
    for group in range(1, n_groups + 1):
        rows, columns = np.nonzero(changed & (groups == group))
        if not rows.size:
            continue
        y, x = (rows.min() + rows.max()) / 2, (columns.min() + columns.max()) / 2
        reach_mm = float(np.hypot(rows - y, columns - x).max()) * pixel_mm + RADIUS_MARGIN_MM
        yield Circle(
            x=round(float(x) + 0.5, 1),
            y=round(float(y) + 0.5, 1),
            radius=round(max(reach_mm, MIN_RADIUS_MM) / pixel_mm, 1),
        )
