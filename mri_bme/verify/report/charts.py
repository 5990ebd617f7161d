"""Charts of pairs without a change: how far two scans of one state differ, by volume."""

from collections.abc import Iterable, Sequence

from mri_bme.report.charts.chart import (
    Axis,
    Chart,
    Dot,
    Line,
    Mark,
    Point,
    Role,
    across,
    change_axis,
    root_axis,
)
from mri_bme.sacroiliac import RegionKind
from mri_bme.verify.departures import RETESTS
from mri_bme.verify.design import AS_GIVEN
from mri_bme.verify.figures import Verification
from mri_bme.verify.measure import Measurement

ROLES: tuple[Role, ...] = ("arm1", "arm2", "arm3", "arm4")
LIMIT_WORDS = "the smallest detectable change of visits scanned alike"
WIDTH_MM, HEIGHT_MM = 130.0, 75.0


def unchanged_chart(found: Verification, measured: Sequence[Measurement]) -> Chart | None:
    """Draw unchanged totals of visits scanned alike, with the smallest detectable change."""
    pairs = _pairs(found, (row for row in measured if row.condition == AS_GIVEN))
    return _chart(found, {"": pairs}, "Visits scanned alike: ") if pairs else None


def unlike_chart(found: Verification, measured: Sequence[Measurement]) -> Chart | None:
    """Draw unchanged totals of visits that were not scanned alike, one colour for each way."""
    pairs = {
        name: _pairs(found, (row for row in measured if row.retest == name)) for name in RETESTS
    }
    pairs = {name: own for name, own in pairs.items() if own}
    return _chart(found, pairs, "Visits not scanned alike: ") if pairs else None


def _pairs(found: Verification, rows: Iterable[Measurement]) -> list[Point]:
    """Mean and difference of the totals that both visits measured, of bones as in a run."""
    return [
        ((d.baseline_ml + d.followup_ml) / 2, d.followup_ml - d.baseline_ml)
        for row in rows
        if row.bones == found.bones
        for d in row.differences
        if d.kind is RegionKind.TOTAL
    ]


def _chart(found: Verification, pairs: dict[str, list[Point]], which: str) -> Chart:
    points = [point for own in pairs.values() for point in own]
    limits = tuple(zip(found.detectable_at_ml, found.detectable_ml, strict=True))
    x = root_axis(max(at for at, _ in (*points, *limits)), label="mean, mL (square-root axis)")
    ends = [sign * ml for _, ml in limits for sign in (1, -1)] + [ml for _, ml in points]
    y = change_axis([ml for _, ml in points], ends, label="second minus first visit, mL", n=5)
    marks: list[Mark] = [across(x, 0.0, role="grid")]
    marks += [_limit(limits, x, sign) for sign in (1, -1)]
    key: list[tuple[Role, str]] = []
    for role, (name, own) in zip(ROLES, pairs.items(), strict=False):
        marks += [Dot(at=at, role=role, opacity=0.7) for at in own]
        key += [(role, name.partition(" (")[0])] if name else []
    return Chart(
        alt=f"{which}difference against mean of the totals of unchanged subjects",
        title=f"{which}unchanged totals; dashed, {LIMIT_WORDS}",
        x=x,
        y=y,
        marks=tuple(marks),
        key=tuple(key),
        width_mm=WIDTH_MM,
        height_mm=HEIGHT_MM,
    )


def _limit(limits: Sequence[Point], x: Axis, sign: int) -> Line:
    """Draw the table of smallest detectable changes, constant before its first volume."""
    points = tuple((at, sign * ml) for at, ml in limits if at <= x.high)
    return Line(points=points, role="soft", is_dashed=True)
