"""Figures for papers: functions of a page that return matplotlib figures."""

from collections.abc import Callable, Mapping

from matplotlib.figure import Figure

from mri_bme.report.cohort import CohortPage
from mri_bme.report.figures.cohort import (
    cumulative_figure,
    spaghetti_figure,
    waterfall_figure,
)
from mri_bme.report.figures.pair import pair_figure
from mri_bme.report.figures.style import FORMATS, figure_bytes
from mri_bme.report.figures.subject import (
    change_figure,
    quadrants_figure,
    registration_figure,
    slices_figure,
    threshold_figure,
    volumes_figure,
)
from mri_bme.report.page import SubjectPage

SUBJECT_FIGURES: Mapping[str, Callable[[SubjectPage], Figure]] = {
    "change": change_figure,
    "slices": slices_figure,
    "volumes": volumes_figure,
    "quadrants": quadrants_figure,
    "threshold": threshold_figure,
    "registration": registration_figure,
}
COHORT_FIGURES: Mapping[str, Callable[[CohortPage], Figure]] = {
    "waterfall": waterfall_figure,
    "spaghetti": spaghetti_figure,
    "cumulative": cumulative_figure,
}

__all__ = [
    "COHORT_FIGURES",
    "FORMATS",
    "SUBJECT_FIGURES",
    "change_figure",
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
