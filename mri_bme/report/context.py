"""What trials report of SPARCC, to stand beside its estimate; never beside millilitres."""

from collections.abc import Sequence
from dataclasses import dataclass

from mri_bme.findings import Interval
from mri_bme.record import numbers
from mri_bme.report import words
from mri_bme.report.charts.chart import (
    Chart,
    Dot,
    Line,
    Mark,
    Role,
    axis_of,
    box,
    named_axis,
    upright,
)
from mri_bme.report.page import SubjectPage
from mri_bme.summarize_cohort import SPARCC, WHOLE, Statistic


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialEffect:
    """Mean difference of the change of SPARCC against control, weeks 12 to 16."""

    drugs: str
    n_trials: int
    difference: float
    interval: Interval


TRIALS = (
    TrialEffect(
        drugs="TNF inhibitors",
        n_trials=9,
        difference=-3.29,
        interval=Interval(low=-4.25, high=-2.34),
    ),
    TrialEffect(
        drugs="IL-17 inhibitors",
        n_trials=3,
        difference=-4.66,
        interval=Interval(low=-6.22, high=-3.09),
    ),
    TrialEffect(
        drugs="JAK inhibitors",
        n_trials=4,
        difference=-3.06,
        interval=Interval(low=-3.24, high=-2.89),
    ),
)
"""Meta-analysis of 18 randomized trials, PMID 38158505."""
MINIMALLY_IMPORTANT = 2.5  # Maksymowych et al., J Rheumatol 2012
SMALLEST_DETECTABLE = 3.4  # of the mean of two readers, 3 months; doi:10.3899/jrheum.140806
SOURCES = (
    "Effects of disease-modifying anti-rheumatic drugs on sacroiliac MRI score in axial "
    "spondyloarthritis: a systematic review and meta-analysis. Clin Rheumatol 2023. PMID 38158505 "
    "(18 trials; weighted mean differences against control at weeks 12 to 16).",
    "Maksymowych WP, et al. Defining the minimally important change for the SpondyloArthritis "
    "Research Consortium of Canada spine and sacroiliac joint magnetic resonance imaging indices "
    "for ankylosing spondylitis. J Rheumatol 2012 (2.5 for the sacroiliac joints).",
    "van den Berg R, et al. Metric properties of the SPARCC score of the sacroiliac joints: data "
    "from baseline, 3-month, and 12-month followup in the SPACE cohort. J Rheumatol 2015. "
    "doi:10.3899/jrheum.140806 (smallest detectable change 3.4 over 3 months).",
)
CAUTION = (
    "The score is estimated from the outlines and is no reader's. Trials report differences of "
    "group means against control, so that a subject's own change, or that of a cohort without "
    "control, holds what control groups have as well."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SparccChange:
    """A change of the SPARCC estimate: of one subject, or the mean of a cohort."""

    whose: str
    said: str
    change: float
    interval: Interval | None = None


def subject_context(page: SubjectPage) -> SparccChange | None:
    """Take the change of a subject's SPARCC estimate; None where a visit has none."""
    change = words.main_change(page)
    if change is None:
        return None
    visits = change.baseline, change.followup
    before, after = (
        None if burden is None else burden.sparcc_estimate
        for burden in (page.visit(label).findings.burden for label in visits)
    )
    if before is None or after is None:
        return None
    return SparccChange(
        whose="this subject, estimate",
        said=f"SPARCC is estimated at {before} ({words.visit_name(change.baseline).lower()}) and "
        f"{after} ({words.visit_name(change.followup).lower()}): {judged(after - before)}",
        change=float(after - before),
    )


def cohort_context(statistics: Sequence[Statistic], followup: str) -> SparccChange | None:
    """Take the mean change of a cohort's SPARCC estimate; None where there is none."""
    found = next(
        (
            s
            for s in statistics
            if (s.statistic, s.measure, s.region, s.followup, s.group)
            == ("mean_change", SPARCC, WHOLE, followup, "all")
        ),
        None,
    )
    if found is None or found.value is None:
        return None
    known = found.ci_low is not None and found.ci_high is not None
    return SparccChange(
        whose="this cohort, estimate",
        said=f"The estimate of SPARCC changed by {numbers.decimal(found.value)} on average of "
        f"{words.n_subjects(found.n)} by {words.visit_name(followup).lower()}.",
        change=found.value,
        interval=Interval(low=found.ci_low or 0.0, high=found.ci_high or 0.0) if known else None,
    )


def judged(change: int) -> str:
    """Say how a subject's change lies to what is important and what can be detected."""
    size = abs(change)
    if size <= MINIMALLY_IMPORTANT:
        beside = f"no more than the minimally important change of readers ({MINIMALLY_IMPORTANT:g})"
    elif size <= SMALLEST_DETECTABLE:
        beside = (
            f"beyond the minimally important change of readers ({MINIMALLY_IMPORTANT:g}), but not "
            f"beyond what two of them can tell from none ({SMALLEST_DETECTABLE:g})"
        )
    else:
        beside = (
            f"beyond the minimally important change of readers ({MINIMALLY_IMPORTANT:g}) and "
            f"beyond what two of them can tell from none ({SMALLEST_DETECTABLE:g})"
        )
    return f"a change of {numbers.decimal(change)}, {beside}."


def context_chart(own: SparccChange) -> Chart:
    """Draw a change of the estimate above what trials report, with what cannot be detected."""
    names = (own.whose, *(f"{t.drugs} ({t.n_trials} trials)" for t in TRIALS))
    rows = (
        (own.change, own.interval),
        *((trial.difference, trial.interval) for trial in TRIALS),
    )
    ends = [end for value, i in rows for end in ((value,) if i is None else (i.low, i.high))]
    x = axis_of(
        [-SMALLEST_DETECTABLE, SMALLEST_DETECTABLE, *ends], label="change of SPARCC (0 to 72)", n=5
    )
    y = named_axis(names)
    marks: list[Mark] = [
        box(
            (-SMALLEST_DETECTABLE, y.low), (SMALLEST_DETECTABLE, y.high), role="soft", opacity=0.15
        ),
        upright(y, 0.0, role="ink"),
        upright(y, -MINIMALLY_IMPORTANT, is_dashed=True),
        upright(y, MINIMALLY_IMPORTANT, is_dashed=True),
    ]
    for k, (value, interval) in enumerate(rows):
        role: Role = "first" if k == 0 else "same"
        if interval is not None:
            ends_at = ((interval.low, -float(k)), (interval.high, -float(k)))
            marks.append(Line(points=ends_at, role=role, width=1.2))
        marks.append(Dot(at=(value, -float(k)), role=role))
    return Chart(
        alt=f"Change of SPARCC: {own.whose}, {numbers.decimal(own.change)}, and the differences "
        "against control that trials report for three kinds of drugs",
        title="Change of SPARCC beside what trials report",
        x=x,
        y=y,
        marks=tuple(marks),
        key=(
            ("first", own.whose),
            ("same", "trials, difference against control at weeks 12 to 16, 95 % interval"),
            ("grid", f"grey: within ±{SMALLEST_DETECTABLE:g}; dashed: ±{MINIMALLY_IMPORTANT:g}"),
        ),
        height_mm=48.0,
    )
