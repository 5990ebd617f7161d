"""A subject's page says what was found, and nothing from a header acts on it."""

import base64
import hashlib
import html
import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from drawn_subject import moved_week14

from mri_bme.errors import OutputRefused
from mri_bme.pipeline import SubjectResult
from mri_bme.record.numbers import interval_ml, millilitres
from mri_bme.report import (
    SubjectPage,
    page_record,
    recorded_geometries,
    restore_page,
    subject_page,
    subject_page_html,
    write_subject_page,
)
from mri_bme.report.display import show_visits
from mri_bme.report.page import PagePixels
from mri_bme.report.words import doubts, headline, visit_name
from mri_bme.volume import Volume

HOSTILE = "\"'><script>alert('x')</script>\r\n<img src=x onerror=alert(1)>{{ 7 * 7 }}"


def test_page_from_the_record_is_the_page_from_the_result(
    drawn_page: SubjectPage, drawn_html: str
) -> None:
    page = drawn_page
    record = json.loads(json.dumps(page_record(page)))
    grids = recorded_geometries(record)
    pixels = {
        visit.label: PagePixels(
            volume=Volume(geometry=grids[visit.label], voxels=visit.pixels.volume.voxels),
            quadrants=visit.pixels.quadrants,
            reference=visit.pixels.reference,
            lesion_labels=visit.pixels.lesion_labels,
        )
        for visit in page.visits
        if visit.pixels is not None
    }
    assert subject_page_html(restore_page(record, pixels)) == drawn_html


def test_what_was_left_out_is_listed_with_its_reason(drawn_result: SubjectResult) -> None:
    first = drawn_result.visits[0]
    assert first.segmentation is not None
    lesion = first.segmentation.lesions[0]
    lost = replace(lesion, rule="speck", reason="speck: 0.012 mL", counted_ml=0.012)
    segmentation = replace(first.segmentation, dropped=(lost,))
    visits = (replace(first, segmentation=segmentation), *drawn_result.visits[1:])
    html = subject_page_html(subject_page(replace(drawn_result, visits=visits), subject_id="s"))
    assert "1 too small (0.01" in html
    assert "<td>speck: 0.012 mL</td>" in html


def test_text_from_headers_cannot_act(drawn_result: SubjectResult) -> None:
    page = subject_page(
        drawn_result,
        subject_id=HOSTILE,
        facts=((HOSTILE, HOSTILE),),
        visit_facts={"baseline": (("Series", HOSTILE),)},
    )
    html = subject_page_html(replace(page, flags=(HOSTILE,)))
    assert html.count("<script>") == 1
    assert "<img src=x" not in html
    assert "49" not in re.findall(r"onerror=alert\(1\)&gt;(..)", html)
    assert "{{ 7 * 7 }}" in html


def test_nothing_is_fetched(drawn_html: str) -> None:
    addresses = re.findall(r"(?:src|href|url)\s*[=(]\s*[\"']?([^\"'\s)>]+)", drawn_html)
    assert all(a.startswith(("data:", "#", "../index.html")) for a in addresses)
    assert "default-src &#39;none&#39;" in drawn_html


def test_page_can_be_mailed(drawn_result: SubjectResult, tmp_path: Path) -> None:
    path = tmp_path / "sub-1" / "report.html"
    write_subject_page(subject_page(drawn_result, subject_id="sub-1"), path)
    assert path.stat().st_size < 5e6
    assert [p.name for p in path.parent.iterdir()] == ["report.html"]


def test_half_of_a_motion_done_twice_is_the_motion() -> None:
    rigid = moved_week14()
    half = rigid.half()
    np.testing.assert_allclose((half @ half).b_from_a, rigid.b_from_a, atol=1e-9)


def test_same_anatomy_lies_on_the_same_pixel_in_both_visits(drawn_page: SubjectPage) -> None:
    pixels = [visit.pixels for visit in drawn_page.visits if visit.pixels is not None]
    first, last = show_visits(pixels, moved_week14()).panes
    both = (first.quadrants > 0) & (last.quadrants > 0)
    overlap = 2 * both.sum() / ((first.quadrants > 0).sum() + (last.quadrants > 0).sum())
    unmoved = show_visits(pixels, type(moved_week14()).identity()).panes
    apart = (unmoved[0].quadrants > 0) & (unmoved[1].quadrants > 0)
    assert overlap > 0.88  # nearest neighbour between 5 mm slices loses some at the ends
    assert apart.sum() < 0.97 * both.sum()


def test_swapping_the_visits_swaps_the_pictures(drawn_page: SubjectPage) -> None:
    pixels = [visit.pixels for visit in drawn_page.visits if visit.pixels is not None]
    there = show_visits(pixels, moved_week14())
    back = show_visits(pixels[::-1], moved_week14().inverse())
    assert there.geometry.shape == back.geometry.shape
    difference = there.panes[0].grey.astype(int) - back.panes[1].grey.astype(int)
    assert np.abs(difference).mean() < 1


@pytest.mark.parametrize("gain", [0.02, 1.0, 50.0])
def test_contrast_does_not_depend_on_receiver_gain(drawn_page: SubjectPage, gain: float) -> None:
    pixels = drawn_page.visits[0].pixels
    assert pixels is not None
    brighter = replace(
        pixels, volume=Volume(geometry=pixels.volume.geometry, voxels=pixels.volume.voxels * gain)
    )
    expected = show_visits([pixels], None).panes[0].grey.astype(int)
    shown = show_visits([brighter], None).panes[0].grey.astype(int)
    assert np.abs(shown - expected).max() <= 1


def test_a_subject_without_a_measurement_gets_a_page_with_the_reason(unmeasured_result) -> None:
    page = subject_page(unmeasured_result("no fluid-sensitive series"), subject_id="sub-1")
    html = subject_page_html(page)
    assert headline(page) == "Not evaluable"
    assert "no fluid-sensitive series" in html
    assert doubts(page)[0].text == "not evaluable: no fluid-sensitive series"


def test_full_or_forbidden_output_is_one_clear_error(
    drawn_result: SubjectResult, tmp_path: Path
) -> None:
    (tmp_path / "blocked").write_text("a file where a folder should be")
    with pytest.raises(OutputRefused, match=r"cannot write report\.html"):
        write_subject_page(
            subject_page(drawn_result, subject_id="s"), tmp_path / "blocked" / "report.html"
        )


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "–"), (0.0, "0.00"), (-1.234, "−1.23"), (115.24, "115.2"), (9.999, "10.0")],
)
def test_volumes_are_written_for_readers(value: float | None, text: str) -> None:
    assert millilitres(value) == text


def test_missing_interval_is_a_dash_and_never_zero() -> None:
    assert interval_ml(None) == "–"
    assert visit_name("week14") == "Week 14"


def test_the_policy_lets_the_embedded_script_run_and_no_other(drawn_html: str) -> None:
    script = drawn_html.split("<script>", 1)[1].split("</script>", 1)[0]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = drawn_html.split('http-equiv="Content-Security-Policy" content="', 1)[1]
    allowed = html.unescape(policy.split('"', 1)[0])
    assert re.findall(r"script-src ([^;]*)", allowed) == [f"'sha256-{digest}'"]
