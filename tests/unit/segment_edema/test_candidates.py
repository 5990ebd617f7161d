"""The table of candidates says of every bright part whether it counts, and why not."""

from pathlib import Path

import numpy as np
from marrow_scenes import rois, scan

from mri_bme.record.lesions import CANDIDATES, write_candidates
from mri_bme.segment_edema import segment_edema
from mri_bme.segment_edema.candidates import CutOff, find_candidates, grown_from
from mri_bme.segment_edema.segmentation import gather_evidence
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
        "judge",
    }


def test_a_visit_without_candidates_has_a_header_and_nothing_else(tmp_path: Path) -> None:
    found = segment_edema(scan(lesion=1.0), rois(), settings=SegmentSettings(n_sd=12.0))
    write_candidates(tmp_path / "candidates.csv", found)
    assert (tmp_path / "candidates.csv").read_text().split() == list(CANDIDATES.names)


def test_parts_grow_through_shared_faces_only_and_only_from_seeds() -> None:
    wide = np.zeros((3, 4, 4), dtype=bool)
    wide[0, 0, 0] = wide[1, 0, 0] = True  # above each other
    wide[1, 1, 1] = True  # touches by a corner
    wide[2, 3, 3] = True  # elsewhere
    seeds = np.zeros_like(wide)
    seeds[0, 0, 0] = True
    assert np.argwhere(grown_from(seeds, wide)).tolist() == [[0, 0, 0], [1, 0, 0]]
    assert np.array_equal(grown_from(seeds, seeds), seeds)


def test_parts_smaller_than_asked_for_are_not_measured() -> None:
    evidence, _ = gather_evidence(scan(), rois(), None, SegmentSettings(judge="rules"))
    above = np.zeros_like(evidence.searched)
    above[2:5, 10:20, 5:15] = above[7, 30, 30] = True
    cut = CutOff(
        threshold=segment_edema(scan(), rois()).threshold,
        local=np.full(above.shape, 1.4, dtype=np.float32),
        above=above,
    )
    assert [one.features["n_voxels"] for one in find_candidates(cut, evidence)] == [300, 1]
    assert [one.label for one in find_candidates(cut, evidence, least_ml=0.01)] == [1]
