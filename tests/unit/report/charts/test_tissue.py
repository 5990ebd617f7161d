"""The chart of T1W shows every lesion's place at both visits, and other marrow beside it."""

from dataclasses import replace

import pytest

from mri_bme.findings import ChangeReport, Fate, Interval, LesionTissue
from mri_bme.report import SubjectPage, subject_page_html
from mri_bme.report.charts.chart import Dot
from mri_bme.report.charts.tissue import apart, role_of, tissue_charts, tissue_fates
from mri_bme.report.figures import SUBJECT_FIGURES

FATTY = LesionTissue(
    baseline=0.6,
    followup=1.5,
    usual_change=Interval(low=-0.1, high=0.1),
    usual_followup=Interval(low=0.8, high=1.2),
)


@pytest.fixture
def fatty_page(drawn_page: SubjectPage) -> SubjectPage:
    change: ChangeReport = drawn_page.changes["week14"]
    first = replace(change.fates[0], fate=Fate.RESOLVED, matched=(), tissue=FATTY)
    changes = {"week14": replace(change, fates=(first,))}
    return replace(drawn_page, findings=replace(drawn_page.findings, changes=changes))


def test_a_lesion_is_drawn_from_visit_to_visit(fatty_page: SubjectPage) -> None:
    (chart,) = tissue_charts(fatty_page)
    dots = [(mark.at, mark.is_open) for mark in chart.marks if isinstance(mark, Dot)]
    assert dots == [((0.0, 0.6), True), ((1.0, 1.5), False)]


def test_page_and_paper_tell_what_became_of_it(fatty_page: SubjectPage) -> None:
    html = subject_page_html(fatty_page)
    assert "<td>L1</td><td>resolved, fatty</td>" in html
    assert SUBJECT_FIGURES["tissue"](fatty_page).axes


def test_nothing_is_drawn_of_what_is_not_known(drawn_page: SubjectPage) -> None:
    change = drawn_page.changes["week14"]
    unknown = tuple(replace(fate, tissue=None) for fate in change.fates)
    changes = {"week14": replace(change, fates=unknown)}
    page = replace(drawn_page, findings=replace(drawn_page.findings, changes=changes))
    assert tissue_charts(page) == ()
    assert tissue_fates(None) == ()
    assert 'id="became"' not in subject_page_html(page)


def test_colours_tell_fat_from_marrow_and_both_from_other_fates(fatty_page: SubjectPage) -> None:
    (fate,) = tissue_fates(fatty_page.changes["week14"])
    healed = replace(fate, tissue=replace(FATTY, followup=1.0))
    grown = replace(fate, fate=Fate.GROWN)
    assert [role_of(one) for one in (fate, healed, grown)] == ["worse", "better", "same"]


def test_labels_of_equal_values_do_not_lie_on_one_another() -> None:
    assert apart([0.5, 1.0, 0.52, 1.01], 0.1) == pytest.approx([0.5, 1.0, 0.6, 1.1])
    assert apart([], 0.1) == []
