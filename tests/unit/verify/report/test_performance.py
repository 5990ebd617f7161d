"""Sections of single figures."""

from mri_bme.report.charts.chart import Chart
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
        performance.detectable(empty),
        performance.reproducibility(empty),
        performance.lesions(empty),
        performance.departures(empty),
    ):
        assert section.blocks == ()
