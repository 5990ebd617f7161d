"""The table of candidates says of every bright part whether it counts, and why not."""

from pathlib import Path

from marrow_scenes import rois, scan

from mri_bme.record.lesions import CANDIDATES, write_candidates
from mri_bme.segment_edema import segment_edema
from mri_bme.settings import SegmentSettings


def test_every_candidate_has_its_reason_and_its_features(tmp_path: Path) -> None:
    found = segment_edema(scan(), rois(), settings=SegmentSettings(n_sd=1.0, least_ratio=1.0))
    write_candidates(tmp_path / "candidates.tsv", found)
    header, *lines = (tmp_path / "candidates.tsv").read_text().splitlines()
    rows = [dict(zip(header.split("\t"), line.split("\t"), strict=True)) for line in lines]
    assert len(rows) == len(found.lesions) + len(found.dropped) > len(found.lesions) > 0
    assert set(CANDIDATES.names) < set(rows[0])
    assert {row["kept"] for row in rows} == {"true", "false"}
    for row in rows:
        assert (row["rule"] == "") == (row["kept"] == "true")
        assert float(row["counted_ml"]) > 0
        assert float(row["n_slices"]) >= 1
    assert {row["rule"] for row in rows if row["rule"]} <= {
        "speck",
        "far_from_joint",
        "single_slice",
    }


def test_a_visit_without_candidates_has_a_header_and_nothing_else(tmp_path: Path) -> None:
    found = segment_edema(scan(lesion=1.0), rois(), settings=SegmentSettings(n_sd=12.0))
    write_candidates(tmp_path / "candidates.csv", found)
    assert (tmp_path / "candidates.csv").read_text().split() == list(CANDIDATES.names)
