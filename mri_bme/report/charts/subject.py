"""Charts of one subject: volumes and change, the quadrants, and where the cut-off lies."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from mri_bme.findings import Interval, RegionBurden, RegionChange
from mri_bme.record import numbers
from mri_bme.record.subject import HISTOGRAM_BINS, HISTOGRAM_TOP
from mri_bme.report import words
from mri_bme.report.charts.chart import (
    Axis,
    Chart,
    Dot,
    Line,
    Mark,
    Point,
    Role,
    Words,
    axis_of,
    box,
    named_axis,
    upright,
)
from mri_bme.report.charts.tissue import tissue_charts
from mri_bme.report.charts.tornado import tornado_charts
from mri_bme.report.page import PageVisit, SubjectPage
from mri_bme.sacroiliac import QUADRANTS, Bone, Level, Side

CHART_REGIONS = ("total", "left", "right", *(quadrant.name for quadrant in QUADRANTS.values()))
LEAST_ML = 0.1  # the axis of volumes is at least this long
VISIT_ROLES: tuple[Role, Role] = ("first", "second")
ONE_ROW = Axis(low=-0.5, high=0.5)
BESIDE = 0.17  # of a row: two visits lie above and below its middle
BAND = 0.4

Found = tuple[float, Interval | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class VolumeRow:
    """One region: its volumes and its change, each as a chart of one row."""

    region: str
    volumes: Chart
    change: Chart | None
    verdict: str


def shown_visits(page: SubjectPage) -> tuple[PageVisit, ...]:
    """Pick the visits shown side by side: both of the main comparison, or the measured one."""
    change = words.main_change(page)
    if change is not None:
        pair = (page.visit(change.baseline), page.visit(change.followup))
        if all(visit.pixels is not None for visit in pair):
            return pair
    with_pixels = [visit for visit in page.visits if visit.pixels is not None]
    measured = [visit for visit in with_pixels if visit.findings.burden is not None]
    return tuple((measured or with_pixels)[:1])


def visit_title(visit: PageVisit) -> str:
    """Name a visit and its day."""
    day = visit.findings.day
    return words.visit_name(visit.label) + ("" if day is None else f" (day {day})")


def volume_rows(page: SubjectPage) -> tuple[VolumeRow, ...]:
    """Describe volumes and change of `CHART_REGIONS`, a row each; none without a measured visit."""
    volumes, changes = _volume_axis(page), _change_axis(page)
    if volumes is None:
        return ()
    change = words.main_change(page)
    return tuple(
        VolumeRow(
            region=region,
            volumes=_strip(volumes, _volume_marks(page, region, 0.0)),
            change=None if changes is None else _strip(changes, _moved(page, region, changes)),
            verdict=""
            if change is None
            else change.regions[region].verdict.value.replace("_", " "),
        )
        for region in CHART_REGIONS
    )


def volumes_chart(page: SubjectPage) -> Chart | None:
    """Describe volumes with intervals per region; None when nothing was measured."""
    axis, rows = _volume_axis(page), list(enumerate(CHART_REGIONS))
    if axis is None:
        return None
    visits = shown_visits(page)
    return Chart(
        alt="Edema volume per region with 95 % intervals",
        x=axis,
        y=named_axis([words.region_name(region) for region in CHART_REGIONS]),
        marks=tuple(m for k, region in rows for m in _volume_marks(page, region, -float(k))),
        key=tuple(zip(VISIT_ROLES, map(visit_title, visits), strict=False)),
        height_mm=75.0,
    )


def change_chart(page: SubjectPage) -> Chart | None:
    """Describe the change per region against measurement error; None without a comparison."""
    axis, rows = _change_axis(page), list(enumerate(CHART_REGIONS))
    if axis is None:
        return None
    y = named_axis(["" for _ in CHART_REGIONS])
    marks = [m for k, region in rows for m in _change_marks(page, region, -float(k), axis)]
    return Chart(
        alt="Change of edema per region with 95 % intervals, and what is within measurement error",
        x=axis,
        y=y,
        marks=(upright(y, 0.0), *marks),
        key=(("grid", "within measurement error"),),
        height_mm=75.0,
    )


def _strip(axis: Axis, marks: Sequence[Mark]) -> Chart:
    return Chart(alt="", x=axis, y=ONE_ROW, marks=tuple(marks), has_frame=False)


def _moved(page: SubjectPage, region: str, axis: Axis) -> tuple[Mark, ...]:
    zero = upright(ONE_ROW, 0.0, role="ink")
    band, *rest = (*_change_marks(page, region, 0.0, axis), None)
    return tuple(mark for mark in (band, zero, *rest) if mark is not None)


def _volumes(page: SubjectPage, region: str) -> list[Found | None]:
    return [_volume(visit, region) for visit in shown_visits(page)]


def _volume(visit: PageVisit, region: str) -> Found | None:
    burden = visit.findings.burden
    found: RegionBurden | None = None if burden is None else burden.regions.get(region)
    return None if found is None else (found.edema_ml, found.interval_ml)


def _volume_axis(page: SubjectPage) -> Axis | None:
    found = [v for region in CHART_REGIONS for v in _volumes(page, region) if v is not None]
    if not found:
        return None
    ends = [value if interval is None else interval.high for value, interval in found]
    return axis_of([0.0, LEAST_ML, *ends], label="edema, mL (95 % interval)")


def _change_axis(page: SubjectPage) -> Axis | None:
    change = words.main_change(page)
    found = [
        region
        for name in CHART_REGIONS
        if change is not None and (region := change.regions[name]).change_ml is not None
    ]
    if not found or change is None:
        return None
    values = [
        0.0,
        *(end for region in found for end in _ends(region.change_ml, region.interval_ml)),
    ]
    total = change.regions["total"].detectable_ml
    values += [] if total is None else [-total, total]
    return axis_of(values, label="change, mL (95 % interval)")


def _ends(value: float | None, interval: Interval | None) -> tuple[float, float]:
    at = value or 0.0
    return (at, at) if interval is None else (interval.low, interval.high)


def _volume_marks(page: SubjectPage, region: str, height: float) -> tuple[Mark, ...]:
    found = _volumes(page, region)
    offsets = (BESIDE, -BESIDE) if len(found) == 2 else (0.0,)
    return tuple(
        mark
        for one, offset, role in zip(found, offsets, VISIT_ROLES, strict=False)
        if one is not None
        for mark in _whisker(*one, height + offset, role)
    )


def _change_marks(page: SubjectPage, region: str, height: float, axis: Axis) -> tuple[Mark, ...]:
    """Band of what cannot be told from no change, then the change; words where there is none."""
    change = words.main_change(page)
    found: RegionChange | None = None if change is None else change.regions.get(region)
    if found is None or found.change_ml is None:
        return (Words(at=(0.0, height), text="not evaluable", role="soft", is_small=True),)
    whisker = _whisker(found.change_ml, found.interval_ml, height, "ink")
    if found.detectable_ml is None:
        return whisker
    low, high = max(-found.detectable_ml, axis.low), min(found.detectable_ml, axis.high)
    return (box((low, height - BAND), (high, height + BAND), role="soft", opacity=0.22), *whisker)


def _whisker(
    value: float, interval: Interval | None, height: float, role: Role
) -> tuple[Mark, ...]:
    low, high = _ends(value, interval)
    return (
        Line(points=((low, height), (high, height)), role=role, width=1.2),
        Dot(at=(value, height), role=role, is_open=role == "first"),
    )


def histogram_chart(visit: PageVisit) -> Chart | None:
    """Describe the distributions of reference and ROI; None when nothing was measured."""
    counts, threshold = visit.findings.histogram, visit.findings.threshold
    if counts is None or threshold is None:
        return None
    cut = min(threshold.value, HISTOGRAM_TOP)
    y = Axis(low=0.0, high=1.08)
    return Chart(
        alt="Distribution of relative intensity in normal marrow and in the regions of interest, "
        "with the cut-off",
        x=axis_of([0.0, HISTOGRAM_TOP], label="times the median of normal marrow", n=4),
        y=y,
        marks=(
            Line(points=_steps(counts.roi), role="soft", width=0.0, fill=0.25),
            Line(points=_steps(counts.reference), role="first", width=1.2),
            upright(y, cut, role="warning", is_dashed=True),
            Words(at=(cut + 0.06, 1.0), role="warning", anchor="start",
                  text=f"cut-off {threshold.value:.2f}, lower by the joint"),
        ),
        key=(("first", "normal marrow"), ("soft", "measured marrow (each to its highest bin)")),
        title=visit_title(visit),
        height_mm=52.0,
    )  # fmt: skip


def _steps(counts: Sequence[int]) -> tuple[Point, ...]:
    """Outline of a histogram whose highest bin reaches the top."""
    top, width = max(*counts, 1), HISTOGRAM_TOP / HISTOGRAM_BINS
    stairs = [
        point
        for k, count in enumerate(counts)
        for point in ((k * width, count / top), ((k + 1) * width, count / top))
    ]
    return ((0.0, 0.0), *stairs, (HISTOGRAM_TOP, 0.0))


MAP_WIDTH, MAP_HEIGHT = 1000.0, 470.0


def quadrant_charts(page: SubjectPage) -> tuple[Chart, ...]:
    """Describe the map of the eight quadrants per shown visit, the patient's right on the left."""
    visits = shown_visits(page)
    found = [v[0] for q in QUADRANTS.values() for v in _volumes(page, q.name) if v is not None]
    top = max([*found, LEAST_ML])
    return tuple(_map(visit, top) for visit in visits)


