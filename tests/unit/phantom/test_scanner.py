"""What a scanner adds: a slab where it was prescribed, shading of a known size, whole numbers."""

from dataclasses import replace

import numpy as np
import pytest

from mri_bme.phantom import Anatomy, PhantomSubject, Pose, Protocol, scan, slab_geometry
from mri_bme.phantom.lesions import make_edema
from mri_bme.phantom.scanner import (
    MAX_STORED,
    SCANNER_AXIAL,
    scan_axial,
    scan_localizer,
    shading_field,
)

PROTOCOL = Protocol(n_slices=9, matrix=48, pixel_mm=4.0, thickness_mm=6.0, spacing_mm=9.0)


@pytest.fixture(scope="module")
def anatomy(small_phantom: PhantomSubject) -> Anatomy:
    return small_phantom.anatomy


def test_a_slab_has_the_spacing_prescribed_and_follows_the_subject(anatomy: Anatomy) -> None:
    still = slab_geometry(anatomy, PROTOCOL, Pose())
    assert still.spacing_mm == pytest.approx((9.0, 4.0, 4.0))
    assert still.shape == (9, 48, 48)
    pose = Pose(turn_degrees=(5, -3, 8), shift_mm=(10, 20, -30))
    moved = slab_geometry(anatomy, PROTOCOL, pose)
    corners = np.array([(0, 0, 0), (8, 47, 47)])
    expected = pose.lps_from_subject.apply(still.points_lps(corners))
    np.testing.assert_allclose(moved.points_lps(corners), expected)


def test_a_slab_turns_on_the_sacrum_by_its_tilt(anatomy: Anatomy) -> None:
    still = slab_geometry(anatomy, PROTOCOL, Pose())
    tilted = slab_geometry(anatomy, PROTOCOL, Pose(tilt_degrees=(7.0, 0.0)))
    cosine = still.directions[:, 0] @ tilted.directions[:, 0]
    assert np.degrees(np.arccos(cosine)) == pytest.approx(7.0)
    np.testing.assert_allclose(still.directions[:, 2], tilted.directions[:, 2], atol=1e-12)
    np.testing.assert_allclose(still.centre_lps_mm, tilted.centre_lps_mm, atol=1e-9)


@pytest.mark.parametrize("strength", [0.0, 0.1, 0.3])
def test_shading_has_the_strength_that_was_asked_for(anatomy: Anatomy, strength: float) -> None:
    geometry = slab_geometry(anatomy, PROTOCOL, Pose())
    log = np.log(shading_field(geometry, strength, np.random.default_rng(2)))
    assert log.std() == pytest.approx(strength, abs=1e-3)
    assert log.mean() == pytest.approx(0, abs=1e-3)


def test_what_is_stored_is_whole_numbers_of_twelve_bits(anatomy: Anatomy) -> None:
    edema = make_edema(anatomy, (), seed=1)
    bright = replace(PROTOCOL, marrow_level=3000.0)
    geometry = slab_geometry(anatomy, bright, Pose())
    found = scan(anatomy, edema, bright, Pose(), geometry=geometry, seed=3)
    for volume in (found.stir, found.t1):
        np.testing.assert_array_equal(volume.voxels, np.rint(volume.voxels))
        assert volume.voxels.min() >= 0
        assert volume.voxels.max() <= MAX_STORED


def test_the_other_series_lie_along_the_axes_of_the_scanner(anatomy: Anatomy) -> None:
    edema = make_edema(anatomy, (), seed=1)
    pose = Pose(turn_degrees=(-12, 2, 3))
    axial = scan_axial(anatomy, edema, pose, seed=1, level=300.0)
    np.testing.assert_allclose(axial.geometry.directions, SCANNER_AXIAL, atol=1e-12)
    stacks = scan_localizer(anatomy, pose, seed=1, level=300.0)
    normals = [np.abs(stack.geometry.directions[:, 0]).round(9).tolist() for stack in stacks]
    assert normals == [[0, 0, 1], [0, 1, 0], [1, 0, 0]]
