import numpy as np
import pandas as pd
import pytest
from scoring_scenes import IDENTITY, box, rois, visit

from mri_bme.compare_visits import compare_visits
from mri_bme.errors import UnreadableInput
from mri_bme.pipeline import SubjectResult, VisitInput, VisitResult
from mri_bme.record.changes import CHANGES, changed_regions
from mri_bme.record.lesions import LESIONS, found_lesions
from mri_bme.record.tables import read_table, write_table
from mri_bme.record.visits import VISITS, visit_regions
from mri_bme.sacroiliac import REGIONS
from mri_bme.volume import Mask

LARGE = box((2, 6), (3, 11), (46, 50))
ELSEWHERE = box((2, 4), (25, 29), (5, 9))


def measured(compared, day):
    return VisitResult(
        visit=VisitInput(label=compared.label, day=day, volume=None),
        rois=compared.rois,
        segmentation=compared.segmentation,
        burden=compared.burden,
        reason=compared.reason,
    )


@pytest.fixture(scope="module")
def result():
    baseline, week14 = visit("baseline", LARGE, ELSEWHERE, day=0), visit("week14", LARGE, day=98)
    unmeasured = VisitResult(
        visit=VisitInput(label="day200", day=200, volume=None), reason="no fluid-sensitive series"
    )
    change = compare_visits(baseline, week14, followup_from_baseline=IDENTITY)
    return SubjectResult(
        visits=(measured(baseline, 0), measured(week14, 98), unmeasured),
        changes={"week14": change},
    )


def test_headers_are_those_of_the_contract(tmp_path, result) -> None:
    VISITS.write(tmp_path / "visits.csv", VISITS.rows(visit_regions("s1", result)))
    CHANGES.write(tmp_path / "changes.csv", CHANGES.rows(changed_regions("s1", result)))
    LESIONS.write(tmp_path / "lesions.csv", LESIONS.rows(found_lesions("s1", result)))
    assert (tmp_path / "visits.csv").read_text().splitlines()[0] == (
        "subject,visit,day,region,edema_ml,edema_ci_low_ml,edema_ci_high_ml,roi_ml,edema_fraction,"
        "relative_intensity_mean,relative_intensity_max,n_lesions,sparcc_estimate,evaluable,reason"
    )
    assert (tmp_path / "changes.csv").read_text().splitlines()[0] == (
        "subject,baseline,followup,days,region,baseline_ml,followup_ml,change_ml,change_ci_low_ml,"
        "change_ci_high_ml,change_percent,covered_fraction,verdict,evaluable,reason,"
        "common_roi_ml,baseline_only_ml,followup_only_ml,detectable_ml"
    )
    assert (tmp_path / "lesions.csv").read_text().splitlines()[0] == (
        "subject,visit,lesion,side,bone,quadrant,volume_ml,depth_mm,distance_to_joint_mm,"
        "relative_intensity_mean,centroid_lps_mm,fate,matched_lesion,cutoff,ratio_to_cutoff,"
        "compared_ml"
    )


def test_an_unmeasured_visit_is_missing_with_its_reason_never_zero(tmp_path, result) -> None:
    VISITS.write(tmp_path / "visits.csv", VISITS.rows(visit_regions("s1", result)))
    table = pd.read_csv(tmp_path / "visits.csv")
    assert len(table) == 3 * len(REGIONS)
    gone = table[table.visit == "day200"]
    assert gone.edema_ml.isna().all()
    assert set(gone.reason) == {"no fluid-sensitive series"}
    assert not gone.evaluable.any()


def test_lesions_name_their_counterparts(result) -> None:
    rows = LESIONS.rows(found_lesions("s1", result))
    told = [(r["visit"], r["lesion"], r["fate"], r["matched_lesion"]) for r in rows]
    assert told == [
        ("baseline", "L1", "stable", "L1"),
        ("baseline", "L2", "resolved", ""),
        ("week14", "L1", "stable", "L1"),
    ]


def test_volumes_of_lesions_by_fate_add_up_to_the_change_of_the_total() -> None:
    share = np.random.default_rng(5).uniform(0, 1, rois().geometry.shape)
    share[share < 0.6] = 0
    common = np.ones(share.shape, bool)
    common[:3] = False  # cuts through both lesions
    within = Mask(geometry=rois().geometry, voxels=common)
    before = visit("baseline", LARGE, ELSEWHERE, fraction=share, common=within)
    after = visit("week14", LARGE, fraction=share**2, common=within)
    change = compare_visits(before, after, followup_from_baseline=IDENTITY)
    result = SubjectResult(
        visits=(measured(before, 0), measured(after, 98)), changes={"week14": change}
    )
    sums = {"baseline": 0.0, "week14": 0.0}
    for row in LESIONS.rows(found_lesions("s1", result)):
        assert row["fate"]
        sums[row["visit"]] += row["compared_ml"]
        assert 0 < row["compared_ml"] < row["volume_ml"]
    assert sums["week14"] - sums["baseline"] == pytest.approx(change.regions["total"].change_ml)


def test_the_order_of_subjects_and_visits_does_not_change_a_byte(tmp_path, result) -> None:
    rows = VISITS.rows(visit_regions("s2", result)) + VISITS.rows(visit_regions("s1", result))
    VISITS.write(tmp_path / "a.csv", rows)
    VISITS.write(tmp_path / "b.csv", reversed(rows))
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()


def test_numbers_are_plain_decimals_and_missing_values_are_empty(tmp_path) -> None:
    row = {"subject": "s", "edema_ml": 1e-7, "roi_ml": 1234567.5, "edema_fraction": -0.0}
    write_table(tmp_path / "t.csv", [row], VISITS.names)
    (back,) = read_table(tmp_path / "t.csv", VISITS.names)
    assert (back["edema_ml"], back["roi_ml"], back["edema_fraction"]) == ("0", "1234567.5", "0")
    assert back["day"] == ""


def test_a_table_without_its_columns_is_refused(tmp_path) -> None:
    (tmp_path / "t.csv").write_text("subject\ns1\n")
    assert read_table(tmp_path / "t.csv", ("subject",)) == [{"subject": "s1"}]
    with pytest.raises(UnreadableInput, match="lacks the column"):
        read_table(tmp_path / "t.csv", CHANGES.names)
    with pytest.raises(UnreadableInput, match="cannot be read"):
        read_table(tmp_path / "absent.csv", LESIONS.names)
