"""`rois` then `segment` gives the digits of `run`, whoever places the bones."""

import csv
import json
import re
from pathlib import Path

import numpy as np
import pytest

from mri_bme.cli import main
from mri_bme.export.nifti import dicom_storage_geometry, write_nifti
from mri_bme.phantom import PhantomSubject
from mri_bme.record.numbers import millilitres


def command(*arguments: str | Path) -> None:
    with pytest.raises(SystemExit) as stopped:
        main([str(argument) for argument in arguments])
    assert stopped.value.code == 0


@pytest.fixture(scope="module")
def scans(small_phantom: PhantomSubject, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("scans")
    visit = small_phantom.baseline
    for name, array in (
        ("stir", visit.volume.voxels),
        ("t1", visit.t1.voxels),
        ("bones", visit.bone_labels),
    ):
        grid = visit.volume.geometry
        write_nifti(folder / f"{name}.nii.gz", array, grid, stored=dicom_storage_geometry(grid))
    return folder


def measured_by_run(scans: Path, out: Path, *, bones: bool) -> dict[str, str]:
    manifest = "subject,visit,path,t1" + (",bones\n" if bones else "\n")
    manifest += "01,baseline,stir.nii.gz,t1.nii.gz" + (",bones.nii.gz\n" if bones else "\n")
    (out / "manifest.csv").write_text(manifest)
    command("run", scans, out / "results", "--manifest", out / "manifest.csv")
    with (out / "results" / "visits.csv").open() as table:
        return next(row for row in csv.DictReader(table) if row["region"] == "total")


@pytest.mark.parametrize("bones", [True, False], ids=["bones given", "bones found"])
def test_two_ways_to_one_number(scans: Path, tmp_path: Path, bones: bool, capsys) -> None:
    expected = measured_by_run(scans, tmp_path, bones=bones)
    given = ("--bones", scans / "bones.nii.gz") if bones else ()
    command(
        *("rois", scans / "stir.nii.gz", "--t1", scans / "t1.nii.gz", *given),
        *("--out", tmp_path / "ROIS.nii.gz"),
    )
    capsys.readouterr()
    edema = tmp_path / "EDEMA.nii.gz"
    command("segment", scans / "stir.nii.gz", "--rois", tmp_path / "ROIS.nii.gz", "--out", edema)
    told = json.loads((tmp_path / "EDEMA.json").read_text())
    names = ("edema_ml", "edema_ci_low_ml", "edema_ci_high_ml")
    assert [told[name] for name in names] == [float(expected[name]) for name in names]
    assert told["edema_ml"] > 1
    printed = capsys.readouterr().out.strip().splitlines()[-1]
    assert re.findall(r"\d+\.\d+", printed) == [millilitres(told[name]) for name in names]
    assert printed.endswith("EDEMA.nii.gz, EDEMA.json")


def test_a_map_without_what_lay_beside_it_is_measured_and_the_options_are_named(
    scans: Path, tmp_path: Path, capsys
) -> None:
    rois, out = tmp_path / "ROIS.nii.gz", tmp_path / "E.nii.gz"
    bones = ("--bones", scans / "bones.nii.gz")
    command("rois", scans / "stir.nii.gz", *bones, "--out", rois)
    (tmp_path / "ROIS_exact.zip").unlink()
    command("segment", scans / "stir.nii.gz", "--rois", rois, "--out", out)
    told = capsys.readouterr().err
    assert "ROIS_exact.zip" in told
    assert "--reference" in told
    assert "--t1" in told
    assert str(tmp_path) not in told
    assert json.loads((tmp_path / "E.json").read_text())["edema_ml"] > 1


def test_settings_reach_segment(scans: Path, tmp_path: Path) -> None:
    """A cut-off that nothing reaches leaves nothing."""
    rois = tmp_path / "ROIS.nii.gz"
    bones = ("--bones", scans / "bones.nii.gz")
    command("rois", scans / "stir.nii.gz", *bones, "--out", rois)
    (tmp_path / "s.toml").write_text("[segment]\nn_sd = 90.0\n")
    for option in (("--set", "segment.n_sd=90"), ("--config", tmp_path / "s.toml")):
        out = tmp_path / "E.nii.gz"
        command("segment", scans / "stir.nii.gz", "--rois", rois, "--out", out, *option)
        assert json.loads((tmp_path / "E.json").read_text())["edema_ml"] == 0


def test_a_corrected_map_is_measured_as_corrected(
    scans: Path, tmp_path: Path, small_phantom: PhantomSubject, capsys
) -> None:
    """One side cut out by hand: its edema is gone, the other side is measured."""
    rois, out = tmp_path / "ROIS.nii.gz", tmp_path / "E.nii.gz"
    bones = ("--bones", scans / "bones.nii.gz")
    command("rois", scans / "stir.nii.gz", *bones, "--out", rois)
    grid = small_phantom.baseline.volume.geometry
    corrected = small_phantom.baseline.quadrants.copy()
    corrected[np.isin(corrected, (1, 2, 3, 4))] = 0
    write_nifti(rois, corrected, grid, stored=dicom_storage_geometry(grid))
    capsys.readouterr()
    command("segment", scans / "stir.nii.gz", "--rois", rois, "--out", out)
    assert json.loads((tmp_path / "E.json").read_text())["edema_ml"] < 0.1
    assert "does not lie beside" not in capsys.readouterr().err
