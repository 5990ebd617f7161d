"""Sections of single figures."""

from dataclasses import replace

import pytest

from mri_bme.report.charts.chart import Chart
from mri_bme.report.document import Table
from mri_bme.verify import Figure, Verification
from mri_bme.verify.report import performance


def verification(*figures: Figure) -> Verification:
    return Verification(
        figures=figures,
        detectable_at_ml=(),
        detectable_ml=(),
        detection_limit_ml=None,
        n_scans=2,
        n_not_evaluable=0,
        bones="automatic",
    )


def fitted(at: str, value: float, high: float) -> Figure:
    return Figure(
        name="wCV, fitted", at=at, value=value, high=high, unit="%", n=9, bones="automatic"
    )


def test_the_profile_is_drawn_with_its_bound_and_never_beyond_the_whole_volume() -> None:
    section = performance.precision(
        verification(fitted("0.5 mL", 40.0, 250.0), fitted("6 mL", 5.0, 7.0))
    )
    (chart,) = (block for block in section.blocks if isinstance(block, Chart))
    assert chart.y.high == 100.0
    assert chart.marks[0].points == ((0.5, 100.0), (6.0, 7.0))
    assert chart.marks[1].points == ((0.5, 40.0), (6.0, 5.0))


def test_one_volume_is_no_profile() -> None:
    section = performance.precision(verification(fitted("6 mL", 5.0, 7.0)))
    assert not [block for block in section.blocks if isinstance(block, Chart)]


def test_without_figures_sections_are_empty() -> None:
    empty = verification()
    for section in (
        performance.detection(empty),
        performance.detectable(empty, ()),
        performance.reproducibility(empty, ()),
        performance.lesions(empty),
        performance.departures(empty),
    ):
        assert section.blocks == ()


def false_lesions(n: int) -> list[Figure]:
    classes = ("any size", "0 to 0.25 mL", "0 to 0.25 mL, signal ratio 1 to 1.8")
    shared = {"unit": "per scan", "n": 40, "bones": "automatic", "low": 0.0, "high": 0.092}
    return [Figure(name="false lesions per scan", at=at, value=n / 40, **shared) for at in classes]


def test_false_lesions_stand_by_size_and_contrast_and_none_at_all_in_a_sentence() -> None:
    seen = Figure(
        name="lesion sensitivity", at="any size", value=50.0, unit="%", n=2, bones="automatic"
    )
    *_, table = performance.lesions(verification(seen, *false_lesions(3))).blocks
    assert isinstance(table, Table)
    assert table.heading[:3] == ("false lesions of", "any signal ratio", "signal ratio 1 to 1.8")
    assert table.rows[0][:3] == ("0 to 0.25 mL", "3 (0.000 to 0.092)", "3 (0.000 to 0.092)")
    *_, none = performance.lesions(verification(seen, *false_lesions(0))).blocks
    assert "none, of any size and signal ratio; at most 0.092 per scan" in none.text


@pytest.mark.parametrize(
    ("own_ml", "words"),
    [
        (0.0987, "detectable.toml makes 0.10 mL the least volume that counts as edema"),
        (None, "too few to tell a limit from scatter"),
    ],
)
def test_the_report_says_which_limit_a_run_takes(own_ml: float | None, words: str) -> None:
    blank = Figure(name="limit of blank", at="total", value=0.0, n=12, bones="automatic")
    found = replace(verification(blank), detection_limit_ml=own_ml, usual_limit_ml=0.06)
    said = performance.detection(found).blocks[0]
    assert words in said.text
    assert ("0.06 mL" in said.text) is (own_ml is None)


def test_a_departure_that_left_nothing_to_measure_says_so() -> None:
    lost = Figure(name="shift of the volume", at="noise", value=None, unit="%", bones="automatic")
    (row,) = performance.departures(verification(lost)).blocks[1].rows
    assert row == ("noise", "not evaluable", "")


def test_one_cv_over_all_volumes_is_told_with_how_it_changes() -> None:
    whole = Figure(name="wCV over all pairs", at="1 mL or more", value=4.0, high=5.0, unit="%", n=9)
    fits = [fitted(at, cv, 2 * cv) for at, cv in (("0.5 mL", 9.0), ("1 mL", 7.25), ("20 mL", 1.5))]
    own = (*fits, replace(whole, bones="automatic"))
    said = performance.precision(verification(*own)).blocks[-1].text
    assert "bones found, it is 7.3 % at 1 mL and 1.5 % at 20 mL" in said
