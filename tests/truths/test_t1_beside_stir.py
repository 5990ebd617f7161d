"""T1W of five patients beside their STIR: found where it lies, and told from that of others."""

from pathlib import Path

import numpy as np
import pytest

from mri_bme.align_t1 import fit_t1
from mri_bme.intake.nifti import read_nifti
from mri_bme.phantom import make_phantom
from mri_bme.pipeline import aligned_t1
from mri_bme.place_rois.axes import pelvis_axes
from mri_bme.volume import Volume, VolumeGeometry


def scans(real_data: Path, name: str) -> tuple[Volume, Volume]:
    folder = real_data / "sij_nifti" / name
    return read_nifti(folder / "stir.nii.gz"), read_nifti(folder / "t1w.nii.gz")


def shifted(volume: Volume, shift_mm: np.ndarray) -> Volume:
    matrix = np.array(volume.geometry.lps_from_index)
    matrix[:3, 3] += shift_mm
    geometry = VolumeGeometry(shape=volume.geometry.shape, lps_from_index=matrix)
    return Volume(geometry=geometry, voxels=volume.voxels)


@pytest.mark.parametrize("name", ["sub-1007", "sub-1013"])
def test_t1_shifted_on_purpose_is_found_where_it_was_put(real_data: Path, name: str) -> None:
    stir, t1 = scans(real_data, name)
    own = fit_t1(stir, t1)
    assert own.t1_from_volume is not None
    assert own.shift_mm is not None
    assert own.shift_mm < 1.5
    middle = stir.geometry.centre_lps_mm
    for shift_mm in (np.array([0.6, -0.5, 0.6]), np.array([-2.4, 2.0, 2.4])):
        fit = fit_t1(stir, shifted(t1, shift_mm))
        assert fit.t1_from_volume is not None
        found = fit.t1_from_volume.apply(middle) - own.t1_from_volume.apply(middle)
        np.testing.assert_allclose(found, shift_mm, atol=0.4)


def test_t1_of_another_patient_and_in_the_mirror_is_left_out(real_data: Path) -> None:
    stir, t1 = scans(real_data, "sub-1007")
    _, other = scans(real_data, "sub-1013")
    axes, of_other = pelvis_axes(t1.geometry), pelvis_axes(other.geometry)
    laid = Volume(geometry=t1.geometry, voxels=axes.restore(of_other.view(other.voxels)))
    mirrored = Volume(geometry=t1.geometry, voxels=axes.restore(axes.view(t1.voxels)[..., ::-1]))
    assert aligned_t1(stir, t1)[0] is not None
    for wrong in (laid, mirrored):
        used, look = aligned_t1(stir, wrong)
        assert used is None
        assert all(words.startswith("T1W is left out") for words in look.doubts)
        assert look.doubts


def test_t1_of_the_other_visit_is_left_out() -> None:
    subject = make_phantom("healthy", seed=3, fineness=1.6)
    assert subject.followup is not None
    volume = subject.baseline.volume
    assert aligned_t1(volume, subject.baseline.t1)[0] is not None
    used, look = aligned_t1(volume, subject.followup.t1)
    assert used is None
    assert any("may be of another visit" in words for words in look.doubts)
