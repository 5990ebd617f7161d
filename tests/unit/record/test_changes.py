"""``changes.csv``: a change in the marrow that both visits measured, or why there is none."""

from dataclasses import replace

import pytest
from compared_boxes import boxes_subject

from mri_bme.findings import ProtocolChange
from mri_bme.pipeline import SubjectResult
from mri_bme.record.changes import CHANGES, changed_regions
from mri_bme.sacroiliac import REGIONS
from mri_bme.study import ProtocolPart


@pytest.fixture(scope="module")
def result() -> SubjectResult:
    return boxes_subject()


def test_the_header_is_that_of_the_contract_and_what_came_later_follows() -> None:
    assert ",".join(CHANGES.names) == (
        "subject,baseline,followup,days,region,baseline_ml,followup_ml,change_ml,change_ci_low_ml,"
        "change_ci_high_ml,change_percent,covered_fraction,verdict,evaluable,reason,"
        "common_roi_ml,baseline_only_ml,followup_only_ml,detectable_ml,read_by,"
        "protocol_change,wider_by,read_from"
    )


def test_a_change_is_follow_up_minus_baseline_in_every_region(result) -> None:
    rows = CHANGES.rows(changed_regions("s1", result))
    assert [row["region"] for row in rows] == list(REGIONS)
    for row in rows:
        assert row["change_ml"] == pytest.approx(row["followup_ml"] - row["baseline_ml"])
    total = rows[list(REGIONS).index("total")]
    assert (total["days"], total["evaluable"]) == (98, True)
    assert total["change_ml"] < 0


def test_visits_that_were_not_scanned_alike_are_told_in_every_row(result) -> None:
    change = replace(
        result.changes["week14"],
        protocol_changes=(
            ProtocolChange(part=ProtocolPart.FIELD, baseline="1.5 T", followup="3 T"),
            ProtocolChange(part=ProtocolPart.SEQUENCE, baseline="STIR", followup="T2-FS"),
        ),
        wider_by=1.7,
    )
    rows = CHANGES.rows(changed_regions("s1", replace(result, changes={"week14": change})))
    words = "field strength: 1.5 T, then 3 T; sequence: STIR, then T2-FS"
    assert {(row["protocol_change"], row["wider_by"]) for row in rows} == {(words, 1.7)}
    alike = CHANGES.rows(changed_regions("s1", result))
    assert {(row["protocol_change"], row["wider_by"]) for row in alike} == {("", 1.0)}


def test_a_subject_without_a_follow_up_is_missing_in_every_region(result) -> None:
    alone = replace(result, visits=result.visits[:1], changes={})
    rows = CHANGES.rows(changed_regions("s1", alone))
    assert [row["region"] for row in rows] == list(REGIONS)
    for row in rows:
        assert (row["baseline"], row["followup"], row["days"]) == ("baseline", None, None)
        assert (row["change_ml"], row["evaluable"]) == (None, False)
        assert (row["verdict"], row["reason"]) == ("not_evaluable", "no follow-up visit")


def test_a_subject_without_a_visit_has_rows_all_the_same() -> None:
    rows = CHANGES.rows(changed_regions("s1", SubjectResult(visits=())))
    assert {row["baseline"] for row in rows} == {None}
    assert len(rows) == len(REGIONS)
