"""The page of agreement tells who read, how far they agree, and what differs too much."""

from pathlib import Path

import pytest
from made_up_agreement import made_up_agreement

from mri_bme.report.agreement_page import write_agreement_page


@pytest.fixture
def html(tmp_path: Path) -> str:
    write_agreement_page(made_up_agreement(), tmp_path / "agreement.html")
    return (tmp_path / "agreement.html").read_text()


def test_it_tells_who_read_and_how_long_it_took(html: str) -> None:
    assert "2 readers; the program is <em>auto</em>" in html
    assert '<th scope="row">R1</th><td class="n">6</td><td class="n">0</td>' in html
    assert ">62<" in html  # median of 60 to 65


def test_it_tells_figures_with_intervals(html: str) -> None:
    assert "ICC(2,1)" in html
    assert "R1 with R2" in html
    assert "R1 with auto" in html
    assert "0.71" in html
    assert "2 of 3" in html


def test_it_draws_differences_of_every_pair(html: str) -> None:
    assert html.count("<figure") == 3


def test_it_sums_up_what_readers_overrule_by_rule(html: str) -> None:
    row = '<th scope="row">taken back</th><td class="n">rim</td><td class="n">2</td>'
    assert f'{row}<td class="n">0.5</td>' in html


def test_what_comes_from_outside_is_text(html: str) -> None:
    assert "S&lt;b&gt;" in html
    assert "S<b>" not in html
