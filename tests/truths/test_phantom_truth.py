"""The truth of a phantom is a truth: independent of the grid, the pose and the scanner."""

from dataclasses import replace

import numpy as np
import pytest

from mri_bme.phantom import (
    Anatomy,
    LesionPlan,
    PhantomSubject,
    Pose,
    Protocol,
    make_anatomy,
    make_edema,
    make_phantom,
    scan,
    slab_geometry,
)
from mri_bme.pipeline import VisitInput, analyze_subject
from mri_bme.sacroiliac import Bone, BoneLabel, Side
from mri_bme.signal.spread import robust_sd
from mri_bme.volume import RigidTransform, Volume, VolumeGeometry

COARSE = 2.4
SMALL = Protocol(n_slices=18, matrix=100, pixel_mm=2.0, thickness_mm=4.0, spacing_mm=5.0)
LESION = LesionPlan(
    side=Side.LEFT, bone=Bone.ILIUM, volume_ml=4.0, peak_ratio=2.2, along=0.5, height=0.5
)


@pytest.fixture(scope="module")
def letter(small_phantom: PhantomSubject) -> PhantomSubject:
    return small_phantom


@pytest.fixture(scope="module")
def anatomy(small_phantom: PhantomSubject) -> Anatomy:
    return small_phantom.anatomy


def test_truth_does_not_depend_on_the_fine_grid() -> None:
    """Voxels 1.5 times as large move the true volumes by under 3 %."""
    found = [
        make_edema(make_anatomy(5, fineness=f), (LESION,), seed=1).region_ml("total")
        for f in (1.6, 2.4)
    ]
    assert found[0] == pytest.approx(found[1], rel=0.03)


@pytest.mark.parametrize(
    "scanned",
    [
        {"pixel_mm": 1.2, "matrix": 170},
        {"thickness_mm": 3.0, "spacing_mm": 3.0, "n_slices": 32},
        {"thickness_mm": 6.0, "spacing_mm": 6.0, "n_slices": 16},
    ],
)
def test_truth_does_not_depend_on_the_scan_grid(
    anatomy: Anatomy, scanned: dict[str, float]
) -> None:
    """Every grid that covers the lesion holds its volume, to 1 %."""
    edema = make_edema(anatomy, (LESION,), seed=1)
    protocol = replace(SMALL, **scanned)  # type: ignore[arg-type]
    geometry = slab_geometry(anatomy, protocol, Pose())
    found = scan(anatomy, edema, protocol, Pose(), geometry=geometry, seed=3)
    seen = found.edema_fraction.sum(dtype=float) * geometry.voxel_volume_ml
    assert seen == pytest.approx(edema.region_ml("total"), rel=0.01)


def test_volumes_scale_with_the_cube_of_size() -> None:
    small, large = (
        make_phantom("partial", seed=4, size=size, fineness=2.2 * size, protocol=SMALL)
        for size in (0.9, 1.1)
    )
    cube = (1.1 / 0.9) ** 3
    for one, other in zip(small.visits, large.visits, strict=True):
        assert other.region_ml("total") / one.region_ml("total") == pytest.approx(cube, rel=0.03)
    bones = [np.sum(s.anatomy.marrow) * s.anatomy.geometry.voxel_volume_ml for s in (small, large)]
    assert bones[1] / bones[0] == pytest.approx(cube, rel=0.02)


def test_a_rigid_move_changes_what_is_scanned_but_no_truth(anatomy: Anatomy) -> None:
    edema = make_edema(anatomy, (LESION,), seed=1)
    moved = Pose(turn_degrees=(9.0, -4.0, 5.0), shift_mm=(30.0, -20.0, 55.0))
    fractions = []
    for pose in (Pose(), moved):
        geometry = slab_geometry(anatomy, SMALL, pose)
        found = scan(anatomy, edema, SMALL, pose, geometry=geometry, seed=3)
        fractions.append(found.edema_fraction)
    np.testing.assert_allclose(fractions[0], fractions[1], atol=2e-3)