def _map(visit: PageVisit, top: float) -> Chart:
    name = words.visit_name(visit.label)
    volumes = {q.name: _volume(visit, q.name) for q in QUADRANTS.values()}
    said = "; ".join(
        f"{words.region_name(region)} {numbers.millilitres(None if v is None else v[0])} mL"
        for region, v in volumes.items()
    )
    return Chart(
        alt=f"Edema per quadrant at {name}: {said}",
        x=Axis(low=0.0, high=MAP_WIDTH),
        y=Axis(low=0.0, high=MAP_HEIGHT),
        marks=(
            *_quadrants(volumes, top),
            *(Words(at=(x, y), text=text, role="soft", is_small=True) for x, y, text in _MAP_WORDS),
        ),
        title=f"{visit_title(visit)}, mL",
        height_mm=85.0 * MAP_HEIGHT / MAP_WIDTH,
        has_frame=False,
    )


def _quadrants(volumes: dict[str, Found | None], top: float) -> Iterator[Mark]:
    for quadrant in QUADRANTS.values():
        corners = _CORNERS[quadrant.bone, quadrant.level]
        if quadrant.side is Side.LEFT:
            corners = tuple((MAP_WIDTH - x, y) for x, y in corners)
        points = tuple((float(x), MAP_HEIGHT - y) for x, y in corners)
        found = volumes[quadrant.name]
        shade = 0.0 if found is None else round(min(found[0] / top, 1.0) ** 0.5, 2)
        yield Line(points=points, role="edema", width=0.0, fill=shade)
        yield Line(points=(*points, points[0]), role="soft", width=0.6)
        middle = (sum(x for x, _ in points) / len(points), sum(y for _, y in points) / len(points))
        text = numbers.millilitres(None if found is None else found[0])
        yield Words(at=middle, text=text)


