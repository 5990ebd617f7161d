"""Edema of known size in marrow of known brightness."""

from dataclasses import replace

import numpy as np
import pytest
from marrow_scenes import HARD_EDGE_ERROR, SHAPE, TRUE_ML, geometry, rois, scan, two_bones

from mri_bme.errors import GeometryMismatch, NotEvaluable
from mri_bme.findings import Interval
from mri_bme.sacroiliac import PlacedBy, SacroiliacRois
from mri_bme.score_edema import score_edema
from mri_bme.segment_edema import segment_edema
from mri_bme.settings import SegmentSettings
from mri_bme.volume import Volume, VolumeGeometry


def interval(volume: Volume, where: SacroiliacRois) -> Interval:
    """The 95 % interval of the total."""
    total = score_edema(segment_edema(volume, where), where).regions["total"]
    assert total.interval_ml is not None
    return total.interval_ml


@pytest.mark.parametrize("gain", [0.1, 1.0, 40.0])
def test_edema_volume_is_right_whatever_the_receiver_gain(gain: float) -> None:
    found = segment_edema(scan(gain=gain), rois())
    assert found.edema_ml == pytest.approx(TRUE_ML, rel=HARD_EDGE_ERROR)
    assert [lesion.quadrant for lesion in found.lesions] == [5]


def test_normal_marrow_has_no_edema_and_that_is_a_result() -> None:
    found = segment_edema(scan(lesion=1.0), rois())
    assert found.edema_ml == 0.0
    assert found.lesions == ()


def test_lesions_add_up_to_the_edema_credited_and_counted() -> None:
    found = segment_edema(scan(), rois())
    assert found.edema_ml != pytest.approx(found.counted_ml, rel=0.01)
    assert sum(x.volume_ml for x in found.lesions) == pytest.approx(found.edema_ml, abs=1e-6)
    assert sum(x.counted_ml for x in found.lesions) == pytest.approx(found.counted_ml, abs=1e-6)


def test_the_interval_holds_the_estimate_and_none_is_certain_zero() -> None:
    found = interval(scan(), rois())
    assert found.low < TRUE_ML < found.high
    nothing = interval(scan(lesion=1.0), rois())
    assert nothing.low == 0.0 < nothing.high < 0.2


def test_what_was_left_out_for_its_size_alone_stays_in_the_interval() -> None:
    strict = SegmentSettings(min_volume_ml=5.0)
    found = segment_edema(scan(), rois(), settings=strict)
    assert [one.rule for one in found.dropped] == ["speck"]
    total = score_edema(found, rois()).regions["total"]
    assert total.edema_ml == 0.0
    assert total.interval_ml is not None
    assert total.interval_ml.high > TRUE_ML
    far = SegmentSettings(min_volume_ml=5.0, periarticular_mm=0.1)
    elsewhere = score_edema(segment_edema(scan(), rois(), settings=far), rois()).regions["total"]
    assert elsewhere.interval_ml is not None
    assert elsewhere.interval_ml.high < 0.2


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
        {
            "judge": "rules",
            "rule": rule,
            "n_sd": 14.0,
            "n_iqr": 8.0,
            "ratio": 1.6,
            "dark_exponent": 0.0,
        }
    )
    plain = segment_edema(volume, rois(), settings=settings)
    grown = segment_edema(volume, rois(), settings=settings.model_copy(update={"grow_to": 0.3}))
    assert np.all(grown.mask.voxels[plain.mask.voxels])
    assert grown.counted_ml > 1.5 * plain.counted_ml
    assert len(grown.lesions) <= len(plain.lesions)


def test_rois_without_marrow_are_refused_not_called_normal() -> None:
    with pytest.raises(NotEvaluable, match="ROIs are empty"):
        segment_edema(scan(), replace(rois(), quadrants=np.zeros(SHAPE, dtype=np.uint8)))


def test_rois_on_another_grid_are_refused() -> None:
    matrix = np.array(geometry().lps_from_index)
    matrix[0, 3] += 4.0
    elsewhere = VolumeGeometry(shape=SHAPE, lps_from_index=matrix)
    with pytest.raises(GeometryMismatch, match="the ROI map"):
        segment_edema(Volume(geometry=elsewhere, voxels=scan().voxels), rois())


def test_t1_on_the_same_grid_or_on_a_finer_one_says_the_same() -> None:
    t1 = Volume(geometry=geometry(), voxels=np.where(two_bones() > 0, 100.0, 30.0))
    matrix = np.array(geometry().lps_from_index)
    matrix[:, 0] /= 2
    twice = VolumeGeometry(shape=(2 * SHAPE[0], *SHAPE[1:]), lps_from_index=matrix)
    finer = Volume(geometry=twice, voxels=np.repeat(t1.voxels, 2, axis=0))
    same, resampled = (segment_edema(scan(), rois(), t1=x) for x in (t1, finer))
    assert same.edema_ml == pytest.approx(resampled.edema_ml, abs=0.02)


@pytest.mark.parametrize("noise", [4.0, 8.0, 16.0])
def test_noise_does_not_change_what_is_edema(noise: float) -> None:
    rng = np.random.default_rng(5)
    voxels = np.where(two_bones() > 0, 100.0, 20.0)
    voxels[3:7, 10:20, 8:18] *= 1.8
    voxels += rng.normal(0, noise, SHAPE)
    found = segment_edema(Volume(geometry=geometry(), voxels=np.clip(voxels, 0, None)), rois())
    assert found.edema_ml == pytest.approx(TRUE_ML, rel=0.1)


@pytest.mark.parametrize("who", [PlacedBy.NETWORK, PlacedBy.ATLAS])
def test_edema_in_bones_that_were_found_is_less_certain_than_in_bones_that_were_drawn(
    who: PlacedBy,
) -> None:
    drawn = interval(scan(), rois())
    found = interval(scan(), replace(rois(), placed_by=who))
    assert found.low < drawn.low
    assert found.high > drawn.high


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
