"""The page of agreement tells who read, how far they agree, and what differs too much."""

from dataclasses import replace
from pathlib import Path

import pytest
from made_up_agreement import made_up_agreement

from mri_bme.report.agreement_page import agreement_html, write_agreement_page
from mri_bme.report.agreement_summary import Progress
from mri_bme.summarize_cohort import Statistic


@pytest.fixture
def html(tmp_path: Path) -> str:
    write_agreement_page(made_up_agreement(), tmp_path / "agreement.html")
    return (tmp_path / "agreement.html").read_text()


def test_it_tells_who_read_and_how_long_it_took(html: str) -> None:
    assert "2 readers; the program is <em>auto</em>" in html
    assert '<th scope="row">R1</th><td class="n">6</td><td class="n">0</td>' in html
    assert "<meter" not in html  # of a page of files nobody knows how many cases were dealt
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
    listed = html.index("<td>baseline: volume differs by 7 mL</td>")
    assert html.index("<h3>To be adjudicated</h3>") < listed
    assert "<b>1 to be adjudicated</b>" in html
    rows = [*made.rows, replace(made.rows[0], reader="consensus", subject="S<b>")]
    done = agreement_html(replace(made, rows=rows))
    assert "<b>0 to be adjudicated</b>, 1 adjudicated" in done
    listed = done.index("<td>baseline: volume differs by 7 mL</td>")
    assert done.index("<summary>1 adjudicated</summary>") < listed


def test_what_waits_is_folded_after_the_first_cases() -> None:
    reasons = {f"S{n:02d}": (f"volume differs by {n} mL",) for n in range(20)}
    html = agreement_html(replace(made_up_agreement(), to_adjudicate=reasons))
    fold = html.index("<summary>15 more</summary>")
    assert html.index("differs by 4 mL") < fold < html.index("differs by 5 mL")


def test_a_live_page_tells_how_far_readers_are() -> None:
    told = [
        Progress(reader="R1", n_cases=8, n_open=1, n_signed=6),
        Progress(reader="A1", n_cases=1, n_open=0, n_signed=0, reads_as="consensus"),
    ]
    html = agreement_html(made_up_agreement(), progress=told, every_s=30)
    assert 'value="75" title="75 % signed"' in html
    assert '<td class="n">6 of 8</td><td class="n">1</td><td class="n">2</td>' in html
    assert '<th scope="row">A1 (consensus) <meter' in html


def test_too_few_subjects_are_told_once_for_every_two_readers() -> None:
    made = made_up_agreement()
    few = [replace(s, value=None, note="n = 4: too few") for s in made.statistics]
    assert agreement_html(replace(made, statistics=few)).count("n = 4: too few") == 3


def test_it_tells_kappa_by_quadrant() -> None:
    made = made_up_agreement()
    kappa = Statistic(statistic="kappa", n=6, value=0.43, measure="quadrants",
                      against="R1 with R2", region="left_ilium_upper")  # fmt: skip
    html = agreement_html(replace(made, statistics=[*made.statistics, kappa]))
    assert '<th scope="row">left ilium upper</th><td class="n">0.43</td>' in html


def test_details_are_folded_and_figures_of_everybody_stand_before_them(html: str) -> None:
    glance, detail = html.index("How far readers agree"), html.index("<h2>In detail</h2>")
    assert glance < html.index('<th scope="row">Edema, baseline</th>') < detail
    assert detail < html.index("<summary>Edema, mL, baseline</summary>")


def test_it_draws_differences_of_every_pair(html: str) -> None:
    assert html.count("<figure") == 3


def test_it_sums_up_what_readers_overrule_by_rule(html: str) -> None:
    row = '<th scope="row">taken back</th><td class="n">rim</td><td class="n">2</td>'
    assert f'{row}<td class="n">0.50</td>' in html


def test_what_comes_from_outside_is_text(html: str) -> None:
    assert "S&lt;b&gt;" in html
    assert "S<b>" not in html
