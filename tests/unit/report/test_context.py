"""What trials report stands beside the SPARCC estimate, cited, and beside nothing in mL."""

import re
from dataclasses import replace

import pytest
from made_up_cohort import SETTINGS, made_up

from mri_bme.report import SubjectPage, subject_page_html
from mri_bme.report.charts.chart import Dot, Line
from mri_bme.report.context import (
    SMALLEST_DETECTABLE,
    SOURCES,
    cohort_context,
    context_chart,
    judged,
    subject_context,
)
from mri_bme.report.stats_page import StatsPage, stats_page_html
from mri_bme.summarize_cohort import SPARCC, WHOLE, Statistic


def with_scores(page: SubjectPage, before: int | None, after: int | None) -> SubjectPage:
    visits = tuple(
        replace(visit, burden=replace(visit.burden, sparcc_estimate=score))
        for visit, score in zip(page.findings.visits, (before, after), strict=True)
        if visit.burden is not None
    )
    return replace(page, findings=replace(page.findings, visits=visits))


def test_the_change_is_that_of_the_estimate(drawn_page: SubjectPage) -> None:
    own = subject_context(with_scores(drawn_page, 23, 1))
    assert own is not None
    assert own.change == -22.0
    assert "estimated at 23 (baseline) and 1 (week 14): a change of −22, beyond" in own.said


def test_without_an_estimate_at_both_visits_nothing_is_said(drawn_page: SubjectPage) -> None:
    page = with_scores(drawn_page, 23, None)
    assert subject_context(page) is None
    assert "38158505" not in subject_page_html(page)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (-2, "no more than the minimally important change"),
        (2, "no more than the minimally important change"),
        (-3, "but not beyond what two of them can tell from none (3.4)"),
        (-4, "and beyond what two of them can tell from none (3.4)"),
    ],
)
def test_a_change_is_held_against_what_is_important_and_what_can_be_seen(change, said) -> None:
    assert said in judged(change)


def test_trials_are_drawn_as_they_are_reported(drawn_page: SubjectPage) -> None:
    own = subject_context(with_scores(drawn_page, 10, 4))
    assert own is not None
    chart = context_chart(own)
    assert [m.at[0] for m in chart.marks if isinstance(m, Dot)] == [-6.0, -3.29, -4.66, -3.06]
    spans = [
        (m.points[0][0], m.points[1][0])
        for m in chart.marks
        if isinstance(m, Line) and m.role == "same"
    ]
    assert spans == [(-4.25, -2.34), (-6.22, -3.09), (-3.24, -2.89)]
    band = next(m for m in chart.marks if isinstance(m, Line) and m.fill is not None)
    assert {x for x, _ in band.points} == {-SMALLEST_DETECTABLE, SMALLEST_DETECTABLE}


def test_the_page_cites_its_sources_and_speaks_of_no_millilitre_there(
    drawn_page: SubjectPage,
) -> None:
    html = subject_page_html(with_scores(drawn_page, 10, 4))
    (section,) = re.findall(r'aria-label="SPARCC in context">(.*?)</section>', html, re.DOTALL)
    for text in ("PMID 38158505", "doi:10.3899/jrheum.140806", "no reader"):
        assert text in section
    assert section.count("<li>") == len(SOURCES)
    assert "mL" not in section


def test_a_cohort_has_its_mean_change_with_its_interval() -> None:
    mean = Statistic(
        statistic="mean_change",
        measure=SPARCC,
        region=WHOLE,
        group="all",
        followup="week14",
        n=30,
        value=-4.0,
        ci_low=-6.0,
        ci_high=-2.0,
    )
    own = cohort_context((mean,), "week14")
    assert own is not None
    assert (own.change, own.interval and own.interval.low) == (-4.0, -6.0)
    assert cohort_context((mean,), "week28") is None
    page = StatsPage(cohort=made_up(), statistics=(mean,), pairs=(), settings=SETTINGS)
    assert "changed by −4 on average of 30 subjects by week 14" in stats_page_html(page)
