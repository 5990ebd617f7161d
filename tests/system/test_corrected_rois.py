"""ROIs written by `run`, corrected in another program, and used by the next `run`."""

import csv
import json
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from mri_bme.cli import main
from mri_bme.export.nifti import dicom_storage_geometry, write_nifti
from mri_bme.sacroiliac import REGIONS, BoneLabel
from mri_bme.volume import VolumeGeometry

GRID = VolumeGeometry(
    shape=(8, 60, 150),
    lps_from_index=np.array(
        [[0, 0, 1.0, -75], [4.0, 0, 0, 0], [0, -1.0, 0, 30], [0, 0, 0, 1.0]], dtype=float
    ),
)
NAME = "sub-{}_ses-baseline_acq-STIR_desc-quadrants_dseg"


def write_subject(folder: Path, subject: str) -> str:
    """A pelvis of boxes with edema beside the left joint."""
    x = np.arange(150) - 75.0
    bones = np.zeros(GRID.shape, dtype=np.uint8)
    bones[:, 5:55, np.abs(x) < 38] = BoneLabel.SACRUM
    bones[:, 5:55, (x > 41) & (x < 70)] = BoneLabel.LEFT_ILIUM
    bones[:, 5:55, (x < -41) & (x > -70)] = BoneLabel.RIGHT_ILIUM
    voxels = np.where(bones > 0, 100.0, 40.0)
    voxels += np.random.default_rng(int(subject)).normal(0, 6, GRID.shape)
    voxels[2:5, 10:24, (x > 42) & (x < 54)] = 230
    stored = dicom_storage_geometry(GRID)
    write_nifti(folder / f"stir{subject}.nii.gz", voxels.astype(np.float32), GRID, stored=stored)
    write_nifti(folder / f"bones{subject}.nii.gz", bones, GRID, stored=stored)
    return f"{subject},baseline,stir{subject}.nii.gz,bones{subject}.nii.gz"


EVEN = ("--set", 'appearance.when_impossible="flag"')
"""Boxes of even marrow, without air and fluid, are no scan of a person."""


def run(*words: object) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["run", *map(str, words), "--jobs", "1", *EVEN])
    assert not ended.value.code


def totals(out: Path) -> dict[tuple[str, str], float]:
    with (out / "visits.csv").open(newline="") as stream:
        return {(r["subject"], r["region"]): float(r["edema_ml"]) for r in csv.DictReader(stream)}


def test_a_corrected_map_is_used_and_only_its_subject_is_done_again(tmp_path: Path) -> None:
    rows = [write_subject(tmp_path, subject) for subject in ("1", "2")]
    manifest = tmp_path / "m.csv"
    manifest.write_text("\n".join(["subject,visit,path,bones", *rows]) + "\n")
    out, corrected = tmp_path / "out", tmp_path / "corrected"
    run(tmp_path, out, "--manifest", manifest)
    before = totals(out)
    assert min(before["1", "left_ilium"], before["2", "left_ilium"]) > 1
    untouched = (out / "sub-2" / "status.json").read_bytes()
    corrected.mkdir()
    written = out / "sub-1" / "ses-baseline" / "anat" / f"{NAME.format(1)}.nii.gz"
    image = nib.load(written)
    labels = np.asanyarray(image.dataobj).copy()
    labels[np.isin(labels, REGIONS["left_ilium_upper"])] = 0  # the reader erases a quadrant
    nib.save(nib.Nifti1Image(labels, image.affine, image.header), corrected / written.name)
    run(tmp_path, out, "--manifest", manifest, "--rois-dir", corrected)
    after = totals(out)
    assert after["1", "left_ilium_upper"] == 0
    assert after["2", "total"] == before["2", "total"]
    assert (out / "sub-2" / "status.json").read_bytes() == untouched
    sidecar = json.loads((written.parent / f"{NAME.format(1)}.json").read_text())
    assert (sidecar["source"], sidecar["tried"][0]["source"]) == ("manual", "manual")
    assert "rois" in sidecar["InputSHA256"]
    status = json.loads((out / "sub-1" / "status.json").read_text())
    assert "rois" in [record["role"] for record in status["inputs"]]
    np.testing.assert_array_equal(np.asanyarray(nib.load(written).dataobj), labels)


def erased(out: Path, corrected: Path) -> None:
    """Let a reader erase a quadrant of subject 1."""
    written = out / "sub-1" / "ses-baseline" / "anat" / f"{NAME.format(1)}.nii.gz"
    image = nib.load(written)
    labels = np.asanyarray(image.dataobj).copy()
    labels[np.isin(labels, REGIONS["left_ilium_upper"])] = 0
    corrected.mkdir()
    nib.save(nib.Nifti1Image(labels, image.affine, image.header), corrected / written.name)


def test_corrections_stay_with_the_results_until_they_are_dropped(tmp_path: Path) -> None:
    manifest = tmp_path / "m.csv"
    manifest.write_text(f"subject,visit,path,bones\n{write_subject(tmp_path, '1')}\n")
    out, corrected = tmp_path / "out", tmp_path / "corrected"
    run(tmp_path, out, "--manifest", manifest)
    found = (out / "visits.csv").read_bytes()
    erased(out, corrected)
    run(tmp_path, out, "--manifest", manifest, "--rois-dir", corrected)
    measured = (out / "visits.csv").read_bytes()
    assert measured != found
    assert [p.name for p in (out / "corrections").glob("[!.]*")] == [
        "sub-1_ses-baseline_desc-quadrants_dseg.nii.gz"
    ]
    run(tmp_path, out, "--manifest", manifest)  # the option forgotten
    assert (out / "visits.csv").read_bytes() == measured
    run(tmp_path, out, "--manifest", manifest, "--rois-dir", corrected)
    assert (out / "visits.csv").read_bytes() == measured
    run(tmp_path, out, "--manifest", manifest, "--drop-corrections")
    assert (out / "visits.csv").read_bytes() == found
    assert not list((out / "corrections").iterdir())


def test_subjects_measured_with_other_settings_stay_in_the_tables_without_numbers(
    tmp_path: Path,
) -> None:
    rows = [write_subject(tmp_path, subject) for subject in ("1", "2")]
    manifest, out = tmp_path / "m.csv", tmp_path / "out"
    manifest.write_text("\n".join(["subject,visit,path,bones", *rows]) + "\n")
    run(tmp_path, out, "--manifest", manifest)
    words = ["run", tmp_path, out, "--manifest", manifest, "--jobs", 1, "--restart"]
    words += ["--set", "segment.n_sd=4", "--subjects", "1", *EVEN]
    with pytest.raises(SystemExit) as ended:
        main([str(word) for word in words])
    assert ended.value.code == 4
    with (out / "visits.csv").open(newline="") as stream:
        listed = list(csv.DictReader(stream))
    assert {r["subject"] for r in listed} == {"1", "2"}
    other = [r for r in listed if r["subject"] == "2"]
    assert {(r["edema_ml"], r["evaluable"]) for r in other} == {("", "false")}
    assert "other settings" in other[0]["reason"]
    assert "sub-2" in (out / "index.html").read_text()
