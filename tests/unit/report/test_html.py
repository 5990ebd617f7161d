"""A page can be mailed: nothing is fetched, and no text from a header acts."""

import base64
import hashlib
import html
import re
from dataclasses import replace
from pathlib import Path

import pytest

from mri_bme.errors import OutputRefused
from mri_bme.pipeline import SubjectResult
from mri_bme.report import (
    subject_page,
    subject_page_html,
    write_subject_page,
)

HOSTILE = "\"'><script>alert('x')</script>\r\n<img src=x onerror=alert(1)>{{ 7 * 7 }}"


def test_text_from_headers_cannot_act(drawn_result: SubjectResult) -> None:
    page = subject_page(
        drawn_result,
        subject_id=HOSTILE,
        facts=((HOSTILE, HOSTILE),),
        visit_facts={"baseline": (("Series", HOSTILE),)},
    )
    html = subject_page_html(replace(page, findings=replace(page.findings, flags=(HOSTILE,))))
    assert html.count("<script>") == 1
    assert html.count("</script>") == 3, "the script, and two blocks of data for the viewer"
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


def test_full_or_forbidden_output_is_one_clear_error(
    drawn_result: SubjectResult, tmp_path: Path
) -> None:
    (tmp_path / "blocked").write_text("a file where a folder should be")
    with pytest.raises(OutputRefused, match=r"cannot write report\.html"):
        write_subject_page(
            subject_page(drawn_result, subject_id="s"), tmp_path / "blocked" / "report.html"
        )


def test_the_policy_lets_the_embedded_script_run_and_no_other(drawn_html: str) -> None:
    script = drawn_html.split("<script>", 1)[1].split("</script>", 1)[0]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = drawn_html.split('http-equiv="Content-Security-Policy" content="', 1)[1]
    allowed = html.unescape(policy.split('"', 1)[0])
    assert re.findall(r"script-src ([^;]*)", allowed) == [f"'sha256-{digest}'"]
