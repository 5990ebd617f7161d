"""What readers overrule is told lesion by lesion, with the rule and their reason."""

from dataclasses import replace

import numpy as np
import pytest
from scoring_scenes import VOXEL_ML, box, grid, segmentation

from mri_bme.agreement.overruled import overruled_lesions

KEPT = box((2, 4), (5, 9), (47, 51))
OTHER = box((6, 8), (25, 29), (8, 12))
DROPPED = box(5, (5, 8), (20, 23))


def found():
    dropped = np.zeros(grid().shape, np.int32)
    dropped[DROPPED] = 1
    made = segmentation(KEPT, OTHER)
    lesion = replace(made.lesions[0], label=1, rule="rim", volume_ml=9 * VOXEL_ML)
    return replace(made, dropped=(lesion,), dropped_labels=dropped)


def told(mask, reasons=()):
    return [(o.what, o.label, o.rule, o.reason) for o in overruled_lesions(found(), mask, reasons)]


def test_who_changes_nothing_overrules_nothing() -> None:
    assert told(found().mask.voxels) == []


def test_a_rejected_lesion_has_the_readers_reason() -> None:
    mask = found().mask.voxels.copy()
    mask[KEPT] = False
    taken = np.flatnonzero(found().lesion_labels == 1)
    assert told(mask, [(taken, "vessel")]) == [("rejected", 1, "", "vessel")]
    assert told(mask) == [("rejected", 1, "", "")]


def test_a_lesion_that_keeps_half_of_its_voxels_is_no_rejection() -> None:
    mask = found().mask.voxels.copy()
    mask[2, 5:9, 47:51] = False  # one of two slices
    assert told(mask) == []


def test_a_candidate_taken_back_names_the_rule_that_dropped_it() -> None:
    mask = found().mask.voxels.copy()
    mask[DROPPED] = True
    assert told(mask) == [("taken back", 1, "rim", "")]


def test_what_nobody_but_the_reader_saw_lay_below_the_cut_off() -> None:
    mask = found().mask.voxels.copy()
    mask[8, 30:33, 30:33] = True
    (one,) = overruled_lesions(found(), mask)
    assert (one.what, one.rule) == ("drawn", "below the cut-off")
    assert one.volume_ml == pytest.approx(9 * VOXEL_ML)
