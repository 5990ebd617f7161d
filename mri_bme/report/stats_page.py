"""The statistics of a cohort on one page."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mri_bme.files import write_text
from mri_bme.report.cohort_figures import (
    agreement_figure,
    cumulative_figure,
    figure_uri,
    measure_name,
    regions_figure,
)
from mri_bme.report.html import render
from mri_bme.report.words import DASH, MINUS, n_subjects, visit_name
from mri_bme.settings import StatsSettings
from mri_bme.summarize_cohort import EDEMA, WHOLE, AgreementPair, Cohort, Statistic, all_changes
from mri_bme.version import __version__

PANEL_WIDTH, PANEL_HEIGHT = 200.0, 80.0
NAMES = {
    "mean": "Mean",
    "sd": "SD",
    "median": "Median",
    "mean_change": "Mean change",
    "median_change": "Median change",
    "sd_change": "SD of change",
    "srm": "Standardized response mean",
    "paired_t_test": "Paired t test (t)",
    "wilcoxon_test": "Signed-rank test (W)",
    "adjusted_change": "Change at the mean baseline",
    "ancova_difference": "Difference, adjusted for baseline (ANCOVA)",
    "guyatt": "Guyatt's effect size",
    "mixed_model_change": "Change, mixed model of all visits",
    "mixed_model_difference": "Difference of change, mixed model of all visits",
    "proportion_difference": "Difference of the shares of responders",
    "share_responder": "Responders (resolved or decreased)",
    "spearman": "Spearman",
    "pearson": "Pearson",
    "spearman_of_changes": "Spearman, changes",
    "pearson_of_changes": "Pearson, changes",
    "bias": "Bias",
    "limit_of_agreement_low": "Limit of agreement, lower",
    "limit_of_agreement_high": "Limit of agreement, upper",
    "icc_2_1": "ICC(2,1), absolute agreement",
    "sdc": "Smallest detectable change",
    "subjects_per_arm": "Subjects per arm, two arms",
    "subjects_before_after": "Subjects, one arm before and after",
}
CHANGE = (
    "mean_change",
    "median_change",
    "sd_change",
    "srm",
    "paired_t_test",
    "wilcoxon_test",
    "adjusted_change",
    "mixed_model_change",
)
ARMS = ("guyatt", "ancova_difference", "mixed_model_difference", "proportion_difference")
CORRELATION = ("spearman", "pearson", "spearman_of_changes", "pearson_of_changes")
AGREEMENT = ("bias", "limit_of_agreement_low", "limit_of_agreement_high", "icc_2_1", "sdc")
PLANNING = ("subjects_per_arm", "subjects_before_after")


@dataclass(frozen=True, kw_only=True)
class StatsPage:
    """What the page shows."""

    cohort: Cohort
    statistics: tuple[Statistic, ...]
    pairs: tuple[AgreementPair, ...]
    settings: StatsSettings
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A picture and what it shows, in words."""

    uri: str
    caption: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows of numbers under a caption."""

    caption: str
    rows: tuple[Statistic, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One measure of one subject: points (x, y, text) on `PANEL_WIDTH` x `PANEL_HEIGHT`."""

    measure: str
    is_mri: bool
    points: tuple[tuple[float, float, str], ...]

    @property
    def line(self) -> str:
        """The points as SVG wants them."""
        return " ".join(f"{x:.1f},{y:.1f}" for x, y, _ in self.points)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """One subject over time."""

    subject: str
    group: str
    panels: tuple[Panel, ...]


def number(value: float | None, *, whole: bool = False) -> str:
    """Write a number with three significant digits, or a dash when it is missing."""
    if value is None:
        return DASH
    text = f"{abs(value):.0f}" if whole or abs(value) >= 99.95 else f"{abs(value):.3g}"
    text = f"{abs(value):.2f}" if "e" in text else text
    return f"{MINUS}{text}" if value < 0 and float(text) != 0 else text


def interval(found: Statistic) -> str:
    """Write the interval of a statistic."""
    if found.ci_low is None or found.ci_high is None:
        return DASH
    return f"{number(found.ci_low)} to {number(found.ci_high)}"


def p_value(found: Statistic) -> str:
    """Write a p value with two significant digits, and no smaller than 0.001."""
    if found.p_value is None:
        return DASH
    return "< 0.001" if found.p_value < 0.001 else f"{found.p_value:.2g}"


def statistic_name(found: Statistic) -> str:
    """Name a statistic in words."""
    share = found.statistic.removeprefix("share_")
    return NAMES.get(found.statistic, f"Share {share}" if share != found.statistic else share)