# Corners on a canvas, rows downwards, patient's right side: ilium lateral, sacrum medial, and
# the joint running down and inward between them as on a semicoronal slice.
_CORNERS: dict[tuple[Bone, Level], tuple[Point, ...]] = {
    (Bone.ILIUM, Level.UPPER): ((30, 40), (222, 40), (262, 225), (86, 225)),
    (Bone.ILIUM, Level.LOWER): ((90, 235), (264, 235), (304, 420), (146, 420)),
    (Bone.SACRUM, Level.UPPER): ((238, 40), (490, 40), (490, 225), (278, 225)),
    (Bone.SACRUM, Level.LOWER): ((280, 235), (490, 235), (490, 420), (320, 420)),
}
_MAP_WORDS = (
    (28.0, 22.0, "R"),
    (972.0, 22.0, "L"),
    (140.0, 452.0, "ilium"),
    (500.0, 452.0, "sacrum"),
    (860.0, 452.0, "ilium"),
)


def _volumes_and_change(page: SubjectPage) -> tuple[Chart, ...]:
    return tuple(c for c in (volumes_chart(page), change_chart(page)) if c is not None)


def _histograms(page: SubjectPage) -> tuple[Chart, ...]:
    found = map(histogram_chart, shown_visits(page))
    return tuple(chart for chart in found if chart is not None)


SUBJECT_CHARTS: Mapping[str, Callable[[SubjectPage], tuple[Chart, ...]]] = {
    "volumes": _volumes_and_change,
    "quadrants": quadrant_charts,
    "threshold": _histograms,
    "tissue": tissue_charts,
    "sensitivity": tornado_charts,
}
"""Every chart of a subject's page; each is a figure for papers as well. None are described
where there is nothing to show."""

PLACED = ("volumes", "quadrants", "threshold", "tissue", "sensitivity")
"""Charts that have a place of their own on the page; the others follow below."""


def further_charts(page: SubjectPage) -> tuple[Chart, ...]:
    """Describe the charts that have no place of their own."""
    names = [name for name in SUBJECT_CHARTS if name not in PLACED]
    return tuple(chart for name in names for chart in SUBJECT_CHARTS[name](page))
