"""Scans that cannot be what they are said to be are refused; those of people pass."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from mri_bme.check_appearance import Appearance, check_rois, check_scan
from mri_bme.intake.nifti import read_nifti, read_nifti_labels, read_nifti_mask
from mri_bme.intake.source import read_volume
from mri_bme.phantom import ARTIFACTS, Artifacts, PhantomSubject, Protocol, make_phantom
from mri_bme.place_rois import place_rois
from mri_bme.sacroiliac import QUADRANTS, SacroiliacRois
from mri_bme.segment_edema import segment_edema
from mri_bme.volume import Mask, Volume, VolumeGeometry

SUBJECTS = ("sub-1007", "sub-1012", "sub-1013", "sub-1234", "sub-2015")
Pair = tuple[Volume, Volume | None]


def with_voxels(volume: Volume, voxels: NDArray[np.floating]) -> Volume:
    return Volume(geometry=volume.geometry, voxels=voxels)


def with_spacing(volume: Volume, factors: tuple[float, float, float]) -> Volume:
    matrix = np.array(volume.geometry.lps_from_index)
    matrix[:3, :3] *= factors
    geometry = VolumeGeometry(shape=volume.geometry.shape, lps_from_index=matrix)
    return Volume(geometry=geometry, voxels=volume.voxels)


MANIPULATED: dict[str, Callable[[Volume, Volume], Pair]] = {
    "contrast inverted": lambda v, t: (with_voxels(v, v.voxels.max() - v.voxels), t),
    "a constant of 1000 added": lambda v, t: (with_voxels(v, v.voxels + 1000), t),
    "negative slope": lambda v, t: (with_voxels(v, -v.voxels), t),
    "T1W and STIR exchanged": lambda v, t: (t, v),
    "T1W as both": lambda v, t: (t, t),
    "STIR as its own T1W": lambda v, t: (v, v),
    "slices a hundred times as near": lambda v, t: (with_spacing(v, (0.01, 1, 1)), None),
    "voxels a tenth in plane": lambda v, t: (with_spacing(v, (1, 0.1, 0.1)), None),
}


def resliced(volume: Volume, factor: float) -> Volume:
    """Interpolate between slices and round, as viewers do."""
    n = volume.geometry.shape[0]
    at = np.linspace(0, n - 1, round(n * factor))
    below = np.clip(np.floor(at).astype(int), 0, n - 2)
    part = (at - below)[:, None, None]
    voxels = np.rint(volume.voxels[below] * (1 - part) + volume.voxels[below + 1] * part)
    matrix = np.array(volume.geometry.lps_from_index)
    matrix[:3, 0] *= (n - 1) / (len(at) - 1)
    geometry = VolumeGeometry(shape=voxels.shape, lps_from_index=matrix)
    return Volume(geometry=geometry, voxels=voxels)


def real_scan(folder: Path, name: str) -> tuple[Volume, Volume]:
    if name == "DICOM":
        return read_volume(folder / "sij_dicom" / "STIR"), read_volume(folder / "sij_dicom" / "T1")
    scan = folder / "sij_nifti" / name
    return read_nifti(scan / "stir.nii.gz"), read_nifti(scan / "t1w.nii.gz")


def real_rois(folder: Path, name: str, volume: Volume, t1: Volume) -> SacroiliacRois:
    scan = folder / "sij_nifti" / name
    bones = read_nifti_labels(scan / "bone_region_manual.nii.gz", volume.geometry, what="bones")
    normal = read_nifti_mask(scan / "normal_marrow_manual.nii.gz", volume.geometry, what="marrow")
    return place_rois(volume, t1=t1, bones=bones, reference=normal)


def named(look: Appearance) -> list[str]:
    return [check.name for check in look.checks if check.words]


@pytest.mark.parametrize("name", [*SUBJECTS, "DICOM"])
def test_scans_of_people_pass_and_what_is_made_of_them_does_not(name: str, real_data: Path) -> None:
    volume, t1 = real_scan(real_data, name)
    assert not named(check_scan(volume, t1))
    for what, make in MANIPULATED.items():
        assert check_scan(*make(volume, t1)).impossible, what
    assert named(check_scan(resliced(volume, 2.4))) == ["independent_slices"]


@pytest.mark.parametrize("name", SUBJECTS)
def test_drawn_bones_of_people_pass_and_misplaced_ones_do_not(name: str, real_data: Path) -> None:
    volume, t1 = real_scan(real_data, name)
    rois = real_rois(real_data, name, volume, t1)
    assert not named(check_rois(volume, rois))
    for factor in (0.7, 0.8, 1.25, 1.4):
        assert "body_size" in named(sized(volume, rois, factor)), factor
    exchanged = check_rois(volume, replace(rois, quadrants=other_sides(rois)))
    assert "sides_mm" in named(exchanged)
    assert exchanged.impossible
    marrow = Mask(geometry=volume.geometry, voxels=rois.mask.voxels)
    columns = round(30 / volume.geometry.spacing_mm[2])
    moved = replace(rois, quadrants=np.roll(rois.quadrants, columns, axis=2))
    assert not named(check_rois(volume, rois, marrow=marrow))
    assert "on_marrow" in named(check_rois(volume, moved, marrow=marrow))


def other_sides(rois: SacroiliacRois) -> NDArray[np.uint8]:
    of = {(q.side, q.bone, q.level): n for n, q in QUADRANTS.items()}
    table = np.zeros(max(QUADRANTS) + 1, np.uint8)
    for n, q in QUADRANTS.items():
        table[n] = next(
            m for (s, b, lv), m in of.items() if s != q.side and (b, lv) == (q.bone, q.level)
        )
    return table[rois.quadrants]


@pytest.fixture(scope="module", params=["plain", *ARTIFACTS])
def phantom(request: pytest.FixtureRequest) -> PhantomSubject:
    protocol = Protocol(n_slices=18, matrix=180, pixel_mm=1.2, spacing_mm=4.6)
    artifacts = () if request.param == "plain" else ((ARTIFACTS[request.param],) * 2,)
    more = {"artifacts": artifacts[0]} if artifacts else {}
    return make_phantom("partial", seed=77, fineness=2.4, protocol=protocol, **more)


def test_phantoms_with_artifacts_pass_and_what_is_made_of_them_does_not(
    phantom: PhantomSubject,
) -> None:
    visit = phantom.baseline
    look = check_scan(visit.volume, visit.t1)
    assert not look.impossible
    for what, make in MANIPULATED.items():
        assert check_scan(*make(visit.volume, visit.t1)).impossible, what


def test_a_healthy_phantom_passes(small_phantom: PhantomSubject) -> None:
    healed = small_phantom.followup
    rois = place_rois(healed.volume, bones=healed.bone_labels)
    look = check_scan(healed.volume, healed.t1) + check_rois(healed.volume, rois)
    assert not look.impossible


def test_reference_marrow_on_a_lesion_is_found_out(small_phantom: PhantomSubject) -> None:
    visit = small_phantom.baseline
    lesion = Mask(geometry=visit.volume.geometry, voxels=visit.edema_fraction > 0.7)
    rois = place_rois(visit.volume, bones=visit.bone_labels, reference=lesion)
    (reason,) = check_rois(visit.volume, rois).impossible
    assert "lies on a lesion" in reason


def sized(volume: Volume, rois: SacroiliacRois, factor: float) -> Appearance:
    """Look at a scan whose header has voxels `factor` times as large, and so its regions."""
    scaled = with_spacing(volume, (factor, factor, factor))
    normal = None
    if rois.reference is not None:
        normal = Mask(geometry=scaled.geometry, voxels=rois.reference.voxels)
    distance = np.float32(factor) * rois.joint_distance_mm
    same = {"geometry": scaled.geometry, "joint_distance_mm": distance, "reference": normal}
    return check_rois(scaled, replace(rois, **same))


SIZE = {"body_size", "between_joints_mm"}


@pytest.mark.parametrize("factor", [0.7, 0.8, 1.25, 1.4])
def test_bones_of_no_persons_size_are_flagged(factor: float, small_phantom: PhantomSubject) -> None:
    visit = small_phantom.baseline
    look = sized(visit.volume, place_rois(visit.volume, bones=visit.bone_labels), factor)
    assert SIZE & set(named(look))


@pytest.mark.parametrize("size", [0.94, 1.06])
def test_the_smallest_and_largest_phantoms_pass(size: float) -> None:
    """Of the sizes that phantoms are drawn at."""
    protocol = Protocol(n_slices=18, matrix=180, pixel_mm=1.2, spacing_mm=4.6)
    visit = make_phantom("healthy", seed=84, fineness=2.4, size=size, protocol=protocol).baseline
    rois = place_rois(visit.volume, bones=visit.bone_labels)
    assert not SIZE & set(named(check_rois(visit.volume, rois)))


def test_signal_that_folds_onto_marrow_is_refused_and_a_body_at_the_border_is_not() -> None:
    """One pelvis, its field of view cut by a third with fold-over and without."""
    protocol = Protocol(n_slices=18, matrix=180, pixel_mm=1.2, spacing_mm=4.6)
    whole = make_phantom("partial", seed=77, fineness=2.4, protocol=protocol).baseline
    wrap = Artifacts(wrap=0.33)
    folded = make_phantom(
        "partial", seed=77, fineness=2.4, protocol=protocol, artifacts=(wrap,) * 2
    )
    n = (180 - folded.baseline.volume.geometry.shape[2]) // 2
    cut = [
        Volume(geometry=folded.baseline.volume.geometry, voxels=one.voxels[:, :, n:-n])
        for one in (whole.volume, whole.t1)
    ]
    for volume, t1, is_refused in ((*cut, False), (*_both(folded), True)):
        rois = place_rois(volume, t1=t1, bones=folded.baseline.bone_labels)
        names = {c.name for c in check_rois(volume, rois, t1=t1).checks if c.words}
        assert ({"folded_signal", "fold_over_mm"} <= names) == is_refused
        assert bool(check_rois(volume, rois, t1=t1).impossible) == is_refused


def _both(phantom: PhantomSubject) -> tuple[Volume, Volume]:
    return phantom.baseline.volume, phantom.baseline.t1


@pytest.mark.parametrize("has_t1", [True, False])
def test_a_weak_transmit_field_makes_no_edema(has_t1: bool) -> None:
    """Which marrow by the joints beside a dim middle was, before the field was evened out."""
    protocol = Protocol(n_slices=16, matrix=180, pixel_mm=1.1, thickness_mm=4.4, spacing_mm=5.0)
    volumes = []
    for loss in (0.0, 0.4):
        more = Artifacts(transmit_loss=loss)
        visit = make_phantom(
            "partial", seed=77, fineness=2.4, protocol=protocol, artifacts=(more, more)
        ).baseline
        t1 = visit.t1 if has_t1 else None
        rois = place_rois(visit.volume, t1=t1, bones=visit.bone_labels)
        volumes.append(segment_edema(visit.volume, rois, t1=t1).edema_ml)
    assert volumes[1] == pytest.approx(volumes[0], rel=0.1)
