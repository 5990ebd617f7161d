"""Charts of a trial's statistics: distribution by arm, regions, agreement, timelines."""

from collections.abc import Sequence

from mri_bme.report.charts.chart import (
    Axis,
    Chart,
    Dot,
    Line,
    Mark,
    Role,
    Words,
    across,
    axis_of,
    change_axis,
    named_axis,
    root_axis,
    spread,
    upright,
)
from mri_bme.report.charts.cohort import SHARES
from mri_bme.report.words import region_name
from mri_bme.summarize_cohort import (
    EDEMA,
    WHOLE,
    AgreementPair,
    Cohort,
    MeasuredChange,
    Statistic,
    all_changes,
    cumulative_probability,
)

ARM_ROLES: tuple[Role, ...] = ("arm1", "arm2", "arm3", "arm4")
MEASURE_NAMES = {EDEMA: "edema, mL", "sparcc_estimate": "SPARCC estimate"}
WIDTH_MM, HEIGHT_MM = 110.0, 75.0
HEAD_MM, ROW_MM, FEWEST_ROWS = 18.0, 5.3, 4
LIMITS = ("limit_of_agreement_low", "limit_of_agreement_high")


def measure_name(measure: str) -> str:
    """Name a measure for an axis or a table."""
    return MEASURE_NAMES.get(measure, measure)


def arms_chart(cohort: Cohort, *, measure: str, followup: str) -> Chart:
    """Describe the change of every subject against cumulative probability, one line per arm."""
    changes = [
        c
        for c in all_changes(cohort)
        if (c.measure, c.followup, c.region) == (measure, followup, WHOLE)
    ]
    x = Axis(low=0.0, high=100.0, ticks=SHARES, label="cumulative probability")
    told = [c.change for c in changes]
    marks: list[Mark] = [across(x, 0.0)]
    key: list[tuple[Role, str]] = []
    for k, (name, values) in enumerate(_by_arm(cohort, changes)):
        role = ARM_ROLES[k % len(ARM_ROLES)]
        points = spread(
            tuple((100 * float(p), float(v)) for p, v in cumulative_probability(values))
        )
        marks += [
            Line(points=tuple(points), role=role, width=1.2),
            *(Dot(at=at, role=role) for at in points),
        ]
        key.append((role, f"{name} (n = {len(values)})"))
    return Chart(
        alt=f"Cumulative probability of the change in {measure_name(measure)}",
        x=x,
        y=change_axis(told, told, label=f"change in {measure_name(measure)}"),
        marks=tuple(marks),
        key=tuple(key),
        width_mm=WIDTH_MM,
        height_mm=HEIGHT_MM,
    )


def _by_arm(cohort: Cohort, changes: Sequence[MeasuredChange]) -> list[tuple[str, list[float]]]:
    if not cohort.arms:
        return [("all", [c.change for c in changes])]
    found = {
        arm: [c.change for c in changes if cohort.arms.get(c.subject) == arm]
        for arm in sorted(set(cohort.arms.values()))
    }
    return [(arm, values) for arm, values in found.items() if values]


def regions_chart(statistics: Sequence[Statistic], *, followup: str) -> Chart:
    """Describe the mean change of edema in every region with its interval."""
    chosen = [
        s
        for s in statistics
        if (s.statistic, s.measure, s.followup, s.group) == ("mean_change", EDEMA, followup, "all")
        and s.value is not None
    ]
    y = named_axis([region_name(s.region) for s in chosen])
    marks: list[Mark] = [upright(y, 0.0)]
    for k, found in enumerate(chosen):
        role: Role = "ink" if found.region == WHOLE else "first"
        if found.ci_low is not None and found.ci_high is not None:
            ends = ((found.ci_low, -float(k)), (found.ci_high, -float(k)))
            marks.append(Line(points=ends, role=role, width=1.4))
        marks.append(Dot(at=(found.value or 0.0, -float(k)), role=role))
    values = [v for s in chosen for v in (s.value, s.ci_low, s.ci_high) if v is not None]
    return Chart(
        alt="Mean change in edema by region, with 95 % intervals",
        x=axis_of([0.0, *values], label="mean change in edema, mL", n=5),
        y=y,
        marks=tuple(marks),
        width_mm=WIDTH_MM,
        height_mm=HEAD_MM + ROW_MM * max(len(chosen), FEWEST_ROWS),
    )


def agreement_chart(pairs: Sequence[AgreementPair], statistics: Sequence[Statistic]) -> Chart:
    """Describe differences against means (Bland & Altman), with bias and limits of agreement."""
    points = [((p.first + p.second) / 2, p.first - p.second) for p in pairs]
    lines = [
        (s.value, s.statistic in LIMITS)
        for s in statistics
        if s.statistic in ("bias", *LIMITS) and s.value is not None
    ]
    measure = measure_name(pairs[0].measure)
    x = axis_of([x for x, _ in points], label=f"mean of both, {measure}", n=5)
    return Chart(
        alt=f"Difference against mean of two measurements of {measure}",
        x=x,
        y=axis_of([0.0, *(y for _, y in points), *(v for v, _ in lines)],
                  label="first minus second"),
        marks=(
            across(x, 0.0, role="grid"),
            *(Dot(at=at, role="first", opacity=0.8) for at in points),
            *(across(x, value, role="second", is_dashed=limit) for value, limit in lines),
        ),
        width_mm=WIDTH_MM,
        height_mm=HEIGHT_MM,
    )  # fmt: skip


def timeline_chart(
    values: Sequence[float | None], everyones: Sequence[float], *, subject: str, measure: str
) -> Chart:
    """Describe one measure of one subject over its visits, on one scale for all subjects."""
    said = ", ".join(f"{v:.3g}" for v in values if v is not None) or "no value"
    role: Role = "first" if measure == EDEMA else "second"
    low, high = min([0.0, *everyones]), max([0.0, *everyones])
    y = Axis(low=low, high=high if high > low else low + 1.0)
    x = Axis(low=-0.2, high=len(values) - 0.3)
    points = tuple((float(k), v) for k, v in enumerate(values) if v is not None)
    room = 0.2 * (y.high - y.low)
    return Chart(
        alt=f"{subject}, {measure_name(measure)}: {said}",
        title=measure_name(measure),
        x=x,
        y=Axis(low=y.low - room / 2, high=y.high + 2 * room),
        marks=(
            across(x, y.low, role="grid"),
            *((Line(points=points, role=role, width=1.5),) if points else ()),
            *(Dot(at=at, role=role) for at in points),
            *(Words(at=(k, v + room), text=f"{v:.3g}", anchor="start") for k, v in points),
        ),
        width_mm=48.0,
        height_mm=22.0,
        has_frame=False,
    )


def identity_chart(points: Sequence[tuple[float, float]]) -> Chart:
    """Describe found against true volumes, with the line of identity."""
    top = max((v for point in points for v in point), default=1.0)
    x, y = root_axis(top, label="true, mL"), root_axis(top, label="found, mL")
    return Chart(
        alt="Found against true edema volume",
        x=x,
        y=y,
        marks=(
            Line(points=((0.0, 0.0), (x.high, y.high)), role="soft"),
            *(Dot(at=(true, found), role="first", opacity=0.45) for true, found in points),
        ),
        height_mm=85.0,
    )
