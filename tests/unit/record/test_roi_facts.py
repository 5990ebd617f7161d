"""What stands beside ROIs: volumes, names, and a hash that tells whether they were corrected."""

import json
from dataclasses import replace

import numpy as np
import pytest
from marrow_scenes import geometry, rois, two_bones

from mri_bme.record.roi_facts import labels_sha256, reference_facts, roi_facts
from mri_bme.sacroiliac import QUADRANTS, RoiAttempt


def test_volumes_by_quadrant_add_up_to_the_marrow_that_was_searched() -> None:
    told = roi_facts(rois())
    assert set(told["volumes_ml"]) == {quadrant.name for quadrant in QUADRANTS.values()}
    assert sum(told["volumes_ml"].values()) == pytest.approx(rois().mask.volume_ml, abs=1e-5)
    upper = np.count_nonzero(two_bones() == 1) * geometry().voxel_volume_ml
    assert told["volumes_ml"][QUADRANTS[1].name] == pytest.approx(upper, abs=1e-6)
    assert told["labels"]["1"] == QUADRANTS[1].name


def test_the_hash_is_of_the_map_and_not_of_how_it_lies_in_memory() -> None:
    labels = two_bones()
    assert labels_sha256(np.asfortranarray(labels)) == labels_sha256(labels)
    corrected = labels.copy()
    corrected[0, 0, 0] ^= 1
    assert labels_sha256(corrected) != labels_sha256(labels)


def test_every_source_that_was_tried_is_told_as_json() -> None:
    tried = (
        RoiAttempt(source="bones", reason="none given"),
        RoiAttempt(source="automatic", confidence=1 / 3),
    )
    told = roi_facts(replace(rois(), attempts=tried, confidence=float("nan")))
    back = json.loads(json.dumps(told, allow_nan=False))
    assert [attempt["source"] for attempt in back["tried"]] == ["bones", "automatic"]
    assert back["tried"][1]["confidence"] == pytest.approx(0.333333, abs=0)
    assert back["confidence"] is None


def test_without_normal_marrow_its_volume_is_missing_and_not_zero() -> None:
    assert reference_facts(rois())["volume_ml"] > 0
    assert reference_facts(replace(rois(), reference=None))["volume_ml"] is None
