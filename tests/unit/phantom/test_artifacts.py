"""Artifacts are what a physicist expects of them, and leave the truth alone."""

import numpy as np
import pytest
from scipy.special import jv

from mri_bme.errors import InvalidSettings
from mri_bme.phantom import ARTIFACTS, Artifacts, PhantomSubject, artifacts_named, scan
from mri_bme.phantom.artifacts import (
    RIM_MM,
    STRENGTH,
    around_metal,
    folded,
    ghosted,
    less_in_the_middle,
    moved,
    seen_geometry,
    with_fat,
)
from mri_bme.phantom.scanner import Scan, slab_geometry
from mri_bme.volume import RigidTransform, VolumeGeometry

GEOMETRY = VolumeGeometry(shape=(5, 60, 100), lps_from_index=np.diag([4.0, 1.0, 1.0, 1.0]))
STILL = RigidTransform(b_from_a=np.eye(4))


def rescanned(subject: PhantomSubject, artifacts: Artifacts) -> Scan:
    """Scan the baseline once more, as it was but for what goes wrong."""
    visit = subject.baseline
    return scan(
        subject.anatomy,
        visit.edema,
        visit.protocol,
        visit.pose,
        geometry=slab_geometry(subject.anatomy, visit.protocol, visit.pose),
        seed=2 * subject.seed,
        artifacts=artifacts,
    )


def test_ghosts_lie_along_phase_encoding_at_their_spacing_and_height() -> None:
    point = np.zeros((1, 9, 100), dtype=np.float32)
    point[0, 4, 50] = 1.0
    seen = np.abs(ghosted(point, Artifacts(ghosting=0.4, ghost_spacing=0.2)))[0]
    assert not np.any(seen[np.arange(9) != 4])  # nothing along the frequency direction
    ghosts = np.flatnonzero(seen[4] > 1e-3)
    assert set(ghosts) >= {30, 50, 70}
    assert np.all((ghosts - 50) % 20 == 0)
    assert seen[4, 50] == pytest.approx(jv(0, 0.4), abs=1e-3)
    assert seen[4, 70] == pytest.approx(jv(1, 0.4), abs=2e-3)


def test_motion_moves_signal_about_but_loses_none() -> None:
    rng = np.random.default_rng(1)
    picture = rng.random((2, 20, 64), dtype=np.float32)
    seen = ghosted(picture, Artifacts(ghosting=0.7))
    assert np.sum(np.abs(seen) ** 2) == pytest.approx(np.sum(picture**2), rel=1e-4)


def test_moving_between_echo_trains_shifts_each_by_its_own_and_loses_no_signal() -> None:
    rng = np.random.default_rng(1)
    picture = rng.random((2, 20, 64), dtype=np.float32)
    seen = moved(picture, 1.5, 1.0, seed=4)
    assert np.sum(np.abs(seen) ** 2) == pytest.approx(np.sum(picture**2), rel=1e-4)
    assert np.abs(np.abs(seen) - picture).max() > 0.1
    np.testing.assert_allclose(np.abs(moved(picture, 0.0, 1.0, seed=4)), picture, atol=1e-5)


def test_a_weak_transmit_field_takes_signal_from_the_middle() -> None:
    picture = np.ones(GEOMETRY.shape, dtype=np.float32)
    seen = less_in_the_middle(picture, GEOMETRY, 0.6)
    assert seen.min() == pytest.approx(0.4, abs=0.01)
    assert seen[0, 30, 40] == seen.min()
    assert seen[0, 30, 99] > 0.8
    assert less_in_the_middle(picture, GEOMETRY, 0.0) is picture


def test_what_lies_outside_the_field_of_view_folds_in_from_the_other_side() -> None:
    picture = np.zeros((1, 3, 100), dtype=np.float32)
    picture[0, 1, 4] = 1.0  # six columns outside the left edge of a cut of ten
    seen = folded(picture, 0.2)
    assert seen.shape == (1, 3, 80)
    assert np.argwhere(seen).tolist() == [[0, 1, 74]]
    assert seen.sum() == picture.sum()
    cut = seen_geometry(GEOMETRY, 0.2)
    np.testing.assert_allclose(cut.points_lps((0, 0, 0)), GEOMETRY.points_lps((0, 0, 10)))
    assert cut.shape == (5, 60, 80)


def test_metal_leaves_a_void_with_a_bright_rim_along_frequency_encoding() -> None:
    marrow = np.ones(GEOMETRY.shape, dtype=np.float32)
    at = GEOMETRY.points_lps((2, 30, 50))
    seen = around_metal(marrow, GEOMETRY, STILL, centre_mm=at, radius_mm=10.0)[2]
    assert np.all(seen[25:36, 45:56] == 0)
    rim = 10 + round(RIM_MM)
    above, beside = seen[30 - rim, 50], seen[30, 50 - rim]
    assert above > 2.0 > beside > 1.0
    assert seen[2, 2] == pytest.approx(1.0)


def test_only_fat_shines_where_its_suppression_fails() -> None:
    stir = np.ones(GEOMETRY.shape, dtype=np.float32)
    t1 = np.full(GEOMETRY.shape, 0.6, dtype=np.float32)
    t1[:, :, 60:] = 1.75
    seen = with_fat(stir, t1, GEOMETRY, 1.0)
    np.testing.assert_array_equal(seen[:, :, :60], 1.0)
    assert seen[0, 48, 85] == pytest.approx(5.0, abs=0.1)
    assert seen[0, 0, 62] < seen[0, 48, 85]


@pytest.mark.parametrize("name", sorted(ARTIFACTS))
def test_an_artifact_changes_what_is_seen_and_no_truth(
    small_phantom: PhantomSubject, name: str
) -> None:
    usual = small_phantom.baseline
    seen = rescanned(small_phantom, ARTIFACTS[name])
    cut = (usual.volume.geometry.shape[2] - seen.stir.geometry.shape[2]) // 2
    columns = slice(cut, usual.volume.geometry.shape[2] - cut)
    np.testing.assert_array_equal(seen.bone_labels, usual.bone_labels[:, :, columns])
    np.testing.assert_allclose(seen.edema_fraction, usual.edema_fraction[:, :, columns], atol=1e-5)
    assert not np.array_equal(seen.stir.voxels, usual.volume.voxels[:, :, columns])


def test_without_artifacts_a_scan_is_as_it_was(small_phantom: PhantomSubject) -> None:
    again = rescanned(small_phantom, Artifacts())
    np.testing.assert_array_equal(again.stir.voxels, small_phantom.baseline.volume.voxels)


def test_artifacts_go_together_by_name() -> None:
    both = artifacts_named(("ghosting", "metal"))
    assert both.names == ("ghosting", "metal")
    assert not artifacts_named(()).names
    with pytest.raises(InvalidSettings, match="choose from ghosting"):
        artifacts_named(("zipper",))
    with pytest.raises(InvalidSettings, match="less than half"):
        Artifacts(wrap=0.6)


@pytest.mark.parametrize("name", ARTIFACTS)
def test_each_artifact_grows_with_its_degree_and_no_other_comes_with_it(name: str) -> None:
    degrees = [ARTIFACTS[name].stronger(factor) for factor in (0.5, 1.0, 2.0)]
    strengths = [getattr(one, STRENGTH[name]) for one in degrees]
    assert strengths == sorted(set(strengths))
    assert degrees[1] == ARTIFACTS[name]
    assert all(one.names == (name,) for one in degrees)
