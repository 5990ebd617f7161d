"""A page drawn again says what a result was judged by then, not what would be used today."""

from dataclasses import replace

from mri_bme.measurement_error import VERDICT_RULE
from mri_bme.report.html import subject_page_html
from mri_bme.report.page import SubjectPage
from mri_bme.report.words import methods

OLDER = "A change is called when a coin falls on its head."


def judged_by(page: SubjectPage, rule: str, outline_height: float | None) -> SubjectPage:
    told = page.findings
    visits = tuple(
        replace(visit, threshold=replace(visit.threshold, outline_height=outline_height))
        for visit in told.visits
    )
    changes = {label: replace(change, rule=rule) for label, change in told.changes.items()}
    return replace(page, findings=replace(told, visits=visits, changes=changes))


def test_the_rule_of_the_result_is_printed(drawn_page: SubjectPage) -> None:
    older = judged_by(drawn_page, OLDER, 0.51)
    for text in (methods(older), subject_page_html(older)):
        assert OLDER in text
        assert VERDICT_RULE not in text
    assert "rises to 51 % of the way" in methods(older)


def test_what_an_old_result_did_not_keep_is_not_made_up(drawn_page: SubjectPage) -> None:
    older = judged_by(drawn_page, "", None)
    assert "A lesion was outlined" not in methods(older)
    assert VERDICT_RULE not in methods(older)
