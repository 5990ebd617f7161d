"""`mri-bme rois` on files: a label map, what it is, and how it was come by."""

import json
from pathlib import Path

import numpy as np
import pytest
from box_pelvis import box_pelvis, semicoronal_geometry
from drawn_atlas import GEOMETRY, SMALL, person, write

from mri_bme.cli import main
from mri_bme.intake.nifti import read_nifti_geometry, read_nifti_labels
from mri_bme.roi_sources import given_by_role


def call(*words: object) -> object:
    with pytest.raises(SystemExit) as ended:
        main(["rois", *map(str, words)])
    return ended.value.code or 0


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    bones = box_pelvis(semicoronal_geometry())
    noise = np.random.default_rng(0).normal(0, 5, bones.shape)
    write(tmp_path / "stir.nii.gz", (np.where(bones > 0, 100.0, 40.0) + noise).astype(np.float32))
    write(tmp_path / "bones.nii.gz", bones)
    return tmp_path / "stir.nii.gz"


def test_the_command_finds_bones_by_an_atlas(tmp_path: Path) -> None:
    scan = person(*SMALL)
    write(tmp_path / "atlas" / "A" / "volume.nii.gz", scan.volume.voxels)
    write(tmp_path / "atlas" / "A" / "bones.nii.gz", scan.bones)
    patient = person(1.0, 2.0, seed=5)
    write(tmp_path / "stir.nii.gz", patient.volume.voxels)
    out = tmp_path / "rois.nii.gz"
    main_words = ["rois", tmp_path / "stir.nii.gz", "--out", out, "--atlas", tmp_path / "atlas"]
    with pytest.raises(SystemExit) as ended:
        main([str(word) for word in main_words])
    assert not ended.value.code
    facts = json.loads((tmp_path / "rois.json").read_text())
    assert (facts["source"], facts["tried"][0]["source"]) == ("atlas", "atlas")
    quadrants = read_nifti_labels(out, GEOMETRY, what="rois")
    assert np.mean(patient.bones[quadrants > 0] > 0) > 0.93


def test_the_map_lies_on_the_grid_of_the_volume_and_the_sidecar_agrees(
    scan: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "rois.nii.gz"
    assert call(scan, "--out", out, "--bones", tmp_path / "bones.nii.gz") == 0
    assert read_nifti_geometry(out).matches(read_nifti_geometry(scan))
    told = json.loads((tmp_path / "rois.json").read_text())
    quadrants = read_nifti_labels(out, GEOMETRY, what="rois")
    marrow_ml = np.count_nonzero(quadrants) * GEOMETRY.voxel_volume_ml
    assert sum(told["volumes_ml"].values()) == pytest.approx(marrow_ml, abs=1e-4)
    assert told["source"] == "bones"
    said = capsys.readouterr().out
    assert said.startswith(f"{marrow_ml:.1f} mL of marrow by the joints (bones, confidence 1.00)")


def test_bones_that_cannot_be_used_leave_no_map_and_say_so(
    scan: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path / "bones.nii.gz", np.zeros(GEOMETRY.shape, np.uint8))
    out = tmp_path / "rois.nii.gz"
    assert call(scan, "--out", out, "--bones", tmp_path / "bones.nii.gz") == 4
    assert not out.exists()
    assert "not evaluable" in capsys.readouterr().err


@pytest.mark.parametrize("role", given_by_role())
def test_whatever_a_source_may_be_given_is_an_option(
    role: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call("--help") == 0
    assert f"--{role} " in capsys.readouterr().out
