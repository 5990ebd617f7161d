"""How scans look, on the page: five checks with their cut-offs, the rest unfolded."""

import re
from dataclasses import replace

from mri_bme.check_appearance import Appearance, Check
from mri_bme.check_appearance.checks import LIMITS
from mri_bme.pipeline import SubjectResult
from mri_bme.record.looked import GATE
from mri_bme.report import SubjectPage, subject_page, subject_page_html
from mri_bme.report.looked import CHECK_WORDS, gate_rows, other_look_rows

FIRST = {"slab_mm": 75.0, "marrow_snr": 3.0, "sharpness": 0.05, "joint_seen_mm": 45.0}


def looked_page(result: SubjectResult) -> SubjectPage:
    checks = tuple(Check(name=n, value=v) for n, v in (*FIRST.items(), ("marrow_ml", 200.0)))
    later = tuple(Check(name=n, value=10.0) for n in ("marrow_snr", "t1_fit", "fat", "marrow_ml"))
    first, second = result.visits
    visits = (
        replace(first, appearance=Appearance(checks=checks)),
        replace(second, appearance=Appearance(checks=later)),
    )
    return subject_page(replace(result, visits=visits), subject_id="sub-1")


def test_five_checks_of_every_visit_with_what_is_usual_and_what_is_refused(
    drawn_result: SubjectResult,
) -> None:
    rows = {row.name: row for row in gate_rows(looked_page(drawn_result).visits)}
    assert tuple(rows) == GATE
    snr = rows["marrow_snr"]
    assert [cell.text for cell in snr.cells] == ["3", "10"]
    assert [cell.verdict for cell in snr.cells] == ["doubtful", "fine"]
    assert (snr.usual, snr.refused) == ("from 3.5", "below 2.4")
    assert [cell.text for cell in rows["fat"].cells] == ["there is no T1W", "10"]


def test_all_other_checks_are_told_once(drawn_result: SubjectResult) -> None:
    rows = other_look_rows(looked_page(drawn_result).visits)
    assert [row.name for row in rows] == ["slab_mm", "marrow_ml"]
    assert [cell.text for cell in rows[0].cells] == ["75", ""], "not looked at in the other visit"
    assert (rows[0].usual, rows[0].refused) == ("40 to 200", "below 15, above 400")


def test_the_page_marks_what_is_doubtful_and_impossible(drawn_result: SubjectResult) -> None:
    html = subject_page_html(looked_page(drawn_result))
    rows = dict(re.findall(r'<tr data-check="(\w+)">(.*?)</tr>', html))
    assert set(GATE) <= set(rows)
    assert "3 (doubtful)" in rows["marrow_snr"]
    assert "0.05 (impossible)" in rows["sharpness"]
    assert "below 0.085" in rows["sharpness"]


def test_a_page_of_what_was_not_looked_at_has_no_table(drawn_html: str) -> None:
    assert "How the scans look" not in drawn_html


def test_every_check_has_words() -> None:
    assert set(CHECK_WORDS) == set(LIMITS), "say in CHECK_WORDS what each check is"
