"""T1W of the places of lesions at both visits: whether inflamed marrow healed or turned to fat."""

from collections.abc import Sequence
from itertools import pairwise

from mri_bme.findings import ChangeReport, LesionFate
from mri_bme.report import words
from mri_bme.report.charts.chart import Axis, Chart, Dot, Line, Mark, Role, Words, axis_of, box
from mri_bme.report.page import SubjectPage

KEY: tuple[tuple[Role, str], ...] = (
    ("worse", "resolved, fatty"),
    ("better", "resolved"),
    ("same", "other fates"),
)
MARROW = 1.0
LEAST_GAP = 0.06  # between two labels, of the axis
BAR = 0.12  # half the width of the band of other marrow, of the distance between visits


def tissue_fates(change: ChangeReport | None) -> tuple[LesionFate, ...]:
    """Lesions whose tissue is known: the baseline's, then those that came later."""
    if change is None:
        return ()
    known = [fate for fate in change.fates if fate.tissue is not None]
    before = [fate for fate in known if fate.visit == change.baseline]
    return (*before, *(f for f in known if f.visit != change.baseline and not f.matched))


def tissue_charts(page: SubjectPage) -> tuple[Chart, ...]:
    """Describe T1W of every lesion's place at both visits; none where it is not known."""
    change = words.main_change(page)
    fates = tissue_fates(change)
    if change is None or not fates:
        return ()
    visits = (words.visit_name(change.baseline), words.visit_name(change.followup))
    x = Axis(low=-0.3, high=1.45, ticks=((0.0, visits[0]), (1.0, visits[1])))
    y = axis_of(
        [0.5, MARROW, 1.5, *(v for fate in fates for v in _values(fate))],
        label="T1W, times reference marrow",
        n=4,
    )
    heights = apart([_values(fate)[1] for fate in fates], LEAST_GAP * (y.high - y.low))
    marks = [mark for fate, at in zip(fates, heights, strict=True) for mark in _marks(fate, at)]
    marrow = Line(points=((x.low, MARROW), (x.high, MARROW)), role="soft", is_dashed=True)
    return (
        Chart(
            alt="T1W of the place of each lesion at both visits, relative to reference marrow",
            title="T1W where lesions were",
            x=x,
            y=y,
            marks=(marrow, *marks),
            key=(*KEY, ("grid", "other marrow at that visit, 95 of 100 places")),
            height_mm=70.0,
        ),
    )


def role_of(fate: LesionFate) -> Role:
    """Colour of a lesion by what became of it."""
    if fate.became != fate.fate.value:
        return "worse"
    return "better" if fate.fate.value == "resolved" else "same"


def _values(fate: LesionFate) -> tuple[float, ...]:
    assert fate.tissue is not None  # noqa: S101  (chosen by tissue_fates)
    usual = fate.tissue.usual_followup
    return fate.tissue.baseline, fate.tissue.followup, usual.low, usual.high


def apart(values: Sequence[float], gap: float) -> list[float]:
    """Move heights of labels up until none is nearer to another than `gap`."""
    placed = list(values)
    order = sorted(range(len(values)), key=values.__getitem__)
    for below, above in pairwise(order):
        placed[above] = max(placed[above], placed[below] + gap)
    return placed


def _marks(fate: LesionFate, label_at: float) -> tuple[Mark, ...]:
    before, after, low, high = _values(fate)
    role = role_of(fate)
    said = f"{fate.lesion_id}: {before:.2f} to {after:.2f}, {fate.became}"
    return (
        box((1.0 - BAR, low), (1.0 + BAR, high), role="grid", opacity=0.25),
        Line(points=((0.0, before), (1.0, after)), role=role, width=1.2, title=said),
        Dot(at=(0.0, before), role=role, is_open=True, title=said),
        Dot(at=(1.0, after), role=role, title=said),
        Words(at=(1.0 + BAR + 0.04, label_at), text=fate.lesion_id, role="soft", anchor="start"),
    )
