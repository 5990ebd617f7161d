"""Maps of why a voxel counts hold what the segmentation holds, in whole numbers."""

from dataclasses import replace

import numpy as np
from drawn_subject import drawn_visit

from mri_bme.record.evidence import EVIDENCE, evidence_maps, narrow_labels
from mri_bme.volume import RigidTransform


def test_maps_hold_what_was_found() -> None:
    visit = drawn_visit("baseline", 0, RigidTransform.identity(), 14.0)
    found, rois = visit.segmentation, visit.rois
    assert found is not None
    assert rois is not None
    maps = evidence_maps(found, rois)
    marrow = rois.quadrants > 0
    assert set(maps) == set(EVIDENCE) - {"dropped", "probability"}
    assert all(not values[~marrow].any() for values in maps.values())
    np.testing.assert_allclose(
        maps["relative"][marrow] / 100, found.relative_intensity.voxels[marrow], atol=5.1e-3
    )
    assert np.unique(maps["cutoff"][marrow]).tolist() == [150]
    np.testing.assert_allclose(
        maps["distance"][marrow] / 10, np.abs(rois.joint_distance_mm[marrow]), atol=0.051
    )
    assert np.array_equal(maps["share"] == 100, found.mask.voxels)


def test_a_trace_of_edema_is_not_nothing() -> None:
    visit = drawn_visit("baseline", 0, RigidTransform.identity(), 14.0)
    found, rois = visit.segmentation, visit.rois
    assert found is not None
    assert rois is not None
    share = np.array(found.edema_fraction)
    at = tuple(np.argwhere((rois.quadrants > 0) & (share == 0))[0])
    share[at] = 0.001
    object.__setattr__(found, "edema_fraction", share)
    assert evidence_maps(found, rois)["share"][at] == 1


def test_without_a_segmentation_there_are_no_maps() -> None:
    visit = drawn_visit("baseline", 0, RigidTransform.identity(), 14.0)
    assert evidence_maps(None, visit.rois) == {}


def test_what_the_judge_thinks_is_mapped_in_per_cent() -> None:
    visit = drawn_visit("baseline", 0, RigidTransform.identity(), 14.0)
    assert visit.segmentation is not None
    assert visit.rois is not None
    chance = np.full(visit.segmentation.mask.voxels.shape, 0.624, dtype=np.float32)
    maps = evidence_maps(replace(visit.segmentation, probability=chance), visit.rois)
    marrow = visit.rois.quadrants > 0
    assert np.unique(maps["probability"][marrow]).tolist() == [62]
    assert not maps["probability"][~marrow].any()


def test_labels_in_two_bytes_are_the_same_labels() -> None:
    labels = np.zeros((3, 4, 5), dtype=np.int32)
    labels[1, 2:, 3:] = 1000
    narrow = narrow_labels(labels)
    assert narrow.dtype == np.uint16
    np.testing.assert_array_equal(narrow, labels)
