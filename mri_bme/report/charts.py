"""Positions of marks in the page's small charts; the templates draw them as SVG."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from mri_bme.findings import ChangeReport, Interval, RegionBurden
from mri_bme.report.page import HISTOGRAM_BINS, HISTOGRAM_TOP, PageVisit, SubjectPage
from mri_bme.report.words import main_change
from mri_bme.sacroiliac import QUADRANTS, REGIONS, Bone, Level, Side

CHART_REGIONS = ("total", "left", "right", *(quadrant.name for quadrant in QUADRANTS.values()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A value with its interval, on an axis from 0 to 1000."""

    at: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class VolumeRow:
    """One region of the chart of volumes and changes."""

    region: str
    spans: tuple[Span | None, ...]
    change: Span | None
    band: Span | None
    verdict: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VolumeChart:
    """Volumes per visit and their change, with ticks (position, label) of both axes."""

    rows: tuple[VolumeRow, ...]
    volume_ticks: tuple[tuple[float, str], ...]
    change_ticks: tuple[tuple[float, str], ...]
    zero: float


@dataclass(frozen=True, slots=True, kw_only=True)
class HistogramChart:
    """Outlines of two distributions (SVG points, 0 to 1000 by 0 to 300) and the cut-off."""

    reference: str
    roi: str
    threshold: float
    ticks: tuple[tuple[float, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class QuadrantCell:
    """One quadrant of the map: its outline, where its text stands, and its volumes."""

    name: str
    points: str
    x: float
    y: float
    volumes_ml: tuple[float | None, ...]
    shades: tuple[float, ...]


def ticks(low: float, high: float, *, n: int = 3) -> list[float]:
    """Round values that span `low` to `high`, about `n` steps."""
    raw = max(high - low, 1e-9) / n
    power = 10.0 ** np.floor(np.log10(raw))
    step = float(power * next(m for m in (1, 2, 5, 10) if m * power >= 0.8 * raw))
    first, last = int(np.floor(low / step + 1e-9)), int(np.ceil(high / step - 1e-9))
    return [round(k * step, 10) for k in range(first, last + 1)]


def shown_visits(page: SubjectPage) -> tuple[PageVisit, ...]:
    """Pick the visits shown side by side: both of the main comparison, or the measured one."""
    change = main_change(page)
    if change is not None:
        pair = (page.visit(change.baseline), page.visit(change.followup))
        if all(visit.pixels is not None for visit in pair):
            return pair
    with_pixels = [visit for visit in page.visits if visit.pixels is not None]
    measured = [visit for visit in with_pixels if visit.findings.burden is not None]
    return tuple((measured or with_pixels)[:1])


def volume_chart(page: SubjectPage) -> VolumeChart | None:
    """Lay out volumes and changes of `CHART_REGIONS`; None when nothing was measured."""
    visits, change = shown_visits(page), main_change(page)
    volumes = {
        region: tuple(_volume(visit, region) for visit in visits) for region in CHART_REGIONS
    }
    tops = [
        found[1].high
        for row in volumes.values()
        for found in row
        if found is not None and found[1] is not None
    ]
    tops += [found[0] for row in volumes.values() for found in row if found is not None]
    if not tops:
        return None
    axis = ticks(0.0, max(*tops, 0.1))
    change_axis = _change_axis(change)
    return VolumeChart(
        rows=tuple(
            _row(region, volumes[region], change, axis, change_axis) for region in CHART_REGIONS
        ),
        volume_ticks=_tick_marks(axis),
        change_ticks=_tick_marks(change_axis),
        zero=_position(0.0, change_axis),
    )


def _volume(visit: PageVisit, region: str) -> tuple[float, Interval | None] | None:
    burden = visit.findings.burden
    found: RegionBurden | None = None if burden is None else burden.regions.get(region)
    return None if found is None else (found.edema_ml, found.interval_ml)


def _change_axis(change: ChangeReport | None) -> list[float]:
    values = [0.0]
    for region in () if change is None else CHART_REGIONS:
        found = change.regions.get(region) if change is not None else None
        if found is not None and found.change_ml is not None:
            values.append(found.change_ml)
            if found.interval_ml is not None:
                values += [found.interval_ml.low, found.interval_ml.high]
    total = None if change is None else change.regions["total"].detectable_ml
    if len(values) > 1 and total is not None:
        values += [-total, total]
    return ticks(min(values), max(values)) if len(values) > 1 else []


def _row(
    region: str,
    volumes: Sequence[tuple[float, Interval | None] | None],
    change: ChangeReport | None,
    axis: Sequence[float],
    change_axis: Sequence[float],
) -> VolumeRow:
    found = None if change is None else change.regions.get(region)
    moved = None
    if found is not None and found.change_ml is not None and change_axis:
        moved = _span(found.change_ml, found.interval_ml, change_axis)
    return VolumeRow(
        region=region,
        spans=tuple(None if v is None else _span(v[0], v[1], axis) for v in volumes),
        change=moved,
        band=None if moved is None or found is None else _band(found.detectable_ml, change_axis),
        verdict="" if found is None else found.verdict.value.replace("_", " "),
    )


def _span(value: float, interval: Interval | None, axis: Sequence[float]) -> Span:
    low, high = (value, value) if interval is None else (interval.low, interval.high)
    return Span(at=_position(value, axis), low=_position(low, axis), high=_position(high, axis))


def _band(detectable_ml: float | None, axis: Sequence[float]) -> Span | None:
    """Span the changes too small to be told from none, as far as the axis shows them."""
    if detectable_ml is None:
        return None
    low, high = max(-detectable_ml, axis[0]), min(detectable_ml, axis[-1])
    return Span(at=_position(0.0, axis), low=_position(low, axis), high=_position(high, axis))


def _position(value: float, axis: Sequence[float]) -> float:
    if not axis or axis[-1] == axis[0]:
        return 0.0
    return round(1000 * (value - axis[0]) / (axis[-1] - axis[0]), 1)


def _tick_marks(axis: Sequence[float]) -> tuple[tuple[float, str], ...]:
    return tuple((_position(value, axis), f"{value:g}".replace("-", "−")) for value in axis)


def histogram_chart(visit: PageVisit) -> HistogramChart | None:
    """Lay out the distributions of reference and ROI; None when nothing was measured."""
    counts, threshold = visit.findings.histogram, visit.findings.threshold
    if counts is None or threshold is None:
        return None
    return HistogramChart(
        reference=_steps(counts.reference),
        roi=_steps(counts.roi),
        threshold=round(1000 * min(threshold.value / HISTOGRAM_TOP, 1.0), 1),
        ticks=tuple(
            (1000 * value / HISTOGRAM_TOP, f"{value:g}") for value in range(int(HISTOGRAM_TOP) + 1)
        ),
    )


def _steps(counts: Sequence[int]) -> str:
    """Outline of a histogram whose highest bin reaches the top."""
    top = max(*counts, 1)
    width = 1000 / HISTOGRAM_BINS
    points = ["0,300"]
    for k, count in enumerate(counts):
        y = f"{300 * (1 - count / top):.1f}"
        points += [f"{k * width:.1f},{y}", f"{(k + 1) * width:.1f},{y}"]
    return " ".join([*points, "1000,300"])


def quadrant_cells(page: SubjectPage) -> tuple[QuadrantCell, ...]:
    """Lay out the map of the eight quadrants, the patient's right on the left."""
    visits = shown_visits(page)
    volumes = {
        name: tuple(None if (v := _volume(visit, name)) is None else v[0] for visit in visits)
        for name in REGIONS
    }
    tops = [v for q in QUADRANTS.values() for v in volumes[q.name] if v is not None]
    top = max([*tops, 0.1])
    return tuple(_cells(volumes, top))


def _cells(volumes: dict[str, tuple[float | None, ...]], top: float) -> Iterator[QuadrantCell]:
    for quadrant in QUADRANTS.values():
        corners = np.array(_CORNERS[quadrant.bone, quadrant.level], dtype=float)
        if quadrant.side is Side.LEFT:
            corners[:, 0] = 1000 - corners[:, 0]
        x, y = corners.mean(axis=0)
        found = volumes[quadrant.name]
        yield QuadrantCell(
            name=quadrant.name,
            points=" ".join(f"{px:g},{py:g}" for px, py in corners),
            x=float(x),
            y=float(y),
            volumes_ml=found,
            shades=tuple(0.0 if v is None else round(min(v / top, 1.0) ** 0.5, 2) for v in found),
        )


# Corners on a 1000 x 460 canvas, patient's right side: ilium lateral, sacrum medial, and the
# joint running down and inward between them as on a semicoronal slice.
_CORNERS = {
    (Bone.ILIUM, Level.UPPER): ((30, 40), (222, 40), (262, 225), (86, 225)),
    (Bone.ILIUM, Level.LOWER): ((90, 235), (264, 235), (304, 420), (146, 420)),
    (Bone.SACRUM, Level.UPPER): ((238, 40), (490, 40), (490, 225), (278, 225)),
    (Bone.SACRUM, Level.LOWER): ((280, 235), (490, 235), (490, 420), (320, 420)),
}