def test_a_rigid_move_of_the_subject_hardly_moves_what_is_measured(letter: PhantomSubject) -> None:
    """The same voxels under another affine: nothing in the pipeline may lean on LPS axes."""
    visit = letter.baseline
    matrix = Pose(turn_degrees=(9.0, -4.0, 5.0), shift_mm=(30.0, -20.0, 55.0)).lps_from_subject

    def measured(move: RigidTransform) -> float:
        def moved(volume: Volume) -> Volume:
            lps = move.b_from_a @ volume.geometry.lps_from_index
            geometry = VolumeGeometry(shape=volume.geometry.shape, lps_from_index=lps)
            return Volume(geometry=geometry, voxels=volume.voxels)

        given = VisitInput(
            label="baseline",
            day=0,
            volume=moved(visit.volume),
            t1=moved(visit.t1),
            bones=visit.bone_labels,
        )
        burden = analyze_subject([given]).visits[0].burden
        assert burden is not None
        return burden.regions["total"].edema_ml

    assert measured(matrix) == pytest.approx(measured(RigidTransform.identity()), rel=0.01)


def test_the_slab_sees_the_true_volume(letter: PhantomSubject) -> None:
    for visit in letter.visits:
        seen = visit.edema_fraction.sum(dtype=float) * visit.volume.geometry.voxel_volume_ml
        assert seen == pytest.approx(visit.region_ml("total"), rel=0.12, abs=0.05)


def test_the_true_motion_carries_bones_from_baseline_to_followup(letter: PhantomSubject) -> None:
    """Marrow found at baseline, moved by the true transform, is marrow at week 14."""
    first, second = letter.visits
    inside = np.argwhere(first.bone_labels == BoneLabel.SACRUM)
    points = letter.followup_from_baseline.apply(first.volume.geometry.points_lps(inside))
    index = np.rint(second.volume.geometry.indices_of(points)).astype(int)
    on_grid = np.all((index >= 0) & (index < second.volume.geometry.shape), axis=1)
    there = second.bone_labels[tuple(index[on_grid].T)]
    assert np.mean(there == BoneLabel.SACRUM) > 0.8
    astray = first.volume.geometry.points_lps(inside) + np.array([0, 0, 25.0])
    wrong = np.rint(second.volume.geometry.indices_of(astray)).astype(int)
    wrong = wrong[np.all((wrong >= 0) & (wrong < second.volume.geometry.shape), axis=1)]
    assert np.mean(second.bone_labels[tuple(wrong.T)] == BoneLabel.SACRUM) < 0.6


def test_left_is_the_patients_left(letter: PhantomSubject) -> None:
    visit = letter.baseline
    geometry = visit.volume.geometry
    subject_from_lps = visit.lps_from_subject.inverse()
    for label, sign in ((BoneLabel.LEFT_ILIUM, 1), (BoneLabel.RIGHT_ILIUM, -1)):
        points = geometry.points_lps(np.argwhere(visit.bone_labels == label))
        assert np.all(sign * subject_from_lps.apply(points)[:, 0] > 0)


def test_same_seed_same_voxels(letter: PhantomSubject) -> None:
    again = make_phantom("letter", seed=5, fineness=COARSE, protocol=SMALL)
    for one, other in zip(letter.visits, again.visits, strict=True):
        np.testing.assert_array_equal(one.volume.voxels, other.volume.voxels)
        np.testing.assert_array_equal(one.t1.voxels, other.t1.voxels)
        assert one.truth_ml == other.truth_ml


def test_edema_is_brighter_than_normal_marrow(letter: PhantomSubject) -> None:
    visit = letter.baseline
    normal = np.median(visit.volume.voxels[(visit.quadrants > 0) & (visit.edema_fraction == 0)])
    edema = visit.volume.voxels[visit.edema_fraction > 0.95]
    assert 1.4 < np.median(edema) / normal < 3.0


def test_normal_marrow_varies_as_in_real_scans(letter: PhantomSubject) -> None:
    """SD of normal marrow over 10 to 18 % of its mean (eight real scans: 10 to 17 %)."""
    visit = letter.baseline
    inner = (visit.bone_labels == BoneLabel.SACRUM) & (visit.edema_fraction == 0)
    middle = inner & (np.abs(visit.joint_distance_mm) > 15)
    values = visit.volume.voxels[middle]
    spread = robust_sd(values) / np.median(values)
    assert 0.07 < spread < 0.19
