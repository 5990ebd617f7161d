"""What cannot be registered is refused in words, and nothing depends on threads."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import SimpleITK
from moved_anatomy import MOTION, anatomy, motion_of, moved

from mri_bme.errors import InvalidVoxels
from mri_bme.export.transforms import write_transform
from mri_bme.intake.nifti import read_nifti
from mri_bme.phantom import make_phantom
from mri_bme.phantom.scenarios import PhantomSubject
from mri_bme.register_visits import register_visits
from mri_bme.resample import resample_voxels
from mri_bme.volume import Mask, Volume, VolumeGeometry

SCENES = Path(__file__).parents[1] / "scenes"
SAME_BITS = """
import sys
sys.path[:0] = sys.argv[1:]
from moved_anatomy import MOTION, anatomy, motion_of, moved
from mri_bme.register_visits import register_visits
baseline = anatomy(1)
followup = moved(baseline, motion_of(*MOTION), baseline.geometry)
print(register_visits(baseline, followup).moving_from_fixed.b_from_a.tobytes().hex())
"""


def part_of(volume: Volume, rows: slice) -> Volume:
    """Cut rows out of a volume; they stay where they are."""
    start, stop, _ = rows.indices(volume.geometry.shape[1])
    index_from_part = np.eye(4)
    index_from_part[1, 3] = start
    n_slices, _, n_columns = volume.geometry.shape
    geometry = VolumeGeometry(
        shape=(n_slices, stop - start, n_columns),
        lps_from_index=volume.geometry.lps_from_index @ index_from_part,
    )
    return Volume(geometry=geometry, voxels=volume.voxels[:, rows])


def test_visits_that_show_nothing_in_common_are_refused() -> None:
    whole = anatomy(1)
    upper, lower = part_of(whole, slice(0, 48)), part_of(whole, slice(48, 96))
    assert not register_visits(upper, lower).quality.accepted


def test_an_empty_volume_is_refused() -> None:
    volume = anatomy(1)
    nothing = replace(volume, voxels=np.zeros(volume.geometry.shape))
    with pytest.raises(InvalidVoxels, match="fixed volume is constant"):
        register_visits(nothing, volume)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_voxels_that_are_no_numbers_never_reach_a_registration(bad: float) -> None:
    volume = anatomy(1)
    voxels = np.array(volume.voxels)
    voxels[3, 4, 5] = bad
    with pytest.raises(InvalidVoxels, match="finite"):
        register_visits(replace(volume, voxels=voxels), volume)


def test_the_motion_has_the_same_bits_with_one_thread() -> None:
    """Here as many threads as the machine likes, there one of each kind."""
    baseline = anatomy(1)
    followup = moved(baseline, motion_of(*MOTION), baseline.geometry)
    here = register_visits(baseline, followup).moving_from_fixed.b_from_a.tobytes().hex()
    kinds = "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"
    there = subprocess.run(
        [sys.executable, "-c", SAME_BITS, str(SCENES)],
        env=os.environ | dict.fromkeys(kinds, "1"),
        capture_output=True,
        text=True,
        check=True,
    )
    assert there.stdout.strip() == here


def test_itk_brings_the_followup_onto_the_baseline(tmp_path: Path) -> None:
    """The file is given to ITK's own resampling, which wants fixed to moving."""
    baseline = anatomy(1)
    followup = moved(baseline, motion_of(*MOTION), baseline.geometry)
    followup_from_baseline = motion_of(*MOTION)
    write_transform(tmp_path / "t.tfm", followup_from_baseline)
    brought = SimpleITK.GetArrayFromImage(
        SimpleITK.Resample(
            itk_image(followup),
            itk_image(baseline),
            SimpleITK.ReadTransform(str(tmp_path / "t.tfm")),
            SimpleITK.sitkLinear,
        )
    )
    inner = slice(6, -6), slice(20, -20), slice(20, -20)
    ours = resample_voxels(
        followup.voxels, followup.geometry, baseline.geometry, followup_from_baseline, order=1
    )
    assert brought[inner] == pytest.approx(ours[inner], rel=1e-3)
    assert np.corrcoef(brought[inner].ravel(), baseline.voxels[inner].ravel())[0, 1] > 0.95


def itk_image(volume: Volume) -> SimpleITK.Image:
    """Hand a volume to ITK: axes column, row, slice."""
    image = SimpleITK.GetImageFromArray(volume.voxels)
    image.SetOrigin(tuple(volume.geometry.points_lps((0, 0, 0))))
    image.SetSpacing(volume.geometry.spacing_mm[::-1])
    image.SetDirection(tuple(volume.geometry.directions[:, ::-1].ravel()))
    return image


def bone(subject: PhantomSubject, which: int) -> Mask:
    visit = subject.visits[which]
    return Mask(geometry=visit.volume.geometry, voxels=visit.bone_labels > 0)


@pytest.fixture(scope="module")
def people() -> tuple[PhantomSubject, PhantomSubject]:
    return make_phantom("letter", seed=1, fineness=4.0), make_phantom(
        "letter", seed=2, fineness=4.0
    )


def test_two_visits_of_a_phantom_fit(people: tuple[PhantomSubject, ...]) -> None:
    person = people[0]
    found = register_visits(person.baseline.volume, person.followup.volume)
    assert found.quality.accepted, found.quality.reason
    mask = bone(person, 0)
    points = mask.geometry.points_lps(np.argwhere(mask.voxels)[::50])
    errors = found.moving_from_fixed.apply(points) - person.followup_from_baseline.apply(points)
    assert np.linalg.norm(errors, axis=1).max() < 0.25


@pytest.mark.parametrize("masked", [False, True])
def test_a_visit_swapped_with_another_persons_is_refused(
    people: tuple[PhantomSubject, ...], masked: bool
) -> None:
    one, other = people
    found = register_visits(
        one.baseline.volume,
        other.followup.volume,
        fixed_mask=bone(one, 0) if masked else None,
        moving_mask=bone(other, 1) if masked else None,
    )
    assert not found.quality.accepted
    assert "another person" in found.quality.reason


def test_real_visits_fit_both_ways_and_another_persons_do_not(real_data: Path) -> None:
    one, other = sorted((real_data / "sij_t1w_pairs").glob("sub-*"))[:2]
    before, after = read_nifti(one / "pre_t1w.nii.gz"), read_nifti(one / "post_t1w.nii.gz")
    there, back = register_visits(before, after), register_visits(after, before)
    assert there.quality.accepted, there.quality.reason
    points = before.geometry.points_lps(np.argwhere(np.ones((5, 5, 5))) * (6, 84, 84))
    returned = back.moving_from_fixed.apply(there.moving_from_fixed.apply(points))
    assert np.linalg.norm(returned - points, axis=1).max() < 0.1
    quality = register_visits(before, read_nifti(other / "post_t1w.nii.gz")).quality
    assert not quality.accepted
    assert "another person" in quality.reason
