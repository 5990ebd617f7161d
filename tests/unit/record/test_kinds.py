"""The table of a kind of finding: a row for every region, or why it is empty."""

from dataclasses import replace

from compared_boxes import boxes_subject
from scoring_scenes import rois
from toy_kind import TOY

from mri_bme.finding_kind import KindFindings
from mri_bme.record.kinds import kind_regions, kind_table
from mri_bme.sacroiliac import REGIONS
from mri_bme.volume import Mask

NOTHING = Mask(geometry=rois().geometry, voxels=rois().quadrants < 0)


def subject(**others):
    """Give the first visit what was found of the toy kind."""
    result = boxes_subject()
    first = replace(result.visits[0], others=others)
    return replace(result, visits=(first, *result.visits[1:]), kinds=(TOY,))


def rows_of_first(result):
    rows = kind_table(TOY).rows(kind_regions(TOY, "01", result))
    return [row for row in rows if row["visit"] == "baseline"]


def test_the_columns_are_its_quantities_between_place_and_reason() -> None:
    assert kind_table(TOY).names == (
        *("subject", "visit", "day", "region"),
        "toy_ml",
        *("evaluable", "reason"),
    )


def test_each_region_has_its_own_number_and_none_is_not_zero() -> None:
    numbers = {name: {"toy_ml": float(n)} for n, name in enumerate(REGIONS)}
    numbers["left"] = {"toy_ml": None}
    rows = rows_of_first(subject(toy=KindFindings(mask=NOTHING, regions=numbers)))
    assert [row["region"] for row in rows] == list(REGIONS)
    assert [row["toy_ml"] for row in rows] == [numbers[name]["toy_ml"] for name in REGIONS]
    assert {(row["evaluable"], row["reason"]) for row in rows} == {(True, "")}


def test_a_visit_where_it_could_not_be_measured_says_why_in_every_region() -> None:
    rows = rows_of_first(subject(toy=KindFindings(reason="no T1W")))
    assert {(r["toy_ml"], r["evaluable"], r["reason"]) for r in rows} == {(None, False, "no T1W")}


def test_a_visit_that_was_not_measured_at_all_has_rows_with_the_reason_of_the_visit() -> None:
    rows = kind_table(TOY).rows(kind_regions(TOY, "01", subject()))
    last = [row for row in rows if row["visit"] == "day200"]
    assert len(last) == len(REGIONS)
    assert {row["reason"] for row in last} == {"no fluid-sensitive series"}
