"""The page of a cohort's statistics: a lead in words, charts of what was computed, no more."""

from dataclasses import replace
from pathlib import Path

import pytest
from made_up_cohort import SETTINGS, made_up

from mri_bme.report import stats_page
from mri_bme.report.stats_page import StatsPage, stats_page_html, write_stats_page
from mri_bme.summarize_cohort import EDEMA, WHOLE, Cohort, Statistic, summarize_agreement


def mean_change(followup: str = "week14", **more) -> Statistic:
    about = {
        "statistic": "mean_change",
        "measure": EDEMA,
        "region": WHOLE,
        "group": "all",
        "n": 30,
        "value": -1.25,
        "ci_low": -2.0,
        "ci_high": -0.5,
    }
    return Statistic(followup=followup, **(about | more))


def page(cohort: Cohort | None = None, *statistics: Statistic, **more) -> StatsPage:
    about = {"statistics": statistics, "pairs": (), "settings": SETTINGS} | more
    return StatsPage(cohort=made_up() if cohort is None else cohort, **about)


def test_the_lead_says_the_mean_change_of_each_follow_up_with_its_interval() -> None:
    html = stats_page_html(page(None, mean_change(), mean_change("week28", ci_low=None)))
    assert "30 subjects with a measured visit, 3 arms." in html
    assert "mean change −1.25 mL (95 % interval −2.00 to −0.50) in 30 subjects." in html
    assert "mean change −1.25 mL in 30 subjects." in html


def test_who_is_not_evaluable_is_counted_in_the_lead() -> None:
    cohort = replace(made_up(), reasons={("S01", "week14"): "moved", ("S02", "week14"): "moved"})
    assert "; 2 not evaluable and left out." in stats_page_html(page(cohort, mean_change()))


def test_a_mean_that_cannot_be_had_is_no_number_but_a_reason() -> None:
    lost = mean_change(value=None, ci_low=None, ci_high=None, note="n = 3: too few")
    html = stats_page_html(page(None, lost))
    assert "no mean change (n = 3: too few)." in html
    assert "no change could be evaluated" in stats_page_html(page())


def test_every_subject_has_its_course_and_every_arm_its_line() -> None:
    cohort = made_up(9)
    html = stats_page_html(page(cohort, mean_change()))
    for subject in cohort.subjects:
        assert f"{subject}, edema, mL: " in html
    assert "drug (n = 3)" in html
    assert "placebo (n = 3)" in html


def test_two_readings_that_are_the_same_need_no_chart_of_their_difference() -> None:
    cohort = replace(made_up(), changes=())
    words = "difference against mean, with bias and limits of agreement"
    same = summarize_agreement(cohort, cohort, against="copy")
    assert words not in stats_page_html(page(cohort, *same[0], pairs=same[1]))
    read = tuple(replace(m, value=m.value + k % 3) for k, m in enumerate(cohort.measurements))
    other = summarize_agreement(cohort, replace(cohort, measurements=read), against="reader")
    assert words in stats_page_html(page(cohort, *other[0], pairs=other[1]))


@pytest.mark.parametrize("name", ["<b>S</b>", "$x$"])
def test_names_of_users_are_text(name: str, tmp_path: Path) -> None:
    cohort = made_up(6)
    renamed = tuple(
        replace(m, subject=name if m.subject == "S00" else m.subject) for m in cohort.measurements
    )
    html_path = tmp_path / "stats.html"
    write_stats_page(page(replace(cohort, measurements=renamed), mean_change()), html_path)
    html = html_path.read_text(encoding="utf-8")
    assert "<b>S</b>" not in html
    assert name.replace("<", "&lt;").replace(">", "&gt;") in html


def test_a_chart_that_shows_a_part_of_the_subjects_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = page(made_up(9), mean_change())
    assert "edema, mL, one point per subject<" in stats_page_html(shown)
    monkeypatch.setattr(stats_page, "MOST_DRAWN", 2)
    assert "one point per subject, at most 2 of each arm<" in stats_page_html(shown)
