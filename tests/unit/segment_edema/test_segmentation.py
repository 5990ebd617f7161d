"""Edema of known size in marrow of known brightness."""

from dataclasses import replace

import numpy as np
import pytest
from marrow_scenes import SHAPE, SPACING, geometry, rois, scan, two_bones

from mri_bme.errors import GeometryMismatch, NotEvaluable, ReferenceTooSmall
from mri_bme.sacroiliac import SacroiliacRois, rois_from_labels
from mri_bme.segment_edema import explain_voxel, segment_edema
from mri_bme.settings import SegmentSettings
from mri_bme.volume import Mask, Volume, VolumeGeometry

TRUE_ML = 400 * 3.3 * 0.8 * 0.8 / 1000
HARD_EDGE_ERROR = 0.08  # real lesions fade; a block with corners loses a little to smoothing


@pytest.mark.parametrize("gain", [0.1, 1.0, 40.0])
def test_edema_volume_is_right_whatever_the_receiver_gain(gain: float) -> None:
    found = segment_edema(scan(gain=gain), rois())
    assert found.edema_ml == pytest.approx(TRUE_ML, rel=HARD_EDGE_ERROR)
    assert [lesion.quadrant for lesion in found.lesions] == [5]


def test_normal_marrow_has_no_edema_and_that_is_a_result() -> None:
    found = segment_edema(scan(lesion=1.0), rois())
    assert found.edema_ml == 0.0
    assert found.lesions == ()


def test_marrow_without_a_reference_is_refused_not_called_normal() -> None:
    unknown = rois_from_labels(geometry(), two_bones())
    with pytest.raises(ReferenceTooSmall, match="no reference marrow"):
        segment_edema(scan(), unknown)


def test_a_constant_reference_is_refused() -> None:
    flat = Volume(geometry=geometry(), voxels=np.full(SHAPE, 100.0))
    with pytest.raises(NotEvaluable, match="robust SD"):
        segment_edema(flat, rois())


def test_lesion_volumes_sum_to_the_mask() -> None:
    found = segment_edema(scan(), rois())
    assert sum(x.volume_ml for x in found.lesions) == pytest.approx(found.counted_ml, abs=1e-6)


def test_every_voxel_can_be_explained() -> None:
    found, where = segment_edema(scan(), rois()), rois()
    assert "part of lesion 1" in explain_voxel(found, where, (5, 15, 12))
    assert "not above the cut-off" in explain_voxel(found, where, (5, 50, 5))
    assert "outside the measured marrow" in explain_voxel(found, where, (5, 50, 19))


def test_the_joint_lies_halfway_between_the_bones() -> None:
    distance = rois().joint_distance_mm
    assert distance[5, 30, 17] == pytest.approx(distance[5, 30, 0] - 17 * 0.8, abs=0.8)
    assert distance[5, 30, 10] > 0 > distance[5, 30, 25]


def shaded(volume: Volume, slope: float) -> Volume:
    """Coil shading of `slope` (log) from the right edge to the left edge."""
    gain = np.exp(slope * (np.linspace(0, 1, SHAPE[2]) - 0.5))
    return Volume(geometry=volume.geometry, voxels=volume.voxels * gain)


@pytest.mark.parametrize("slope", [-0.3, 0.3, 0.5])
def test_coil_shading_makes_no_edema_and_hides_none(slope: float) -> None:
    assert segment_edema(shaded(scan(lesion=1.0), slope), rois()).edema_ml == 0.0
    found = segment_edema(shaded(scan(), slope), rois())
    assert found.edema_ml == pytest.approx(TRUE_ML, rel=HARD_EDGE_ERROR)


def test_extensive_edema_is_not_taken_for_shading() -> None:
    voxels = np.array(scan(lesion=1.0).voxels)
    voxels[:, :, 60:] *= 1.8  # the whole left ilium
    found = segment_edema(Volume(geometry=geometry(), voxels=voxels), rois())
    truth = SHAPE[0] * SHAPE[1] * 20 * 3.3 * 0.8 * 0.8 / 1000
    assert found.edema_ml == pytest.approx(truth, rel=0.05)


def test_marrow_outside_the_field_of_view_is_refused_not_called_normal() -> None:
    voxels = np.array(scan().voxels)
    voxels[two_bones() > 0] = 0
    voxels[3:7, 40:55, 33:43] = scan().voxels[3:7, 40:55, 33:43]
    with pytest.raises(NotEvaluable, match="outside the field of view"):
        segment_edema(Volume(geometry=geometry(), voxels=voxels), rois())


def test_clipped_intensities_are_flagged() -> None:
    clipped = Volume(geometry=geometry(), voxels=np.minimum(scan().voxels, 180))
    assert any("clipped" in flag for flag in segment_edema(clipped, rois()).flags)
    assert not any("clipped" in flag for flag in segment_edema(scan(), rois()).flags)


