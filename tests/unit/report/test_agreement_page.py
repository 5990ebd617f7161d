"""The page of agreement tells who read, how far they agree, and what differs too much."""

from dataclasses import replace
from pathlib import Path

import pytest
from made_up_agreement import made_up_agreement

from mri_bme.report.agreement_page import agreement_html, write_agreement_page
from mri_bme.summarize_cohort import Statistic


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


def test_it_tells_what_differs_too_much_in_words_and_whether_it_was_adjudicated() -> None:
    made = made_up_agreement()
    html = agreement_html(made)
    assert "volume by more than 0.5 mL" in html
    assert "<td>baseline: volume differs by 7 mL</td><td>to be adjudicated</td>" in html
    rows = [*made.rows, replace(made.rows[0], reader="consensus", subject="S<b>")]
    assert "<td>adjudicated</td>" in agreement_html(replace(made, rows=rows))


def test_too_few_subjects_are_told_once_for_every_two_readers() -> None:
    made = made_up_agreement()
    few = [replace(s, value=None, note="n = 4: too few") for s in made.statistics]
    assert agreement_html(replace(made, statistics=few)).count("too few") == 3


def test_it_tells_kappa_by_quadrant() -> None:
    made = made_up_agreement()
    kappa = Statistic(statistic="kappa", n=6, value=0.43, measure="quadrants",
                      against="R1 with R2", region="left_ilium_upper")  # fmt: skip
    html = agreement_html(replace(made, statistics=[*made.statistics, kappa]))
    assert '<th scope="row">left ilium upper</th><td class="n">0.43</td>' in html


def test_it_draws_differences_of_every_pair(html: str) -> None:
    assert html.count("<figure") == 3


def test_it_sums_up_what_readers_overrule_by_rule(html: str) -> None:
    row = '<th scope="row">taken back</th><td class="n">rim</td><td class="n">2</td>'
    assert f'{row}<td class="n">0.5</td>' in html


def test_what_comes_from_outside_is_text(html: str) -> None:
    assert "S&lt;b&gt;" in html
    assert "S<b>" not in html
