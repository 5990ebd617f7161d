"""``lesions.csv`` and the candidates beside a mask: what each lesion is, and became."""

from dataclasses import replace

import numpy as np
import pytest
from compared_boxes import ELSEWHERE, LARGE, boxes_subject, measured
from scoring_scenes import IDENTITY, rois, segmentation, visit

from mri_bme.compare_visits import compare_visits
from mri_bme.pipeline import SubjectResult
from mri_bme.record.lesions import LESIONS, found_lesions, write_candidates
from mri_bme.volume import Mask


def test_the_header_is_that_of_the_contract_and_what_came_later_follows() -> None:
    assert ",".join(LESIONS.names) == (
        "subject,visit,lesion,side,bone,quadrant,volume_ml,depth_mm,distance_to_joint_mm,"
        "relative_intensity_mean,centroid_lps_mm,fate,matched_lesion,cutoff,ratio_to_cutoff,"
        "compared_ml,became,t1_baseline,t1_followup,t1_change_usual_to,t1_followup_usual_to,"
        "probability"
    )


def test_lesions_name_their_counterparts() -> None:
    rows = LESIONS.rows(found_lesions("s1", boxes_subject()))
    told = [(r["visit"], r["lesion"], r["fate"], r["matched_lesion"]) for r in rows]
    assert told == [
        ("baseline", "L1", "stable", "L1"),
        ("baseline", "L2", "resolved", ""),
        ("week14", "L1", "stable", "L1"),
    ]


def test_lesions_that_were_never_compared_are_named_after_their_visit() -> None:
    alone = replace(boxes_subject(), changes={})
    rows = LESIONS.rows(found_lesions("s1", alone))
    assert [(r["lesion"], r["fate"], r["matched_lesion"], r["compared_ml"]) for r in rows] == [
        ("L1", None, None, None),
        ("L2", None, None, None),
        ("week14.1", None, None, None),
    ]


def test_a_lesion_of_the_baseline_has_the_fate_of_week_14_whatever_else_was_compared() -> None:
    baseline = visit("baseline", LARGE, ELSEWHERE, day=0)
    later = {"day30": (LARGE, ELSEWHERE), "week14": (LARGE,)}
    changes = {
        label: compare_visits(baseline, visit(label, *boxes), followup_from_baseline=IDENTITY)
        for label, boxes in later.items()
    }
    result = SubjectResult(visits=(measured(baseline, 0),), changes=changes)
    fates = [row["fate"] for row in LESIONS.rows(found_lesions("s1", result))]
    assert fates == ["stable", "resolved"]


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


def test_what_a_rule_left_out_is_listed_with_the_rule_and_without_a_credited_volume(
    tmp_path,
) -> None:
    found = segmentation(LARGE)
    (kept,) = found.lesions
    lost = replace(kept, rule="vessel", reason="long and thin", features={"elongation": 9.0})
    write_candidates(tmp_path / "c.tsv", replace(found, dropped=(lost,)))
    header, first, second = (
        line.split("\t") for line in (tmp_path / "c.tsv").read_text().splitlines()
    )
    first, second = (dict(zip(header, row, strict=True)) for row in (first, second))
    assert (first["candidate"], first["kept"], first["elongation"]) == ("1", "true", "")
    assert float(first["volume_ml"]) == pytest.approx(kept.volume_ml)
    assert (second["candidate"], second["kept"], second["rule"]) == ("D1", "false", "vessel")
    assert (second["volume_ml"], second["elongation"]) == ("", "9")
