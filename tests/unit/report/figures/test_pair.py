"""The figure of a pair: one slice a row, before and after, and what was made of the fit."""

import numpy as np
import pytest
from drawn_subject import moved_week14

from mri_bme.findings import Registration, RegistrationQuality
from mri_bme.report import SubjectPage
from mri_bme.report.figures import pair_figure
from mri_bme.report.figures.pair import COLUMNS
from mri_bme.report.figures.style import MM_PER_INCH, TWO_COLUMNS_MM
from mri_bme.report.fusion import VisitPair, overlays


def pair_of(page: SubjectPage, *, accepted: bool, reason: str = "") -> VisitPair:
    first, last = (visit.pixels for visit in page.visits)
    assert first is not None
    assert last is not None
    quality = RegistrationQuality(accepted=accepted, reason=reason, similarity=0.9)
    registration = Registration(moving_from_fixed=moved_week14(), quality=quality)
    return VisitPair(first=first, last=last, registration=registration)


def test_every_slice_is_a_row_of_both_visits_squares_and_edges(drawn_page: SubjectPage) -> None:
    pair = pair_of(drawn_page, accepted=True)
    rows = overlays(pair)
    figure = pair_figure(pair)
    assert len(figure.axes) == len(rows) * len(COLUMNS)
    shown = [axes.images[0].get_array() for axes in figure.axes[: len(COLUMNS)]]
    for picture, drawn in zip(
        (rows[0].first, rows[0].last, rows[0].checkerboard, rows[0].edges), shown, strict=True
    ):
        np.testing.assert_array_equal(np.asarray(drawn), picture)
    assert figure.get_figwidth() * MM_PER_INCH == pytest.approx(TWO_COLUMNS_MM)


def test_columns_are_named_once_below_and_rows_by_when_and_slice(drawn_page: SubjectPage) -> None:
    pair = pair_of(drawn_page, accepted=True)
    figure = pair_figure(pair)
    below = [axes.get_xlabel() for axes in figure.axes]
    assert below[-len(COLUMNS) :] == list(COLUMNS)
    assert not any(below[: -len(COLUMNS)])
    titles = [axes.get_title(loc="left") for axes in figure.axes[:: len(COLUMNS)]]
    assert titles == [f"{row.when}, slice {row.k + 1}" for row in overlays(pair)]


def test_a_refused_fit_is_drawn_with_the_reason(drawn_page: SubjectPage) -> None:
    figure = pair_figure(pair_of(drawn_page, accepted=False, reason="do not look alike"))
    said = " ".join(figure.get_suptitle().split())
    assert "do not look alike" in said
    assert "fits" not in said
