"""Bad input is one clear line and the exit code that says what kind of trouble it was."""

from collections.abc import Callable
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from mri_bme.cli import main

SHAPE = (24, 24, 8)
AFFINE = np.diag([-1.0, -1.0, 4.0, 1.0])


def write(path: Path, voxels: np.ndarray, affine: np.ndarray = AFFINE) -> Path:
    nib.save(nib.Nifti1Image(voxels.astype(np.float32), affine), path)
    return path


def marrow() -> np.ndarray:
    return np.random.default_rng(0).normal(100, 10, SHAPE)


def with_a(value: float) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        voxels = marrow()
        voxels[3, 3, 3] = value
        return write(folder / "scan.nii.gz", voxels)

    return make


def four_d(folder: Path) -> Path:
    return write(folder / "scan.nii.gz", np.stack([marrow(), marrow()], axis=-1))


def singular(folder: Path) -> Path:
    path = write(folder / "scan.nii", marrow())
    stored = bytearray(path.read_bytes())
    stored[252:256] = b"\0\0\1\0"  # sform only
    stored[280:296] = bytes(16)  # its first row
    path.write_bytes(stored)
    return path


def cut_short(folder: Path) -> Path:
    path = write(folder / "scan.nii.gz", marrow())
    path.write_bytes(path.read_bytes()[:3000])
    return path


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (with_a(np.nan), "NaN or infinite"),
        (with_a(np.inf), "NaN or infinite"),
        (four_d, "one 3-D volume is needed"),
        (singular, "singular"),
        (cut_short, "damaged or cut short"),
    ],
)
def test_an_unusable_volume_is_code_3_and_leaves_nothing(
    make: Callable[[Path], Path], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rois = write(tmp_path / "rois.nii.gz", np.ones(SHAPE))
    out = tmp_path / "edema.nii.gz"
    code, errors = run(["segment", str(make(tmp_path)), "--rois", str(rois)], out, capsys)
    assert code == 3
    assert said in errors
    assert errors.count("\n") == 1
    assert not list(tmp_path.glob("edema*"))


def test_rois_on_another_grid_are_code_3(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scan = write(tmp_path / "scan.nii.gz", marrow())
    rois = write(tmp_path / "rois.nii.gz", np.ones((12, 12, 8)))
    code, errors = run(
        ["segment", str(scan), "--rois", str(rois)], tmp_path / "edema.nii.gz", capsys
    )
    assert (code, "the ROI map lies on" in errors) == (3, True)


def test_rois_without_a_joint_are_not_evaluable_code_4(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scan = write(tmp_path / "scan.nii.gz", marrow())
    rois = write(tmp_path / "rois.nii.gz", np.ones(SHAPE))
    code, errors = run(
        ["segment", str(scan), "--rois", str(rois)], tmp_path / "edema.nii.gz", capsys
    )
    assert (code, "no side where sacrum and ilium face" in errors) == (4, True)


def run(arguments: list[str], out: Path, capsys: pytest.CaptureFixture[str]) -> tuple[object, str]:
    with pytest.raises(SystemExit) as stopped:
        main([*arguments, "--out", str(out)])
    return stopped.value.code, capsys.readouterr().err
