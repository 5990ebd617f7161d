"""The JSON beside a mask tells volumes with the digits of the tables."""

import json
from dataclasses import replace

import numpy as np
import pytest
from compared_boxes import ELSEWHERE, LARGE, boxes_subject
from scoring_scenes import rois, segmentation

from mri_bme.findings import Interval
from mri_bme.record.edema import edema_facts, edema_line
from mri_bme.record.visits import VISITS, visit_regions
from mri_bme.score_edema import score_edema


def found():
    share = np.zeros(rois().geometry.shape)
    share[LARGE], share[ELSEWHERE] = 2 / 3, 1 / 7
    seen = segmentation(LARGE, ELSEWHERE, fraction=share)
    return seen, score_edema(seen, rois())


def test_regions_have_the_cells_of_the_table() -> None:
    result = boxes_subject()
    first = result.visits[0]
    told = edema_facts(first.segmentation, first.burden)
    rows = [r for r in VISITS.rows(visit_regions("1", result)) if r["visit"] == "baseline"]
    for row in rows:
        for name, value in told["regions"][row["region"]].items():
            if name in row:
                cell = row[name]
                assert value == (round(cell, 6) if isinstance(cell, float) else cell)


def test_lesions_add_up_to_the_whole_credited_and_counted() -> None:
    told = edema_facts(*found())
    assert told["counted_ml"] > 1.4 * told["edema_ml"]
    for name in ("volume_ml", "counted_ml"):
        whole = told["edema_ml" if name == "volume_ml" else name]
        assert sum(lesion[name] for lesion in told["lesions"]) == pytest.approx(whole, abs=1e-5)


def test_what_was_left_out_is_counted_by_rule_and_listed_apart() -> None:
    seen, burden = found()
    lost = [
        replace(seen.lesions[0], label=n, rule=rule, features={"elongation": 9.0, "cutoff": 1.0})
        for n, rule in enumerate(("vessel", "speck", "vessel"), start=1)
    ]
    told = edema_facts(replace(seen, dropped=tuple(lost)), burden)
    assert told["n_dropped"] == {"speck": 1, "vessel": 2}
    assert [x["candidate"] for x in told["dropped"]] == ["D1", "D2", "D3"]
    assert told["dropped"][0]["features"] == {"elongation": 9.0}  # the cut-off has its column
    assert "volume_ml" not in told["dropped"][0]


def test_it_is_json_even_where_nothing_was_found() -> None:
    seen = segmentation()
    told = json.loads(json.dumps(edema_facts(seen, score_edema(seen, rois())), allow_nan=False))
    assert (told["edema_ml"], told["n_lesions"], told["lesions"]) == (0.0, 0, [])
    assert told["relative_intensity_mean"] is None


def test_the_cut_off_is_told_in_both_units() -> None:
    seen, burden = found()
    cut = replace(seen.threshold, value=1.5, reference_median=200.0)
    told = edema_facts(replace(seen, threshold=cut), burden)["threshold"]
    assert (told["relative_intensity"], told["intensity"]) == (1.5, 300.0)


def test_the_line_for_a_terminal_counts_lesions_in_english() -> None:
    _, burden = found()
    total = replace(
        burden.regions["total"], edema_ml=1.5, interval_ml=Interval(low=1.2, high=2.0), n_lesions=1
    )
    one = replace(burden, regions={**burden.regions, "total": total})
    assert edema_line(one) == "1.50 mL of edema (95 % interval 1.20 to 2.00) in 1 lesion"
    none = replace(total, n_lesions=0, interval_ml=None)
    burden = replace(burden, regions={**burden.regions, "total": none})
    assert edema_line(burden).endswith("(95 % interval –) in 0 lesions")
