"""The statistics of a cohort on one page."""

from dataclasses import dataclass
from pathlib import Path

from mri_bme.files import write_text
from mri_bme.report.charts.chart import MOST_DRAWN, Chart
from mri_bme.report.charts.trial import (
    agreement_chart,
    arms_chart,
    measure_name,
    regions_chart,
    timeline_chart,
)
from mri_bme.report.context import cohort_context
from mri_bme.report.html import render
from mri_bme.report.stats_tables import (
    caption,
    interval,
    left_out_text,
    methods_text,
    number,
    p_value,
    statistic_name,
    stats_tables,
)
from mri_bme.report.words import n_subjects, visit_name
from mri_bme.settings import StatsSettings
from mri_bme.summarize_cohort import EDEMA, WHOLE, AgreementPair, Cohort, Statistic, all_changes
from mri_bme.version import __version__

MOST_TIMELINES = 200
"""Subjects whose course is drawn; timelines.csv has everybody's."""


@dataclass(frozen=True, kw_only=True)
class StatsPage:
    """What the page shows; `made_with` names version, networks, settings and readers."""

    cohort: Cohort
    statistics: tuple[Statistic, ...]
    pairs: tuple[AgreementPair, ...]
    settings: StatsSettings
    notes: tuple[str, ...] = ()
    made_with: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A chart and what it shows, in words."""

    chart: Chart
    caption: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """One subject over time."""

    subject: str
    group: str
    panels: tuple[Chart, ...]


def stats_page_html(page: StatsPage) -> str:
    """Render the statistics as one HTML document."""
    return render(
        "stats.html.j2",
        page=page,
        lead=_lead(page),
        tables=stats_tables(page.statistics),
        figures=_figures(page),
        contexts=[
            own
            for followup in page.cohort.followups
            if (own := cohort_context(page.statistics, followup)) is not None
        ],
        timelines=_timelines(page),
        n_subjects=len(_subjects(page.cohort)),
        visits=[visit_name(v) for v in (page.cohort.baseline, *page.cohort.followups)],
        sources=sorted({s.source for s in page.statistics if s.source}),
        version=__version__,
        methods=methods_text(page.statistics),
        names={
            "number": number,
            "interval": interval,
            "p": p_value,
            "statistic": statistic_name,
            "left_out": left_out_text,
        },
    )


def write_stats_page(page: StatsPage, path: Path) -> None:
    """Write the statistics page, one file that can be mailed."""
    write_text(path, stats_page_html(page))


def _subjects(cohort: Cohort) -> list[str]:
    return sorted({m.subject for m in cohort.measurements})


def _lead(page: StatsPage) -> tuple[str, ...]:
    """Sentences that say how many subjects there are and what became of the edema."""
    cohort = page.cohort
    said = [
        f"{n_subjects(len(_subjects(cohort)))} with a measured visit"
        + (f", {len(set(cohort.arms.values()))} arms." if cohort.arms else ".")
    ]
    for followup in cohort.followups:
        found = next(
            (s for s in page.statistics if (s.statistic, s.measure, s.region, s.followup, s.group)
             == ("mean_change", EDEMA, WHOLE, followup, "all")),
            None,
        )  # fmt: skip
        name, lost = visit_name(followup), cohort.n_not_evaluable(followup)
        if found is None:
            said.append(f"{name}: no change could be evaluated ({n_subjects(lost)}).")
            continue
        not_all = f"; {lost} not evaluable and left out" if lost else ""
        if found.value is None:
            said.append(f"{name}: no mean change ({found.note}){not_all}.")
            continue
        spread = f" (95 % interval {interval(found)})" if found.ci_low is not None else ""
        doubt = f"; {found.note}" if found.note else ""
        said.append(
            f"{name}: mean change {number(found)} mL{spread} in {n_subjects(found.n)}"
            f"{doubt}{not_all}."
        )
    return tuple(said)


def _points_words(cohort: Cohort, *, measure: str, followup: str) -> str:
    """Say what a point is, and how many are drawn where not all are."""
    key = (measure, followup, WHOLE)
    n = sum((c.measure, c.followup, c.region) == key for c in all_changes(cohort))
    n_arms = max(len(set(cohort.arms.values())), 1)
    if n <= MOST_DRAWN * n_arms:
        return "one point per subject"
    return f"one point per subject, at most {MOST_DRAWN} of {'each arm' if cohort.arms else n}"


def _figures(page: StatsPage) -> dict[str, tuple[Figure, ...]]:
    cohort = page.cohort
    changed = {(c.followup, c.measure) for c in all_changes(cohort) if c.region == WHOLE}
    order = {v: k for k, v in enumerate(cohort.followups)}
    plots = sorted(changed, key=lambda c: (order[c[0]], cohort.measures.index(c[1])))
    return {
        "cumulative": tuple(
            Figure(
                chart=arms_chart(cohort, measure=measure, followup=followup),
                caption=f"{visit_name(followup)}: change in {measure_name(measure)}, "
                f"{_points_words(cohort, measure=measure, followup=followup)}",
            )
            for followup, measure in plots
        ),
        "regions": tuple(
            Figure(
                chart=regions_chart(page.statistics, followup=followup),
                caption=f"{visit_name(followup)}: mean change by region, 95 % intervals",
            )
            for followup, measure in plots
            if measure == EDEMA
            and any(
                (s.statistic, s.measure, s.followup, s.group)
                == ("mean_change", EDEMA, followup, "all")
                and s.value is not None
                for s in page.statistics
            )
        ),
        "agreement": _agreement_figures(page),
    }


def _agreement_figures(page: StatsPage) -> tuple[Figure, ...]:
    keys = dict.fromkeys((p.against, p.measure, p.visit) for p in page.pairs)
    figures = []
    for key in keys:
        pairs = [p for p in page.pairs if (p.against, p.measure, p.visit) == key]
        if all(p.first == p.second for p in pairs):
            continue
        lines = [s for s in page.statistics if (s.against, s.measure, s.followup) == key]
        figures.append(
            Figure(
                chart=agreement_chart(pairs, lines),
                caption=f"{caption(lines[0])}: difference against mean, with bias and limits of "
                "agreement",
            )
        )
    return tuple(figures)


def _timelines(page: StatsPage) -> tuple[Timeline, ...]:
    """Draw the edema of the first subjects, and beside it each measure, on one scale for all."""
    cohort = page.cohort
    visits = (cohort.baseline, *cohort.followups)
    measures = (EDEMA, *cohort.clinical_measures)
    by_visit = {(m, v): cohort.values(m, v) for m in measures for v in visits}
    return tuple(
        Timeline(
            subject=subject,
            group=", ".join(filter(None, (cohort.arms.get(subject), cohort.strata.get(subject)))),
            panels=tuple(
                timeline_chart(
                    [by_visit[measure, v].get(subject) for v in visits],
                    [value for v in visits for value in by_visit[measure, v].values()],
                    subject=subject,
                    measure=measure,
                )
                for measure in measures
            ),
        )
        for subject in _subjects(cohort)[:MOST_TIMELINES]
    )
