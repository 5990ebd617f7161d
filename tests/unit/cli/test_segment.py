"""`mri-bme segment` on files."""

import json
from pathlib import Path

import numpy as np
import pytest
from box_pelvis import box_pelvis, semicoronal_geometry

from mri_bme.check_appearance import Appearance
from mri_bme.cli import main
from mri_bme.export.nifti import write_nifti
from mri_bme.intake.nifti import read_nifti_geometry, read_nifti_mask
from mri_bme.intake.source import read_volume
from mri_bme.place_rois import place_rois
from mri_bme.volume import VolumeGeometry

SHAPE = (8, 40, 60)


@pytest.mark.parametrize("has_t1", [True, False])
def test_t1w_tells_what_is_wrong_with_a_scan_as_it_does_in_a_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, has_t1: bool
) -> None:
    """A field that dims normal marrow on both series; T1W lies on the scan already."""
    monkeypatch.setattr("mri_bme.cli.segment.aligned_t1", lambda _, t1: (t1, Appearance()))
    rng, grid = np.random.default_rng(1), semicoronal_geometry()
    across_mm = np.abs(np.arange(grid.shape[2]) - grid.shape[2] / 2) * grid.spacing_mm[2]
    field = np.exp(0.35 * (across_mm / 50) ** 2)
    for name in ("scan", "t1"):
        voxels = (rng.normal(100, 5, grid.shape) * field).astype(np.float32)
        write_nifti(tmp_path / f"{name}.nii.gz", voxels, grid, stored=grid)
    rois = place_rois(read_volume(tmp_path / "scan.nii.gz"), bones=box_pelvis(grid))
    assert rois.reference is not None
    for name, array in (("rois", rois.quadrants), ("ref", rois.reference.voxels)):
        write_nifti(tmp_path / f"{name}.nii.gz", array, grid, stored=grid)
    paths = {name: str(tmp_path / f"{name}.nii.gz") for name in ("scan", "t1", "rois", "ref")}
    arguments = ["segment", paths["scan"], "--rois", paths["rois"], "--reference", paths["ref"]]
    arguments += ["--t1", paths["t1"]] if has_t1 else []
    arguments += ["--out", str(tmp_path / "edema.nii.gz")]
    with pytest.raises(SystemExit) as stopped:
        main([*arguments, "--set", "appearance.when_impossible=flag"])
    assert stopped.value.code == 0
    doubts = json.loads((tmp_path / "edema.json").read_text())["doubts_about_scan"]
    assert any("brighter on both series" in doubt for doubt in doubts) == has_t1
    assert any("T1W alone could tell" in doubt for doubt in doubts) != has_t1


def test_mask_lies_on_the_grid_of_the_volume_and_the_sidecar_agrees(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    matrix = np.zeros((4, 4))
    matrix[1, 0], matrix[2, 1], matrix[0, 2], matrix[3, 3] = 3.3, -0.8, 0.8, 1
    grid = VolumeGeometry(shape=SHAPE, lps_from_index=matrix)
    quadrants = np.zeros(SHAPE, dtype=np.uint8)
    quadrants[:, :, :28], quadrants[:, :, 30:] = 5, 7
    reference = np.zeros(SHAPE, dtype=bool)
    reference[2:6, 5:35, 40:55] = True
    voxels = np.random.default_rng(0).normal(100, 8, SHAPE).astype(np.float32)
    voxels[2:6, 10:22, 12:26] *= 2
    for name, array in (("scan", voxels), ("rois", quadrants), ("ref", reference)):
        write_nifti(tmp_path / f"{name}.nii.gz", array, grid, stored=grid)
    volume, out = tmp_path / "scan.nii.gz", tmp_path / "edema.nii.gz"
    rois, ref = tmp_path / "rois.nii.gz", tmp_path / "ref.nii.gz"
    arguments = ["segment", str(volume), "--rois", str(rois), "--reference", str(ref)]
    with pytest.raises(SystemExit) as stopped:
        main([*arguments, "--out", str(out)])
    assert stopped.value.code == 4  # even marrow is no scan, and is refused as by `run`
    assert "fluid" in (said := capsys.readouterr().err)
    assert "--set appearance.when_impossible=flag" in said
    assert not out.exists()
    with pytest.raises(SystemExit) as stopped:
        main([*arguments, "--out", str(out), "--set", "appearance.when_impossible=flag"])
    assert stopped.value.code == 0
    stored = read_nifti_geometry(out)
    assert stored.matches(read_nifti_geometry(volume))
    told = json.loads((tmp_path / "edema.json").read_text())
    assert any("fluid" in doubt for doubt in told["doubts_about_scan"])
    mask = read_nifti_mask(out, grid, what="edema")
    assert abs(mask.volume_ml - told["counted_ml"]) < 1e-5
    assert told["edema_ci_low_ml"] <= told["edema_ml"] <= told["edema_ci_high_ml"]
    assert told["lesions"][0]["side"] == "right"
    for volume_name, total in (("volume_ml", "edema_ml"), ("counted_ml", "counted_ml")):
        volumes = [lesion[volume_name] for lesion in told["lesions"]]
        assert sum(volumes) == pytest.approx(told[total], abs=1e-5)
