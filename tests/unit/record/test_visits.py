"""``visits.csv``: every region of every visit, measured or not."""

import pandas as pd
import pytest
from compared_boxes import boxes_subject

from mri_bme.pipeline import SubjectResult
from mri_bme.record.visits import VISITS, visit_order, visit_regions
from mri_bme.sacroiliac import REGIONS


@pytest.fixture(scope="module")
def result() -> SubjectResult:
    return boxes_subject()


def test_the_header_is_that_of_the_contract() -> None:
    assert ",".join(VISITS.names) == (
        "subject,visit,day,region,edema_ml,edema_ci_low_ml,edema_ci_high_ml,roi_ml,edema_fraction,"
        "relative_intensity_mean,relative_intensity_max,n_lesions,sparcc_estimate,evaluable,reason,"
        "read_by,read_from"
    )


def test_an_unmeasured_visit_is_missing_with_its_reason_never_zero(tmp_path, result) -> None:
    VISITS.write(tmp_path / "visits.csv", VISITS.rows(visit_regions("s1", result)))
    table = pd.read_csv(tmp_path / "visits.csv")
    assert len(table) == 3 * len(REGIONS)
    gone = table[table.visit == "day200"]
    assert gone.edema_ml.isna().all()
    assert set(gone.reason) == {"no fluid-sensitive series"}
    assert not gone.evaluable.any()


def test_an_estimated_reader_score_stands_on_the_row_of_the_whole_alone(result) -> None:
    rows = VISITS.rows(visit_regions("s1", result))
    scored = {r["region"] for r in rows if r["sparcc_estimate"] is not None}
    assert scored == {"total"}


def test_the_order_of_subjects_and_visits_does_not_change_a_byte(tmp_path, result) -> None:
    rows = VISITS.rows(visit_regions("s2", result)) + VISITS.rows(visit_regions("s1", result))
    VISITS.write(tmp_path / "a.csv", rows)
    VISITS.write(tmp_path / "b.csv", reversed(rows))
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()


def test_visits_come_in_order_of_time_and_those_without_a_day_last() -> None:
    visits = [("day9", 9), ("undated", None), ("baseline", 0), ("day98", 98)]
    rows = [{"subject": "1", "visit": v, "day": d, "region": "total"} for v, d in visits]
    ordered = [row["visit"] for row in sorted(rows, key=visit_order)]
    assert ordered == ["baseline", "day9", "day98", "undated"]