def test_marrow_far_brighter_than_soft_tissue_is_flagged_as_failed_fat_suppression() -> None:
    voxels = np.where(two_bones() > 0, scan(lesion=1.0).voxels * 4, 100.0)
    found = segment_edema(Volume(geometry=geometry(), voxels=voxels), rois())
    assert any("fat suppression" in flag for flag in found.flags)


@pytest.mark.parametrize("rule", ["quartile_iqr", "two_threshold", "fixed_ratio", "otsu"])
def test_every_threshold_rule_finds_a_lesion_twice_as_bright(rule: str) -> None:
    settings = SegmentSettings.model_validate({"rule": rule})
    found = segment_edema(scan(lesion=2.5), rois(), settings=settings)
    assert found.threshold.rule == rule
    assert found.edema_ml == pytest.approx(TRUE_ML, rel=0.15)


def test_the_interval_holds_the_estimate_and_none_is_certain_zero() -> None:
    found = segment_edema(scan(), rois())
    assert found.interval_ml.low < TRUE_ML < found.interval_ml.high
    nothing = segment_edema(scan(lesion=1.0), rois()).interval_ml
    assert nothing.low == 0.0 < nothing.high < 0.2


def test_a_switched_off_rule_no_longer_drops() -> None:
    strict = SegmentSettings(min_volume_ml=5.0)
    assert segment_edema(scan(), rois(), settings=strict).lesions == ()
    lenient = strict.model_copy(update={"switched_off": ("speck", "far_from_joint")})
    assert segment_edema(scan(), rois(), settings=lenient).lesions != ()


@pytest.mark.parametrize("rule", ["robust_sd", "quartile_iqr", "fixed_ratio"])
def test_hysteresis_grows_lesions_but_starts_none(rule: str) -> None:
    voxels = np.array(scan(lesion=1.0).voxels)
    voxels[3:7, 5:25, 2:16] *= 1.25  # a faint lesion ...
    voxels[3:7, 33:57, 2:16] *= 1.25  # ... and another one with a bright end
    voxels[4:6, 34:39, 6:11] *= 1.4
    volume = Volume(geometry=geometry(), voxels=voxels)
    settings = SegmentSettings.model_validate(
        {"rule": rule, "n_sd": 14.0, "n_iqr": 8.0, "ratio": 1.6, "dark_exponent": 0.0}
    )
    plain = segment_edema(volume, rois(), settings=settings)
    grown = segment_edema(volume, rois(), settings=settings.model_copy(update={"grow_to": 0.3}))
    assert np.all(grown.mask.voxels[plain.mask.voxels])
    assert grown.counted_ml > 1.5 * plain.counted_ml
    assert len(grown.lesions) <= len(plain.lesions)


@pytest.mark.parametrize("level", [0.55, 0.7, 1.4, 1.8])
def test_a_reference_of_two_tissues_is_flagged(level: float) -> None:
    voxels = np.array(scan().voxels)
    voxels[3:7, 40:55, 33:37] *= level  # two fifths of the reference
    found = segment_edema(Volume(geometry=geometry(), voxels=voxels), rois())
    assert any("two tissues" in flag for flag in found.flags)


@pytest.mark.parametrize("seed", range(3))
def test_noise_and_a_vessel_in_the_reference_are_not_two_tissues(seed: int) -> None:
    voxels = np.array(scan(seed=seed).voxels)
    voxels[3:7, 44:45, 33:38] *= 2.5
    found = segment_edema(Volume(geometry=geometry(), voxels=voxels), rois())
    assert not any("two tissues" in flag for flag in found.flags)


def changed_rois(**changes: object) -> SacroiliacRois:
    return replace(rois(), **changes)


def test_rois_without_marrow_are_refused_not_called_normal() -> None:
    with pytest.raises(NotEvaluable, match="ROIs are empty"):
        segment_edema(scan(), changed_rois(quadrants=np.zeros(SHAPE, dtype=np.uint8)))


def test_an_empty_reference_is_refused() -> None:
    nothing = Mask(geometry=geometry(), voxels=np.zeros(SHAPE, dtype=bool))
    with pytest.raises(ReferenceTooSmall, match="0 voxels"):
        segment_edema(scan(), changed_rois(reference=nothing))


def test_a_reference_outside_the_field_of_view_is_refused() -> None:
    voxels = np.array(scan().voxels)
    voxels[3:7, 40:55, 33:43] = 0
    with pytest.raises(NotEvaluable, match="median 0"):
        segment_edema(Volume(geometry=geometry(), voxels=voxels), rois())


