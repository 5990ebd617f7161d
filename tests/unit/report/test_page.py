"""A subject's page says what was found, and nothing from a header acts on it."""

import json
from dataclasses import replace

import numpy as np
from drawn_subject import moved_week14

from mri_bme.pipeline import SubjectResult
from mri_bme.record.subject_file import restore_subject, subject_record
from mri_bme.report import (
    SubjectPage,
    subject_page,
    subject_page_html,
)
from mri_bme.report.words import doubts, headline


def test_page_from_the_record_is_the_page_from_the_result(
    drawn_page: SubjectPage, drawn_html: str
) -> None:
    record = json.loads(json.dumps(subject_record(drawn_page.findings)))
    restored = replace(drawn_page, findings=restore_subject(record))
    assert subject_page_html(restored) == drawn_html


def test_what_was_left_out_is_listed_with_its_reason(drawn_result: SubjectResult) -> None:
    first = drawn_result.visits[0]
    assert first.segmentation is not None
    lesion = first.segmentation.lesions[0]
    lost = replace(lesion, rule="speck", reason="speck: 0.012 mL", counted_ml=0.012)
    segmentation = replace(first.segmentation, dropped=(lost,))
    visits = (replace(first, segmentation=segmentation), *drawn_result.visits[1:])
    html = subject_page_html(subject_page(replace(drawn_result, visits=visits), subject_id="s"))
    assert "1 too small (0.01" in html
    assert ">speck: 0.012 mL</td>" in html


def test_half_of_a_motion_done_twice_is_the_motion() -> None:
    rigid = moved_week14()
    half = rigid.half()
    np.testing.assert_allclose((half @ half).b_from_a, rigid.b_from_a, atol=1e-9)


def test_a_subject_without_a_measurement_gets_a_page_with_the_reason(unmeasured_result) -> None:
    page = subject_page(unmeasured_result("no fluid-sensitive series"), subject_id="sub-1")
    html = subject_page_html(page)
    assert headline(page) == "Not evaluable"
    assert "no fluid-sensitive series" in html
    assert doubts(page)[0].text == "not evaluable: no fluid-sensitive series"
