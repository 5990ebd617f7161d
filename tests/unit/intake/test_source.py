"""One volume is read from wherever it is; what is not one volume is refused in words."""

import json
from pathlib import Path

import numpy as np
import pytest
from box_pelvis import semicoronal_geometry
from dicom_files import save_series, stored_voxels
from drawn_atlas import write

from mri_bme.errors import NothingUsable, UnreadableInput
from mri_bme.intake.source import (
    find_one_series,
    read_volume,
    slice_thickness_mm,
    storage_geometry,
)


def test_a_folder_or_any_file_of_a_series_is_that_series(tmp_path: Path) -> None:
    paths = save_series(tmp_path / "scan")
    whole, of_file = read_volume(tmp_path / "scan"), read_volume(paths[3])
    np.testing.assert_array_equal(whole.voxels, of_file.voxels)
    assert whole.geometry.matches(of_file.geometry)
    stored = {float(stored_voxels(i).sum()) for i in range(6)}
    assert {float(plane.sum()) for plane in whole.voxels} == stored


def test_one_slice_alone_is_told_to_be_one(tmp_path: Path) -> None:
    paths = save_series(tmp_path / "scan")
    for other in paths[1:]:
        other.unlink()
    for named in (paths[0], tmp_path / "scan"):
        with pytest.raises(UnreadableInput, match=r"one slice of a scan .* name the folder"):
            read_volume(named)


def test_a_nifti_file_is_read_as_it_is(tmp_path: Path) -> None:
    geometry = semicoronal_geometry()
    voxels = np.random.default_rng(0).uniform(0, 9, geometry.shape).astype(np.float32)
    write(tmp_path / "v.nii.gz", voxels)
    found = read_volume(tmp_path / "v.nii.gz")
    np.testing.assert_array_equal(found.voxels, voxels)
    assert sorted(storage_geometry(tmp_path / "v.nii.gz").shape) == sorted(geometry.shape)


def test_a_file_among_two_series_is_its_own_and_the_folder_is_neither(tmp_path: Path) -> None:
    first = save_series(tmp_path / "scan" / "a", SeriesDescription="STIR one")
    save_series(tmp_path / "scan" / "b", series=2, SeriesDescription="STIR two")
    assert find_one_series(first[0]).number == 1
    with pytest.raises(UnreadableInput, match="2 series there"):
        find_one_series(tmp_path / "scan")


def test_a_refused_series_beside_a_good_one_does_not_stand_in_the_way(tmp_path: Path) -> None:
    save_series(tmp_path / "scan" / "a")
    save_series(tmp_path / "scan" / "b", series=2)
    (tmp_path / "scan" / "b" / "IM0002").unlink()
    assert find_one_series(tmp_path / "scan").number == 1


def test_what_is_not_there_or_no_scan_is_said_without_its_path(tmp_path: Path) -> None:
    with pytest.raises(UnreadableInput, match="scan does not exist; check") as absent:
        read_volume(tmp_path / "scan")
    (tmp_path / "letter.txt").write_text("Dear colleague")
    with pytest.raises(NothingUsable, match="no MR series there") as letter:
        read_volume(tmp_path / "letter.txt")
    for refused in (absent, letter):
        assert str(tmp_path) not in str(refused.value)


@pytest.mark.parametrize(
    ("sidecar", "thickness_mm"),
    [
        ({"SliceThickness": 4}, 4.0),
        ({"SliceThickness": 0}, None),
        ({"SliceThickness": "4"}, None),
        ({}, None),
        ([4], None),
        (None, None),
    ],
)
def test_thickness_of_nifti_comes_from_a_sidecar_that_can_be_believed(
    tmp_path: Path, sidecar, thickness_mm
) -> None:
    path = tmp_path / "v.nii.gz"
    path.write_bytes(b"")
    if sidecar is not None:
        (tmp_path / "v.json").write_text(json.dumps(sidecar))
    assert slice_thickness_mm(path) == thickness_mm


def test_thickness_of_a_series_comes_from_its_header(tmp_path: Path) -> None:
    save_series(tmp_path / "scan", SliceThickness=3.5)
    assert slice_thickness_mm(tmp_path / "scan") == 3.5
