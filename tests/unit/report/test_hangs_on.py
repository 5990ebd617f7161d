"""What a verdict hangs on is said as the verdicts at the ends have it, not by direction alone."""

from dataclasses import replace

import pytest

from mri_bme.findings import ChangeReport, Interval, Sensitivity, Verdict
from mri_bme.measurement_error.sensitivity import LOOK
from mri_bme.report import SubjectPage, subject_page_html
from mri_bme.report.figures.captions import subject_caption
from mri_bme.report.hangs_on import hangs_on, wider_without_doubt

ENDS = Interval(low=-5.0, high=-1.0)
LESS, GONE, SAME = Verdict.DECREASED, Verdict.RESOLVED, Verdict.UNCHANGED


@pytest.fixture
def change(drawn_page: SubjectPage) -> ChangeReport:
    found = drawn_page.changes["week14"]
    total = replace(found.regions["total"], verdict=LESS)
    return replace(found, regions={**found.regions, "total": total})


def moved(change: ChangeReport, **verdicts: tuple[Verdict, Verdict]) -> ChangeReport:
    found = (Sensitivity(source=s, change_ml=ENDS, verdicts=v) for s, v in verdicts.items())
    return replace(change, sensitivity=tuple(found))


def test_the_same_verdict_at_all_ends_is_said_so(change: ChangeReport) -> None:
    told = hangs_on(moved(change, judge=(LESS, LESS), threshold=(LESS, LESS)))
    assert told == "No single source changes the verdict."


def test_another_name_of_the_same_direction_is_not_called_the_same_verdict(
    change: ChangeReport,
) -> None:
    told = hangs_on(moved(change, judge=(GONE, LESS), threshold=(LESS, LESS), edge=(GONE, GONE)))
    assert "No single source changes the verdict" not in told
    assert told.endswith(
        "it is called resolved rather than decreased at an end of judge and of edge."
    )


def test_another_direction_is_what_the_verdict_hangs_on(change: ChangeReport) -> None:
    told = hangs_on(moved(change, judge=(GONE, LESS), threshold=(LESS, SAME)))
    assert told.startswith("The verdict hangs on threshold:")


def test_nothing_moved_is_nothing_said(change: ChangeReport) -> None:
    assert hangs_on(moved(change)) == ""
    assert hangs_on(None) == ""


def test_page_and_caption_say_the_same(drawn_page: SubjectPage, change: ChangeReport) -> None:
    torn = moved(change, judge=(GONE, LESS))
    page = replace(drawn_page, findings=replace(drawn_page.findings, changes={"week14": torn}))
    assert hangs_on(torn) in subject_page_html(page)
    assert hangs_on(torn) in subject_caption("sensitivity", page)


def test_an_interval_that_is_wider_for_its_look_is_said_where_nothing_is_doubtful(
    drawn_page: SubjectPage,
) -> None:
    visit = drawn_page.visits[0]
    assert visit.findings.burden is not None
    moved_by_look = replace(visit.findings.burden, sensitivity={LOOK: ENDS})
    assert not wider_without_doubt([None, visit.findings.burden])
    assert "wider all the same" in wider_without_doubt([None, moved_by_look])
