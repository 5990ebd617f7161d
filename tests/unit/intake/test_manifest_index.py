"""`inspect` on listed files shows sizes, and why a file cannot be measured."""

from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from mri_bme.intake.manifest import read_manifest
from mri_bme.intake.manifest_index import index_manifest
from mri_bme.settings import Settings

AFFINE = np.diag([0.8, 0.9, 4.0, 1.0])


def save(path: Path, kind: str) -> None:
    voxels = np.random.default_rng(0).uniform(0, 500, (40, 30, 9)).astype(np.float32)
    if kind == "complex":
        voxels = voxels.astype(np.complex64)
    if kind == "NaN":
        voxels[1, 2, 3] = np.nan
    nib.save(nib.Nifti1Image(voxels, None if kind == "no codes" else AFFINE), path)
    if kind == "no codes":
        image = nib.Nifti1Image(voxels, None)
        image.set_qform(None, 0)
        image.set_sform(None, 0)
        nib.save(image, path)
    if kind == "damaged":
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("complex", "complex numbers"),
        ("NaN", "NaN or infinite"),
        ("no codes", "where left is"),
        ("damaged", "checksum"),
    ],
)
def test_what_cannot_be_measured_is_shown_without_its_name(
    tmp_path: Path, kind: str, words: str
) -> None:
    save(tmp_path / "good.nii.gz", "good")
    save(tmp_path / "Surname_Given.nii.gz", kind)
    (tmp_path / "m.csv").write_text(
        "subject,visit,path\n1,baseline,good.nii.gz\n2,baseline,Surname_Given.nii.gz\n"
    )
    found = index_manifest(read_manifest(tmp_path / "m.csv"), settings=Settings())
    assert "40 x 30 x 9 voxels, 0.8 x 0.9 x 4 mm" in found.notes["1", "baseline"]
    assert found.problems == {("2", "baseline")}
    assert words in found.notes["2", "baseline"]
    assert "Surname" not in found.notes["2", "baseline"]


def test_a_stated_orientation_counts(tmp_path: Path) -> None:
    save(tmp_path / "a.nii.gz", "no codes")
    (tmp_path / "m.csv").write_text("subject,visit,path\n1,baseline,a.nii.gz\n")
    rows = read_manifest(tmp_path / "m.csv")
    assert not index_manifest(rows, settings=Settings(), orientation="RAS").problems
