"""Each look-alike of edema is left out by the rule that names it, and by no other."""

from collections.abc import Callable

import numpy as np
import pytest
from marrow_scenes import SHAPE, geometry, rois, scan, two_bones
from pydantic import ValidationError

from mri_bme.findings import EdemaSegmentation
from mri_bme.segment_edema import explain_voxel, segment_edema
from mri_bme.segment_edema.selection import RULES
from mri_bme.settings import SegmentSettings
from mri_bme.volume import Volume

Voxels = np.ndarray
FLUID = 450.0


def marrow_t1() -> Voxels:
    voxels = np.where(two_bones() > 0, 100.0, 30.0)
    return voxels + np.random.default_rng(5).normal(0, 3.0, SHAPE)


def vessel(stir: Voxels, t1: Voxels) -> None:
    stir[3:7, 20:22, 20:50] *= 2.2


def fluid_in_the_joint(stir: Voxels, t1: Voxels) -> None:
    stir[2:8, 5:25, 18:20] = FLUID


def joint_taken_for_bone(stir: Voxels, t1: Voxels) -> None:
    """Cartilage, dark on T1W, in the joint and in the voxels beside it that were called bone."""
    stir[2:8, 5:25, 17] = 140.0
    stir[2:8, 5:25, 18:20] = 85.0
    t1[2:8, 5:25, 16:20] = 33.0


def marrow_above_sclerosis(stir: Voxels, t1: Voxels) -> None:
    """Plain marrow by the joint, darker on T1W, with dark tissue below: no edema."""
    stir[2:8, 26:50, 6:18] *= 0.4
    t1[2:8, 26:50, 6:18] *= 0.4
    t1[2:8, 21:26, 11:18] *= 0.45


def one_slice(stir: Voxels, t1: Voxels) -> None:
    stir[5, 20:25, 10:14] *= 2.0


def cyst(stir: Voxels, t1: Voxels) -> None:
    stir[3:6, 20:28, 8:16] = FLUID
    t1[3:6, 20:28, 8:16] = 35.0
    stir[:, 50:, 18:20] = FLUID  # fluid elsewhere, to be compared with


def unsuppressed_fat(stir: Voxels, t1: Voxels) -> None:
    stir[3:6, 20:28, 8:16] *= 2.0
    t1[3:6, 20:28, 8:16] *= 2.4


LOOK_ALIKES: dict[str, Callable[[Voxels, Voxels], None]] = {
    "tubular": vessel,
    "rim": fluid_in_the_joint,
    "joint_space": joint_taken_for_bone,
    "like_marrow_beside": marrow_above_sclerosis,
    "single_slice": one_slice,
    "fluid": cyst,
    "bright_on_t1": unsuppressed_fat,
}


def found_with(paint: Callable[[Voxels, Voxels], None], **settings: object) -> EdemaSegmentation:
    stir, t1 = np.array(scan(lesion=1.0).voxels), marrow_t1()
    paint(stir, t1)
    return segment_edema(
        Volume(geometry=geometry(), voxels=stir),
        rois(),
        t1=Volume(geometry=geometry(), voxels=t1),
        settings=SegmentSettings.model_validate(settings),
    )


@pytest.mark.parametrize("rule", LOOK_ALIKES)
def test_a_look_alike_is_dropped_by_its_rule_and_kept_without_it(rule: str) -> None:
    found = found_with(LOOK_ALIKES[rule])
    assert found.edema_ml < 0.03
    largest = max(found.dropped, key=lambda lost: lost.volume_ml)
    assert largest.rule == rule
    assert largest.reason.split(":")[0]
    without = found_with(LOOK_ALIKES[rule], switched_off=[rule])
    assert without.lesions, "the candidate is there, and only this rule speaks against it"


def test_a_dropped_voxel_can_be_explained() -> None:
    words = explain_voxel(found_with(vessel), rois(), (5, 21, 35))
    assert words.startswith("Not edema")
    assert "tubular" in words


