"""`mri-bme register` leaves a transform that can be used, or none."""

import json
from pathlib import Path

import numpy as np
import pytest
from scipy import ndimage

from mri_bme.cli import main
from mri_bme.cli.exits import NOT_ALL_EVALUABLE
from mri_bme.io.nifti import write_nifti
from mri_bme.io.transforms import read_transform
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
    code = exit_code(str(fixed), str(moving), "--out", str(tmp_path / "t.tfm"))
    assert code == NOT_ALL_EVALUABLE
    assert not (tmp_path / "t.tfm").exists()
    assert json.loads((tmp_path / "t.json").read_text())["accepted"] is False
    assert "another person" in capsys.readouterr().err
