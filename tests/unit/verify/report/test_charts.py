"""Unchanged pairs as dots, and the smallest detectable change on either side of them."""

from mri_bme.report.charts.chart import Dot, Line
from mri_bme.sacroiliac import RegionKind
from mri_bme.verify import Measurement, Verification
from mri_bme.verify.regions import Difference
from mri_bme.verify.report.charts import unchanged_chart, unlike_chart

FOUND = Verification(
    figures=(),
    detectable_at_ml=(0.0, 10.0),
    detectable_ml=(0.2, 1.0),
    detection_limit_ml=None,
    n_scans=2,
    n_not_evaluable=0,
    bones="automatic",
)


def pair(first: float, second: float, *, bones: str = "automatic", retest: str = "") -> Measurement:
    total, side = (
        Difference(
            region=kind.value,
            kind=kind,
            baseline_ml=first,
            followup_ml=second,
            interval_ml=None,
            verdict="unchanged",
        )
        for kind in (RegionKind.TOTAL, RegionKind.SIDE)
    )
    return Measurement(
        case="1",
        seed=1,
        level_ml=4.0,
        condition=f"retest: {retest}" if retest else "as given",
        visit="baseline",
        bones=bones,
        true_ml=4.0,
        found_ml=first,
        interval_ml=None,
        registration_error_mm=None,
        change_verdict="unchanged",
        reason="",
        differences=(total, side),
        retest=retest,
    )


def test_each_unchanged_total_is_one_dot_at_its_mean_and_difference() -> None:
    rows = [pair(4.0, 4.5), pair(9.0, 8.0, bones="given"), pair(3.0, 2.0, retest="another scanner")]
    chart = unchanged_chart(FOUND, rows)
    assert chart is not None
    assert [mark.at for mark in chart.marks if isinstance(mark, Dot)] == [(4.25, 0.5)]
    limits = [mark.points for mark in chart.marks if isinstance(mark, Line) and mark.is_dashed]
    assert limits == [((0.0, 0.2), (10.0, 1.0)), ((0.0, -0.2), (10.0, -1.0))]


def test_visits_not_scanned_alike_have_a_colour_each() -> None:
    rows = [pair(3.0, 2.0, retest="another sequence (T2 FS for STIR)"), pair(4.0, 4.5)]
    chart = unlike_chart(FOUND, rows)
    assert chart is not None
    assert [mark.at for mark in chart.marks if isinstance(mark, Dot)] == [(2.5, -1.0)]
    assert [words for _, words in chart.key] == ["another sequence"]


def test_without_pairs_there_is_no_chart() -> None:
    assert unchanged_chart(FOUND, []) is None
    assert unlike_chart(FOUND, [pair(4.0, 4.5)]) is None