def test_edema_of_the_same_size_is_dropped_by_no_rule() -> None:
    def edema(stir: Voxels, t1: Voxels) -> None:
        stir[3:6, 20:28, 8:16] *= 2.0
        t1[3:6, 20:28, 8:16] *= 0.6

    found = found_with(edema)
    assert len(found.lesions) == 1
    assert not any(lost.volume_ml > 0.1 for lost in found.dropped)


def test_edema_in_fatty_marrow_counts_and_is_flagged() -> None:
    def edema_in_fat(stir: Voxels, t1: Voxels) -> None:
        stir[3:6, 20:28, 8:16] *= 2.0
        t1[3:6, 20:28, 8:16] *= 1.6

    found = found_with(edema_in_fat)
    assert found.lesions
    assert any("bright on T1W" in flag for flag in found.flags)
    undoubted = found_with(edema_in_fat, doubtful_t1=1.9)
    assert not any("bright on T1W" in flag for flag in undoubted.flags)


def test_of_a_lesion_partly_in_fatty_marrow_that_part_is_flagged() -> None:
    def half_in_fat(stir: Voxels, t1: Voxels) -> None:
        stir[3:6, 20:32, 8:16] *= 2.0
        t1[3:6, 20:26, 8:16] *= 1.9

    found = found_with(half_in_fat)
    assert len(found.lesions) == 1
    assert found.lesions[0].features["t1_mean"] > SegmentSettings().doubtful_t1
    (flag,) = (flag for flag in found.flags if "bright on T1W" in flag)
    assert float(flag.split("%")[0]) == pytest.approx(50, rel=0.15)


def test_what_is_faint_and_bright_on_t1_as_well_is_no_edema() -> None:
    def faint_in_fat(stir: Voxels, t1: Voxels) -> None:
        stir[3:6, 20:28, 8:16] *= 1.4
        t1[3:6, 20:28, 8:16] *= 1.3

    def faint(stir: Voxels, t1: Voxels) -> None:
        stir[3:6, 20:28, 8:16] *= 1.4

    assert found_with(faint).edema_ml > 0.25
    assert found_with(faint_in_fat).edema_ml < 0.03
    by_rules = {"judge": "rules"}
    assert found_with(faint_in_fat, **by_rules).edema_ml < 0.03
    assert found_with(faint_in_fat, **by_rules, bright_exponent=0.0).edema_ml > 0.25


def test_a_rule_that_does_not_exist_cannot_be_switched_off() -> None:
    with pytest.raises(ValidationError):
        SegmentSettings.model_validate({"switched_off": ["tubullar"]})
    assert SegmentSettings.model_validate({"switched_off": list(RULES)}).switched_off


def test_what_stands_out_from_sclerosis_is_edema_although_plain_marrow_is_as_bright() -> None:
    def inflamed_sclerosis(stir: Voxels, t1: Voxels) -> None:
        for voxels in (stir, t1):
            voxels[2:8, 12:44, 6:18] *= 0.4
        stir[3:7, 20:30, 11:16] *= 2.5

    found = found_with(inflamed_sclerosis)
    (lesion,) = found.lesions
    assert lesion.relative_intensity_mean == pytest.approx(1.0, abs=0.15)
    assert lesion.cutoff < 0.75 * found.threshold.value
    assert lesion.features["beside_ratio"] > 1.5


@pytest.mark.parametrize("spacing_mm", [1.0, 3.3, 6.0])
def test_what_shows_on_one_slice_is_judged_by_its_area_however_thick_the_slice(
    spacing_mm: float,
) -> None:
    settings = SegmentSettings()
    limit = settings.single_slice_min_mm2
    for area, rule in ((0.9 * limit, "single_slice"), (1.1 * limit, None)):
        features = {"n_slices": 1.0, "area_mm2": area, "counted_ml": area * spacing_mm / 1000}
        verdict = RULES["single_slice"](features, settings)
        assert (verdict is None) == (rule is None)
