"""A scan and a file written of it give the same numbers, to the last digit that is printed."""

from pathlib import Path

import numpy as np
import pytest

from mri_bme.export.nifti import dicom_storage_geometry, write_nifti
from mri_bme.intake.nifti import read_nifti
from mri_bme.phantom import make_phantom
from mri_bme.phantom.prescription import SAMPLE
from mri_bme.place_rois import place_rois
from mri_bme.segment_edema import segment_edema
from mri_bme.volume import Volume, with_storable_spacing


@pytest.mark.parametrize("seed", [3, 4])
def test_a_scan_written_and_read_has_the_same_regions_and_edema(seed: int, tmp_path: Path) -> None:
    """Pixels are square; what is equally near in rows and columns stays so in the file."""
    visit = make_phantom("letter", seed=seed, fineness=2.0, protocol=SAMPLE).baseline
    scan = Volume(geometry=with_storable_spacing(visit.volume.geometry), voxels=visit.volume.voxels)
    path = tmp_path / "stir.nii.gz"
    write_nifti(path, scan.voxels, scan.geometry, stored=dicom_storage_geometry(scan.geometry))
    file = read_nifti(path)
    np.testing.assert_array_equal(file.voxels, scan.voxels)
    assert not np.array_equal(file.geometry.lps_from_index, scan.geometry.lps_from_index)
    rois = [place_rois(volume, bones=visit.bone_labels) for volume in (scan, file)]
    np.testing.assert_array_equal(rois[0].quadrants, rois[1].quadrants)
    edema_ml = [segment_edema(v, r).edema_ml for v, r in zip((scan, file), rois, strict=True)]
    assert edema_ml[0] > 1
    assert edema_ml[1] == pytest.approx(edema_ml[0], rel=1e-9)
