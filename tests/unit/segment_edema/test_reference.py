"""Normal marrow is believed only where it is marrow."""

from dataclasses import replace

import numpy as np
import pytest
from marrow_scenes import SHAPE, geometry, rois, scan, two_bones

from mri_bme.errors import NotEvaluable, ReferenceTooSmall
from mri_bme.sacroiliac import SacroiliacRois, rois_from_labels
from mri_bme.segment_edema import segment_edema
from mri_bme.segment_edema.reference import reference_statistics
from mri_bme.volume import Mask, Volume


def test_marrow_without_a_reference_is_refused_not_called_normal() -> None:
    unknown = rois_from_labels(geometry(), two_bones())
    with pytest.raises(ReferenceTooSmall, match="no reference marrow"):
        segment_edema(scan(), unknown)


def test_a_constant_reference_is_refused() -> None:
    flat = Volume(geometry=geometry(), voxels=np.full(SHAPE, 100.0))
    with pytest.raises(NotEvaluable, match="robust SD"):
        segment_edema(flat, rois())


def changed_rois(**changes: object) -> SacroiliacRois:
    return replace(rois(), **changes)


def test_an_empty_reference_is_refused() -> None:
    nothing = Mask(geometry=geometry(), voxels=np.zeros(SHAPE, dtype=bool))
    with pytest.raises(ReferenceTooSmall, match="0 voxels"):
        segment_edema(scan(), changed_rois(reference=nothing))


def test_a_reference_outside_the_field_of_view_is_refused() -> None:
    voxels = np.array(scan().voxels)
    voxels[3:7, 40:55, 33:43] = 0
    with pytest.raises(NotEvaluable, match="median 0"):
        segment_edema(Volume(geometry=geometry(), voxels=voxels), rois())


def test_a_reference_of_many_tissues_is_refused() -> None:
    voxels = np.array(scan().voxels)
    voxels[3:7, 40:55, 33:43] *= np.random.default_rng(2).uniform(0.2, 3.0, (4, 15, 10))
    with pytest.raises(NotEvaluable, match="varies by"):
        segment_edema(Volume(geometry=geometry(), voxels=voxels), rois())


def test_statistics_of_normal_marrow_are_robust_against_a_vessel() -> None:
    """A normal sample has its own SD; 2 % of it ten times as bright changes little."""
    values = np.random.default_rng(1).normal(100, 8, 5000).astype(np.float32)
    limits = {"voxel_volume_ml": 0.002, "min_ml": 1.0, "max_cv": 0.3}
    plain = reference_statistics(values, **limits)
    assert plain.median == pytest.approx(100, abs=0.5)
    assert plain.sd == pytest.approx(8, rel=0.05)
    assert plain.iqr == pytest.approx(8 * 1.349, rel=0.05)  # of a normal distribution
    values[:100] = 1000
    assert reference_statistics(values, **limits).sd == pytest.approx(plain.sd, rel=0.05)


@pytest.mark.parametrize(("n", "is_enough"), [(500, True), (499, False)])
def test_the_smallest_reference_is_counted_in_millilitres(n: int, is_enough: bool) -> None:
    values = np.random.default_rng(1).normal(100, 8, n).astype(np.float32)
    limits = {"voxel_volume_ml": 0.002, "min_ml": 1.0, "max_cv": 0.3}
    if is_enough:
        assert reference_statistics(values, **limits).n_voxels == n
    else:
        with pytest.raises(ReferenceTooSmall, match=r"at least 1 mL"):
            reference_statistics(values, **limits)
