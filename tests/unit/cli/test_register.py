"""`mri-bme register` leaves a transform that can be used, or none."""

import json
from pathlib import Path

import numpy as np
import pytest
from scipy import ndimage

from mri_bme.cli import main
from mri_bme.cli.exits import NOT_ALL_EVALUABLE
from mri_bme.export.nifti import write_nifti
from mri_bme.export.transforms import read_transform
from mri_bme.volume import VolumeGeometry


def write_person(path: Path, person: int, *, shift_mm: float = 0.0) -> Path:
    matrix = np.eye(4)
    matrix[:3, :3] = np.array([[0, 0, 1], [1, 0, 0], [0, -1, 0]]) * (4.0, 2.5, 2.5)
    matrix[:3, 3] = shift_mm
    geometry = VolumeGeometry(shape=(16, 64, 64), lps_from_index=matrix)
    rng = np.random.default_rng(person)
    voxels = ndimage.gaussian_filter(rng.normal(size=geometry.shape), (1, 1.5, 1.5))
    write_nifti(path, voxels.astype(np.float32), geometry, stored=geometry)
    return path


def exit_code(*arguments: str) -> int:
    with pytest.raises(SystemExit) as stopped:
        main(["register", *arguments])
    return int(stopped.value.code)


def test_a_pair_leaves_its_motion_and_quality(tmp_path: Path) -> None:
    fixed = write_person(tmp_path / "a.nii.gz", 1)
    moving = write_person(tmp_path / "b.nii.gz", 1, shift_mm=30.0)
    assert exit_code(str(fixed), str(moving), "--out", str(tmp_path / "t.tfm")) == 0
    found = read_transform(tmp_path / "t.tfm")
    assert found.apply((10.0, 20, -30)) == pytest.approx((40.0, 50, 0), abs=0.05)
    quality = json.loads((tmp_path / "t.json").read_text())
    assert quality["accepted"] is True
    assert quality["seconds"] > 0


def test_a_refused_pair_leaves_no_transform_not_even_an_older_one(tmp_path, capsys) -> None:
    fixed, moving = (write_person(tmp_path / f"{n}.nii.gz", n) for n in (1, 2))
    (tmp_path / "t.tfm").write_text("of another pair")
    (tmp_path / "t.json").write_text(json.dumps({"Software": "mri_bme 0.1.0"}))
    code = exit_code(str(fixed), str(moving), "--out", str(tmp_path / "t.tfm"))
    assert code == NOT_ALL_EVALUABLE
    assert not (tmp_path / "t.tfm").exists()
    assert json.loads((tmp_path / "t.json").read_text())["accepted"] is False
    assert "another person" in capsys.readouterr().err
    assert not (tmp_path / "t.png").exists()


def test_a_refused_pair_leaves_a_picture_when_one_is_wanted(tmp_path: Path) -> None:
    fixed, moving = (write_person(tmp_path / f"{n}.nii.gz", n) for n in (1, 2))
    wanted = "--out", str(tmp_path / "t.tfm"), "--picture", str(tmp_path / "t.png")
    assert exit_code(str(fixed), str(moving), *wanted) == NOT_ALL_EVALUABLE
    assert (tmp_path / "t.png").read_bytes().startswith(b"\x89PNG")


def test_limits_of_the_gate_come_from_the_config(tmp_path: Path, capsys) -> None:
    fixed = write_person(tmp_path / "a.nii.gz", 1)
    (tmp_path / "strict.toml").write_text("[registration]\nmin_margin = 2.0\n")
    wanted = "--out", str(tmp_path / "t.tfm"), "--config", str(tmp_path / "strict.toml")
    moving = write_person(tmp_path / "b.nii.gz", 1, shift_mm=30.0)
    assert exit_code(str(fixed), str(moving), *wanted) == NOT_ALL_EVALUABLE
    assert "2.00 above displaced" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("option", "name", "endings"),
    [("--out", "t.mat", ".tfm or .txt"), ("--picture", "t.gif", ".png or .svg or .pdf")],
)
def test_a_file_of_an_unknown_kind_is_refused_before_any_work(
    tmp_path: Path, capsys, option: str, name: str, endings: str
) -> None:
    for scan in ("a.nii.gz", "b.nii.gz"):
        (tmp_path / scan).touch()
    scans = (str(tmp_path / "a.nii.gz"), str(tmp_path / "b.nii.gz"))
    wanted = ["--out", str(tmp_path / "t.tfm")] if option != "--out" else []
    code = exit_code(*scans, *wanted, option, str(tmp_path / name))
    assert code == 2
    assert f"{option} is {name}; it must end in {endings}" in capsys.readouterr().err