def test_rois_on_another_grid_are_refused() -> None:
    matrix = np.array(geometry().lps_from_index)
    matrix[0, 3] += 4.0
    elsewhere = VolumeGeometry(shape=SHAPE, lps_from_index=matrix)
    with pytest.raises(GeometryMismatch, match="the ROI map"):
        segment_edema(Volume(geometry=elsewhere, voxels=scan().voxels), rois())


def test_a_reference_of_many_tissues_is_refused() -> None:
    voxels = np.array(scan().voxels)
    voxels[3:7, 40:55, 33:43] *= np.random.default_rng(2).uniform(0.2, 3.0, (4, 15, 10))
    with pytest.raises(NotEvaluable, match="varies by"):
        segment_edema(Volume(geometry=geometry(), voxels=voxels), rois())


def test_t1_on_the_same_grid_or_on_a_finer_one_says_the_same() -> None:
    t1 = Volume(geometry=geometry(), voxels=np.where(two_bones() > 0, 100.0, 30.0))
    matrix = np.array(geometry().lps_from_index)
    matrix[:, 0] /= 2
    twice = VolumeGeometry(shape=(2 * SHAPE[0], *SHAPE[1:]), lps_from_index=matrix)
    finer = Volume(geometry=twice, voxels=np.repeat(t1.voxels, 2, axis=0))
    same, resampled = (segment_edema(scan(), rois(), t1=x) for x in (t1, finer))
    assert same.edema_ml == pytest.approx(resampled.edema_ml, abs=0.02)


def test_edema_up_to_the_cortex_is_measured_up_to_the_cortex() -> None:
    """The outermost voxels of bone are part cortex, part marrow: no edema starts there."""
    labels, marrow = two_bones(), np.array(scan(lesion=1.0).voxels)
    labels[:, :, 60] = 0  # a joint space of 2.4 mm; the ilium begins at column 61
    wide = rois_from_labels(geometry(), labels, reference=rois().reference)
    edema = np.array(marrow)
    edema[2:8, 10:30, 61:80] *= 2.0
    edema[2:8, 10:30, 61] *= 0.5
    found = segment_edema(Volume(geometry=geometry(), voxels=edema), wide)
    truth = 6 * 20 * 19 * 3.3 * 0.8 * 0.8 / 1000
    assert found.edema_ml == pytest.approx(truth, rel=0.05)
    assert found.mask.voxels[5, 20, 61]

    marrow[2:8, 10:30, 61] *= 4.0  # partial volume of fluid in the joint
    beside_fluid = segment_edema(Volume(geometry=geometry(), voxels=marrow), wide)
    assert beside_fluid.lesions == ()
    assert any(lost.rule == "rim" for lost in beside_fluid.dropped)


@pytest.mark.parametrize("ratio", [1.6, 2.8])
def test_faint_and_bright_lesions_that_fade_are_measured_alike(ratio: float) -> None:
    """A fixed cut-off finds too little of faint lesions and too much of bright ones."""
    columns = np.arange(80) * SPACING[2]
    share = np.clip((64.0 - columns) / 4.0 - 2.0, 0, 1)  # full to 52 mm, none from 56 mm on
    share[:60] = 0
    voxels = np.array(scan(lesion=1.0).voxels)
    voxels[2:8, 10:50] *= 1 + (ratio - 1) * share
    found = segment_edema(Volume(geometry=geometry(), voxels=voxels), rois())
    truth = 6 * 40 * share.sum() * 3.3 * 0.8 * 0.8 / 1000
    assert found.edema_ml == pytest.approx(truth, rel=0.1)


@pytest.mark.parametrize("noise", [4.0, 8.0, 16.0])
def test_noise_does_not_change_what_is_edema(noise: float) -> None:
    rng = np.random.default_rng(5)
    voxels = np.where(two_bones() > 0, 100.0, 20.0)
    voxels[3:7, 10:20, 8:18] *= 1.8
    voxels += rng.normal(0, noise, SHAPE)
    found = segment_edema(Volume(geometry=geometry(), voxels=np.clip(voxels, 0, None)), rois())
    assert found.edema_ml == pytest.approx(TRUE_ML, rel=0.1)


def test_a_quiet_even_scan_does_not_pull_the_cutoff_down_to_normal_marrow() -> None:
    found = segment_edema(scan(lesion=1.25), rois(), settings=SegmentSettings(n_sd=0.5))
    assert found.threshold.value == SegmentSettings().least_ratio
    assert found.edema_ml == 0.0


def test_edema_in_bones_that_were_found_is_less_certain_than_in_bones_that_were_drawn() -> None:
    drawn = segment_edema(scan(), rois()).interval_ml
    found = segment_edema(scan(), replace(rois(), source="automatic")).interval_ml
    assert found.low < drawn.low
    assert found.high > drawn.high