def stats_page_html(page: StatsPage) -> str:
    """Render the statistics as one HTML document."""
    return render(
        "stats.html.j2",
        page=page,
        lead=_lead(page),
        tables=_tables(page),
        figures=_figures(page),
        timelines=_timelines(page),
        visits=[visit_name(v) for v in (page.cohort.baseline, *page.cohort.followups)],
        panel_size=(PANEL_WIDTH, PANEL_HEIGHT),
        sources=sorted({s.source for s in page.statistics if s.source}),
        version=__version__,
        names={"number": number, "interval": interval, "p": p_value, "statistic": statistic_name},
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
        name, lost = visit_name(followup), cohort.not_evaluable.get(followup, 0)
        if found is None:
            said.append(f"{name}: no change could be evaluated ({n_subjects(lost)}).")
            continue
        spread = f" (95 % interval {interval(found)})" if found.ci_low is not None else ""
        doubt = f"; {found.note}" if found.note else ""
        not_all = f"; {lost} not evaluable and left out" if lost else ""
        said.append(
            f"{name}: mean change {number(found.value)} mL{spread} in {n_subjects(found.n)}"
            f"{doubt}{not_all}."
        )
    return tuple(said)


def _tables(page: StatsPage) -> dict[str, tuple[Table, ...]]:
    of_whole = [s for s in page.statistics if s.region in ("", WHOLE)]
    of_all = [s for s in of_whole if s.group in ("", "all")]
    of_parts = [s for s in of_whole if s.group not in ("", "all")]
    return {
        "change": _split(of_all, CHANGE),
        "change_of_groups": _split(of_parts, CHANGE),
        "arms": _split(of_whole, ARMS),
        "responders": _split([s for s in of_all if s.statistic.startswith("share_")], ()),
        "responders_of_groups": _split(
            [s for s in of_parts if s.statistic.startswith("share_")], ()
        ),
        "correlation": _split(of_whole, CORRELATION),
        "agreement": _split(of_whole, AGREEMENT),
        "planning": _split(of_whole, PLANNING),
    }


def _split(statistics: Sequence[Statistic], names: Sequence[str]) -> tuple[Table, ...]:
    """Group statistics into tables by visit, measure, comparison and group."""
    tables: dict[str, list[Statistic]] = {}
    for found in statistics:
        if not names or found.statistic in names:
            tables.setdefault(_caption(found), []).append(found)
    order = {name: k for k, name in enumerate(names)}
    return tuple(
        Table(caption=caption, rows=tuple(sorted(rows, key=lambda s: order.get(s.statistic, 0))))
        for caption, rows in tables.items()
    )


def _caption(found: Statistic) -> str:
    measure = {"verdict": "verdict", "responder": "responders"}.get(
        found.measure, measure_name(found.measure)
    )
    visit = found.followup.removeprefix("change ")
    when = ("Change at " if visit != found.followup else "") + visit_name(visit)
    about = f"{measure} and {found.against}" if found.against else measure
    group = "" if found.group in ("", "all") else f", {found.group}"
    return f"{when}: {about}{group}"


def _figures(page: StatsPage) -> dict[str, tuple[Figure, ...]]:
    cohort = page.cohort
    changed = {(c.followup, c.measure) for c in all_changes(cohort) if c.region == WHOLE}
    order = {v: k for k, v in enumerate(cohort.followups)}
    plots = sorted(changed, key=lambda c: (order[c[0]], cohort.measures.index(c[1])))
    return {
        "cumulative": tuple(
            Figure(
                uri=figure_uri(cumulative_figure(cohort, measure=measure, followup=followup)),
                caption=f"{visit_name(followup)}: change in {measure_name(measure)}, "
                "one point per subject",
            )
            for followup, measure in plots
        ),
        "regions": tuple(
            Figure(
                uri=figure_uri(regions_figure(page.statistics, followup=followup)),
                caption=f"{visit_name(followup)}: mean change by region, 95 % intervals",
            )
            for followup, measure in plots
            if measure == EDEMA
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
                uri=figure_uri(agreement_figure(pairs, lines)),
                caption=f"{_caption(lines[0])}: difference against mean, with bias and limits of "
                "agreement",
            )
        )
    return tuple(figures)


def _timelines(page: StatsPage) -> tuple[Timeline, ...]:
    """Draw every subject's edema, and beside it each clinical measure on one scale for all."""
    cohort = page.cohort
    visits = (cohort.baseline, *cohort.followups)
    measures = (EDEMA, *cohort.clinical_measures)
    by_visit = {(m, v): cohort.values(m, v) for m in measures for v in visits}
    return tuple(
        Timeline(
            subject=subject,
            group=", ".join(filter(None, (cohort.arms.get(subject), cohort.strata.get(subject)))),
            panels=tuple(
                _panel(
                    measure,
                    [by_visit[measure, v].get(subject) for v in visits],
                    [value for v in visits for value in by_visit[measure, v].values()],
                )
                for measure in measures
            ),
        )
        for subject in _subjects(cohort)
    )


def _panel(measure: str, values: Sequence[float | None], everyones: Sequence[float]) -> Panel:
    low, high = min([0.0, *everyones]), max([0.0, *everyones])
    step = PANEL_WIDTH / max(len(values) - 1, 1)
    points = tuple(
        (k * step, PANEL_HEIGHT * (1 - (value - low) / ((high - low) or 1.0)), number(value))
        for k, value in enumerate(values)
        if value is not None
    )
    return Panel(measure=measure_name(measure), is_mri=measure == EDEMA, points=points)
