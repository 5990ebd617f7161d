"""Figures for papers: functions of a page that return matplotlib figures."""

from collections.abc import Callable, Mapping
from functools import partial

from matplotlib.figure import Figure

from mri_bme.errors import NotEvaluable
from mri_bme.report.charts.cohort import COHORT_CHARTS
from mri_bme.report.charts.subject import SUBJECT_CHARTS
from mri_bme.report.cohort import CohortPage
from mri_bme.report.figures.drawing import chart_figure
from mri_bme.report.figures.pair import pair_figure
from mri_bme.report.figures.style import FORMATS, figure_bytes
from mri_bme.report.figures.subject import change_figure, registration_figure, slices_figure
from mri_bme.report.page import SubjectPage

__all__ = [
    "COHORT_FIGURES",
    "FORMATS",
    "SUBJECT_FIGURES",
    "change_figure",
    "chart_figure",
    "cumulative_figure",
    "figure_bytes",
    "pair_figure",
    "quadrants_figure",
    "registration_figure",
    "slices_figure",
    "spaghetti_figure",
    "threshold_figure",
    "volumes_figure",
    "waterfall_figure",
]


def _subject_figure(name: str, page: SubjectPage) -> Figure:
    charts = SUBJECT_CHARTS[name](page)
    if not charts:
        raise NotEvaluable(f"{page.subject_id} was not measured; see its status")
    return chart_figure(charts)


def _cohort_figure(name: str, page: CohortPage) -> Figure:
    return chart_figure([COHORT_CHARTS[name](page)])


SUBJECT_FIGURES: Mapping[str, Callable[[SubjectPage], Figure]] = {
    "change": change_figure,
    "slices": slices_figure,
    "registration": registration_figure,
    **{name: partial(_subject_figure, name) for name in SUBJECT_CHARTS},
}
"""Pictures of a subject, and every one of its charts."""

COHORT_FIGURES: Mapping[str, Callable[[CohortPage], Figure]] = {
    name: partial(_cohort_figure, name) for name in COHORT_CHARTS
}

volumes_figure = SUBJECT_FIGURES["volumes"]
quadrants_figure = SUBJECT_FIGURES["quadrants"]
threshold_figure = SUBJECT_FIGURES["threshold"]
waterfall_figure = COHORT_FIGURES["waterfall"]
spaghetti_figure = COHORT_FIGURES["spaghetti"]
cumulative_figure = COHORT_FIGURES["cumulative"]
