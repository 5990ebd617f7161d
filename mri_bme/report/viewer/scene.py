"""What the viewer is told of a subject: numbers and words as JSON, voxels as packed bytes."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from mri_bme.findings import ChangeReport, Lesion
from mri_bme.record.evidence import PER_MULTIPLE
from mri_bme.report import words
from mri_bme.report.display import Display, key_slice
from mri_bme.report.outlines import Circle, change_circles, joint_lines
from mri_bme.report.page import PagePixels, PageVisit
from mri_bme.report.sparcc import slice_marks
from mri_bme.report.viewer.packing import Bytes, as_text, pack_grey, pack_map
from mri_bme.resample import resample_voxels
from mri_bme.sacroiliac import QUADRANTS
from mri_bme.study import ShownSeries
from mri_bme.volume import RigidTransform, Volume, VolumeGeometry

MANY_VOXELS = 8_000_000  # of all volumes of a page
LEVELS = 255
FEWER_LEVELS, FEWER_LEVELS_T1 = 150, 100  # keep a page of two visits with T1W below 6 MB
TOP_PERCENTILE = 99.95
FAR_ABOVE = 1.5  # times that percentile: voxels beyond are shown as bright as it
USUAL_T1_PERCENTILE = 99.0
IN_MARROW = frozenset({"relative", "cutoff", "distance", "probability"})
DEFAULT_HINT = (
    "Click on a picture for its value and why it counts or not. Wheel or ↑ ↓: slices; drag: "
    "window; right button or ctrl + wheel: zoom; shift + drag: move; keys: 1 marrow, 2 wide, "
    "t T1W, a as acquired, b blink, o outlines, q quadrants, h half-filled, e probability, l next "
    "lesion, "
    "m measure, 0 reset."
)


@dataclass(frozen=True, kw_only=True, eq=False)
class Scene:
    """A scene: `told` can be written as JSON, `packed` are the bytes that it points into."""

    told: Mapping[str, Any]
    packed: bytes

    @property
    def json(self) -> Markup:
        """`told` as text that may stand inside a script element."""
        text = json.dumps(self.told, separators=(",", ":"), allow_nan=False)
        return Markup(text.replace("<", "\\u003c"))  # noqa: S704  (no markup is left in it)

    @property
    def text(self) -> Markup:
        """`packed` as text that may stand inside a script element."""
        return Markup(as_text(self.packed))  # noqa: S704  (its letters make no markup)


def viewer_scene(
    visits: Sequence[PageVisit], display: Display, change: ChangeReport | None = None
) -> Scene:
    """Tell the viewer of one visit, or of two that lie on one display grid.

    Parameters
    ----------
    visits : sequence of PageVisit
        Those that have pixels are shown, in order of time.
    display : Display
        Where they lie on one another, as `report.display.show_visits` gives.
    change : ChangeReport or None
        Names lesions over time.
    """
    shown = [(visit, visit.pixels) for visit in visits if visit.pixels is not None]
    volumes = [v for _, p in shown for v in (p.volume, p.t1) if v is not None]
    many = sum(volume.voxels.size for volume in volumes) > MANY_VOXELS
    to = Bytes()
    for volume in volumes:
        volume.rest()  # looked at one after the other
    told = {
        "visits": [
            _visit(visit, pixels, move, change, to, is_many=many)
            for (visit, pixels), move in zip(shown, display.visit_from_display, strict=True)
        ],
        "is_registered": display.is_registered,
        "start": _start(display),
        "words": {
            "hint": DEFAULT_HINT,
            "quadrants": {str(label): quadrant.name for label, quadrant in QUADRANTS.items()},
        },
    }
    if len(shown) > 1:
        told["display"] = _display(display, [pixels for _, pixels in shown])
    for volume in volumes:
        volume.rest()
    return Scene(told=told, packed=to.joined())


def _visit(
    visit: PageVisit,
    pixels: PagePixels,
    visit_from_display: RigidTransform,
    change: ChangeReport | None,
    to: Bytes,
    *,
    is_many: bool,
) -> dict[str, Any]:
    found, geometry = visit.findings, pixels.volume.geometry
    levels, levels_t1 = (FEWER_LEVELS, FEWER_LEVELS_T1) if is_many else (LEVELS, LEVELS)
    threshold = found.threshold
    shown = {role: found.shown.get(role, ShownSeries()) for role in ("volume", "t1")}
    fluid = _channel(pixels.volume, pixels.reference, to, levels, shown["volume"])
    return {
        "label": visit.label,
        "name": words.visit_name(visit.label),
        "day": found.day,
        "grid": _grid(geometry),
        "visit_from_display": visit_from_display.b_from_a.tolist(),
        "fluid": fluid,
        "t1": _t1(pixels, to, levels_t1, shown["t1"]),
        "images": list(shown["volume"].images) or None,
        "maps": _maps(pixels, fluid, to),
        "threshold": threshold and {"rule": threshold.rule, "value": threshold.value},
        "lesions": [
            _lesion(lesion, words.lesion_name(change, visit.label, lesion.label), geometry)
            for lesion in found.lesions
        ],
        "dropped": [_lesion(one, str(one.label), geometry) for one in found.dropped],
        "joints": _joints(pixels),
        "marks": {str(k): mark for k, mark in slice_marks(visit).items()},
    }


def _grid(geometry: VolumeGeometry) -> dict[str, Any]:
    return {"shape": list(geometry.shape), "lps_from_index": geometry.lps_from_index.tolist()}


def _lesion(lesion: Lesion, name: str, geometry: VolumeGeometry) -> dict[str, Any]:
    voxel = geometry.indices_of(np.array(lesion.centroid_lps_mm))
    return {
        "label": lesion.label,
        "name": name,
        "words": f"{lesion.volume_ml:.2f} mL: {lesion.reason}",
        "voxel": [round(float(i), 2) for i in voxel],
    }


def _channel(
    volume: Volume,
    reference: NDArray[np.bool_] | None,
    to: Bytes,
    levels: int,
    shown: ShownSeries,
) -> dict[str, Any]:
    """Grey values of a volume in bytes: intensity = low + step * byte."""
    voxels = volume.voxels
    low, step = display_steps(voxels, levels)
    normal = None
    if reference is not None and reference.any():
        normal = float(np.median(voxels[reference]))
    told: dict[str, Any] = {
        "low": low,
        "step": step,
        "top": low + step * levels,
        "unit": normal if normal is not None and normal > 0 else None,
        "words": shown.words,
        "scanner": shown.window and list(shown.window),
        "packed": pack_grey(_grey(voxels, low, step), to),
    }
    volume.rest()  # before the next one is looked at
    return told


def _grey(voxels: NDArray[np.float32], low: float, step: float) -> NDArray[np.uint8]:
    grey = np.empty(voxels.shape, dtype=np.uint8)
    for plane, own in zip(grey, voxels, strict=True):
        plane[:] = np.clip(np.rint((own - low) / step), 0, LEVELS)
    return grey


def display_steps(voxels: NDArray[np.float32], levels: int) -> tuple[float, float]:
    """Intensity shown by byte 0, and how much one more of a byte adds.

    Whole numbers that fit a byte are shown as they are. Where a few voxels are far brighter
    than all others, they are shown as bright as the 99.95th percentile.
    """
    low, high = float(voxels.min()), float(voxels.max())
    if high - low <= LEVELS and np.array_equal(voxels, np.rint(voxels)):
        return low, 1.0
    top = float(np.percentile(voxels, TOP_PERCENTILE))
    if high <= FAR_ABOVE * top or top <= low:
        top = high
    return min(low, 0.0), max(top - min(low, 0.0), 1e-6) / levels


def _t1(pixels: PagePixels, to: Bytes, levels: int, shown: ShownSeries) -> dict[str, Any] | None:
    if pixels.t1 is None:
        return None
    t1, reference = pixels.t1, None
    if pixels.reference is not None and t1.geometry.matches(pixels.volume.geometry):
        reference = pixels.reference
    elif pixels.reference is not None:
        source = pixels.reference.astype(np.float32)
        reference = resample_voxels(source, pixels.volume.geometry, t1.geometry, order=1) > 0.5
    usual = float(np.percentile(t1.voxels, USUAL_T1_PERCENTILE))
    told = _channel(t1, reference, to, levels, shown)
    told["words"] = told["words"] or "T1W"
    told["images"] = None if shown.is_laid else list(shown.images) or None
    told["is_laid"] = shown.is_laid
    return told | {"grid": _grid(t1.geometry), "usual": usual}


def _maps(pixels: PagePixels, fluid: Mapping[str, Any], to: Bytes) -> dict[str, Any]:
    maps: dict[str, NDArray[Any]] = {}
    if pixels.quadrants is not None:
        maps["quadrants"] = pixels.quadrants
    if pixels.lesion_labels is not None:
        maps["lesions"] = pixels.lesion_labels
    maps |= pixels.evidence
    marrow = None if pixels.quadrants is None else ("quadrants", pixels.quadrants > 0)
    grey = _grey(pixels.volume.voxels, fluid["low"], fluid["step"])
    pixels.volume.rest()
    follows = (grey, PER_MULTIPLE * fluid["step"] / (fluid["unit"] or fluid["top"]))
    return {
        name: pack_map(
            values,
            to,
            within=marrow if name in IN_MARROW else None,
            follows=follows if name == "relative" else None,
        )
        for name, values in maps.items()
    }


def _joints(pixels: PagePixels) -> list[list[list[list[float]]]] | None:
    """Lines of every slice, as lists of [column, row]."""
    if pixels.quadrants is None:
        return None
    pixel_mm = float(np.mean(pixels.volume.geometry.spacing_mm[1:]))
    return [
        [[[round(float(x), 1), round(float(y), 1)] for y, x in line] for line in lines]
        for lines in (joint_lines(labels, pixel_mm) for labels in pixels.quadrants)
    ]


def _start(display: Display) -> dict[str, Any]:
    """Where to look first: the middle of the slice that shows most, and how much of it."""
    geometry = display.geometry
    _, rows, columns = geometry.shape
    middle = geometry.points_lps([key_slice(display), (rows - 1) / 2, (columns - 1) / 2])
    _, height, width = geometry.extent_mm
    return {"point": middle.tolist(), "width_mm": width, "height_mm": height}


def _display(display: Display, pixels: Sequence[PagePixels]) -> dict[str, Any]:
    """Tell of the grid half-way between two visits, out to where either was scanned."""
    before, geometry = _whole_field(display, pixels)
    circles: list[list[Mapping[str, float]]] = [[] for _ in range(geometry.shape[0])]
    for k, of_slice in enumerate(change_circles(display)):
        circles[before[0] + k] = [_moved(circle, before) for circle in of_slice]
    return {"grid": _grid(geometry), "circles": circles}


def _moved(circle: Circle, before: Sequence[int]) -> Mapping[str, float]:
    """Put a circle of the picture (pixel corners) on the larger grid (pixel centres)."""
    return {
        "x": circle.x - 0.5 + before[2],
        "y": circle.y - 0.5 + before[1],
        "radius": circle.radius,
    }


def _whole_field(
    display: Display, pixels: Sequence[PagePixels]
) -> tuple[tuple[int, int, int], VolumeGeometry]:
    """Extend a display grid by whole voxels over all that was scanned; also, by how many before."""
    corners = np.concatenate(
        [
            display.geometry.indices_of(move.inverse().apply(one.volume.geometry.corners_lps_mm))
            for one, move in zip(pixels, display.visit_from_display, strict=True)
        ]
    )
    low = np.minimum(np.floor(corners.min(axis=0) + 0.5).astype(int), 0)
    high = np.maximum(
        np.ceil(corners.max(axis=0) - 0.5).astype(int), np.array(display.geometry.shape) - 1
    )
    whole_from_index = np.eye(4)
    whole_from_index[:3, 3] = low
    n_slices, n_rows, n_columns = (int(n) for n in high - low + 1)
    return (int(-low[0]), int(-low[1]), int(-low[2])), VolumeGeometry(
        shape=(n_slices, n_rows, n_columns),
        lps_from_index=display.geometry.lps_from_index @ whole_from_index,
    )
