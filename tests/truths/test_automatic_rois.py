"""Automatic bones: where they are on real scans, and that failures are refused, not drawn."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import ndimage

from mri_bme.errors import RoiNotFound
from mri_bme.intake.nifti import read_nifti, read_nifti_labels, read_nifti_mask
from mri_bme.phantom import PhantomVisit, make_phantom
from mri_bme.place_rois import place_rois
from mri_bme.place_rois.automatic import (
    automatic_bones,
    steadied,
)
from mri_bme.place_rois.confidence import BoneEvidence, JointCoverage, judge
from mri_bme.place_rois.network import likeliest_bones
from mri_bme.place_rois.place import rois_from_bones
from mri_bme.place_rois.sources import FoundBones
from mri_bme.sacroiliac import BoneLabel
from mri_bme.segment_edema import segment_edema
from mri_bme.settings import RoiSettings, SegmentSettings
from mri_bme.volume import Volume, VolumeGeometry, reorder_geometry, reorder_voxels

Voxels = NDArray[np.float32]


@pytest.fixture(scope="module")
def stir(real_data: Path) -> Volume:
    return read_nifti(real_data / "sij_nifti" / "sub-2015" / "stir.nii.gz")


def test_rois_of_a_real_scan_need_no_drawing(real_data: Path, stir: Volume) -> None:
    folder = real_data / "sij_nifti" / "sub-2015"
    rois = place_rois(stir)
    drawn = read_nifti_labels(folder / "bone_region_manual.nii.gz", stir.geometry, what="region")
    manual = read_nifti_mask(folder / "normal_marrow_manual.nii.gz", stir.geometry, what="normal")
    assert rois.source == "automatic"
    assert rois.confidence > 0.9
    assert np.mean(drawn[rois.mask.voxels] > 0) > 0.85
    assert rois.reference is not None
    ours, theirs = (float(np.median(stir.voxels[m.voxels])) for m in (rois.reference, manual))
    assert ours == pytest.approx(theirs, rel=0.08)


def test_left_stays_left_when_a_scan_is_stored_from_left_to_right(stir: Volume) -> None:
    settings = RoiSettings()
    flips = (True, False, True)
    flipped = Volume(
        geometry=reorder_geometry(stir.geometry, (0, 1, 2), flips),
        voxels=reorder_voxels(stir.voxels, (0, 1, 2), flips),
    )
    plain, _, _ = automatic_bones(stir, None, settings)
    mirrored, _, _ = automatic_bones(flipped, None, settings)
    np.testing.assert_array_equal(reorder_voxels(mirrored, (0, 1, 2), flips), plain)


def test_marrow_where_two_bones_meet_is_not_lost_to_background() -> None:
    """Readers drew across the joint: each bone 0.3 likely, together likelier than background."""
    chance = np.array([[0.4, 0.6], [0.29, 0.2], [0.31, 0.2], [0.0, 0.0], [0.0, 0.0]])
    found = likeliest_bones(chance.astype(np.float32))
    np.testing.assert_array_equal(found, [BoneLabel.LEFT_ILIUM, BoneLabel.BACKGROUND])


def test_a_bone_doubted_in_one_slice_goes_on_through_it() -> None:
    chance = np.zeros((5, 7, 4, 4), dtype=np.float32)
    chance[1] = 0.9
    chance[1, 3] = 0.4
    chance[0] = 1 - chance[1]
    assert likeliest_bones(chance)[3, 0, 0] == BoneLabel.BACKGROUND
    assert (likeliest_bones(steadied(chance, 3.3)) == BoneLabel.SACRUM).all()
    chance[1], chance[0] = 0.0, 1.0
    chance[1, 3], chance[0, 3] = 0.6, 0.4  # in one slice alone it is no bone
    assert not likeliest_bones(steadied(chance, 3.3)).any()


def half(voxels: Voxels) -> Voxels:
    cut = np.array(voxels)
    cut[:, :, :150] = 0
    return cut


def upper_half_of_the_view(voxels: Voxels) -> Voxels:
    cut = np.array(voxels)
    cut[:, 200:] = 0
    return cut


def first_slices(voxels: Voxels) -> Voxels:
    cut = np.array(voxels)
    cut[9:] = 0
    return cut


def with_metal(voxels: Voxels) -> Voxels:
    """No signal within 21 mm of a screw through the left joint."""
    screw = np.array([12, 190, 240])[:, None, None, None]
    apart = (np.indices(voxels.shape) - screw) * np.array([3.3, 0.595, 0.595])[:, None, None, None]
    return np.where((apart**2).sum(axis=0) < 21**2, 0, voxels)


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (half, "right ilium"),
        (upper_half_of_the_view, "runs into the edge of the field of view"),
        (first_slices, r"last slice cuts a joint, of which \d\d mm are seen: 25 mm needed"),
        (with_metal, "no signal, as beside metal"),
        (lambda v: v[:, ::-1], "certainty"),
        (lambda v: v[::-1], "read from back to front"),
        (lambda v: np.random.default_rng(0).rayleigh(50, v.shape), "certainty"),
    ],
    ids=[
        "half a pelvis",
        "upper half",
        "first nine slices",
        "metal",
        "upside down",
        "back to front",
        "noise",
    ],
)
def test_a_failure_is_refused_with_its_reason(
    stir: Volume, spoil: Callable[[Voxels], Voxels], reason: str
) -> None:
    with pytest.raises(RoiNotFound, match=f"not found with confidence.*{reason}"):
        place_rois(Volume(geometry=stir.geometry, voxels=spoil(stir.voxels)))


def test_sagittal_slices_are_refused() -> None:
    matrix = np.array([[4.0, 0, 0, 0], [0, 0, 1, 0], [0, -1, 0, 0], [0, 0, 0, 1]])
    geometry = VolumeGeometry(shape=(20, 64, 64), lps_from_index=matrix)
    with pytest.raises(RoiNotFound, match="sagittal"):
        place_rois(Volume(geometry=geometry, voxels=np.ones((20, 64, 64))))


def evidence(**changes: object) -> BoneEvidence:
    good: dict[str, object] = {
        "certainty": 0.95,
        "mirror_agreement": 0.92,
        "volumes_ml": dict.fromkeys(list(BoneLabel)[1:4], 60.0),
        "in_order": True,
    }
    return BoneEvidence(**(good | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "confidence"),
    [
        ({}, 1.0),
        ({"certainty": 0.86}, 0.8),
        ({"certainty": 0.821}, 0.5),
        ({"mirror_agreement": 0.5}, 0.0),
        ({"in_order": False}, 0.0),
        ({"volumes_ml": {BoneLabel.LEFT_ILIUM: 3.0}}, 0.0),
        ({"void_share": 0.2}, 0.0),
        ({"reversed_certainty": 0.95, "forward_certainty": 0.94}, 0.0),
        ({"coverage": JointCoverage(is_cut_in_plane=True)}, 0.0),
        ({"coverage": JointCoverage(cut_slab_mm=24.0)}, 0.0),
    ],
)
def test_confidence_follows_the_evidence(changes: dict[str, object], confidence: float) -> None:
    found, doubts = judge(evidence(**changes), RoiSettings())
    assert found == pytest.approx(confidence)
    assert bool(doubts) == (confidence < 0.75)


def test_a_slab_that_cuts_a_joint_but_shows_most_of_it_is_measured_with_a_warning() -> None:
    found, doubts = judge(evidence(coverage=JointCoverage(cut_slab_mm=33.0)), RoiSettings())
    assert found == 1.0
    assert doubts == (
        "the first or last slice cuts a joint, of which 33 mm are seen: "
        "edema beyond is not measured",
    )


def test_joint_fluid_in_a_healthy_subject_is_no_edema() -> None:
    """Bones may reach into the joint; what lies there is not marrow."""
    healthy = make_phantom("healthy", seed=303, fineness=1.5).baseline
    found = place_rois(healthy.volume, t1=healthy.t1)
    reaching = FoundBones(labels=ilia_reaching_into_the_joint(healthy, 3.0), source="bones")
    settings = RoiSettings()
    given = rois_from_bones(reaching, healthy.volume, reference=None, settings=settings)
    for rois in (found, given):
        assert segment_edema(healthy.volume, rois, t1=healthy.t1).edema_ml < 0.02
    others = ("like_marrow_beside", "single_slice")  # which leave out some of it as well
    found_ml = [
        segment_edema(
            healthy.volume, given, t1=healthy.t1, settings=SegmentSettings(switched_off=rules)
        ).edema_ml
        for rules in (others, (*others, "joint_space"))
    ]
    assert found_ml[0] < 0.02
    assert found_ml[1] > 0.05


def ilia_reaching_into_the_joint(visit: PhantomVisit, reach_mm: float) -> NDArray[np.uint8]:
    """Grow the iliac side of both joints within slices, but into no other bone."""
    bones, (_, *pixel_mm) = visit.bone_labels, visit.volume.geometry.spacing_mm
    is_other = ~np.isin(bones, (BoneLabel.LEFT_ILIUM, BoneLabel.RIGHT_ILIUM))
    away_mm, nearest = ndimage.distance_transform_edt(
        is_other, sampling=(1e3, *pixel_mm), return_indices=True
    )
    is_joint = (bones == 0) & (away_mm <= reach_mm) & (np.abs(visit.joint_distance_mm) < 4)
    return np.where(is_joint, bones[tuple(nearest)], bones).astype(np.uint8)
