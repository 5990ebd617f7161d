"""What the user gave for a visit and cannot be used fails it, unless another may stand in."""

from dataclasses import replace
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from box_pelvis import SHAPE, box_pelvis, semicoronal_geometry
from numpy.typing import NDArray

from mri_bme.batch.inputs import Source, VisitUnit
from mri_bme.batch.read import read_visit
from mri_bme.export.nifti import dicom_storage_geometry, write_nifti
from mri_bme.settings import RoiSettings, Settings
from mri_bme.study import ScannedWith
from mri_bme.volume import VolumeGeometry

GEOMETRY = semicoronal_geometry()
FALL_BACK = Settings(rois=RoiSettings(fall_back=True))


def write(path: Path, voxels: NDArray[np.generic], geometry: VolumeGeometry = GEOMETRY) -> Source:
    write_nifti(path, voxels, geometry, stored=dicom_storage_geometry(geometry))
    return Source(path=path)


def visit_with(folder: Path, role: str, source: Source) -> VisitUnit:
    voxels = np.random.default_rng(0).uniform(50, 90, SHAPE).astype(np.float32)
    volume = write(folder / "Surname_Given.nii.gz", voxels)
    unit = VisitUnit(label="baseline", day=0, volume=volume)
    if role == "reference":
        return replace(unit, reference=source)
    return replace(unit, given={role: source})


def unusable(folder: Path, kind: str) -> Source:
    bones = box_pelvis(GEOMETRY)
    path = folder / "Surname_drawn.nii.gz"
    if kind == "empty":
        return write(path, np.zeros_like(bones))
    if kind == "other grid":
        return write(path, bones, semicoronal_geometry(30.0))
    if kind == "fractions":
        return write(path, bones.astype(np.float32) * 0.3)
    if kind == "colours":
        rgb = np.zeros(SHAPE, dtype=[("R", "u1"), ("G", "u1"), ("B", "u1")])
        nib.save(nib.Nifti1Image(rgb, np.eye(4)), path)
    else:
        path.write_bytes(b"\0" * 400)
    return Source(path=path)


def test_a_sidecar_tells_how_a_file_was_scanned(tmp_path: Path) -> None:
    volume = write(
        tmp_path / "stir.nii.gz", (np.arange(np.prod(SHAPE)).reshape(SHAPE) % 90).astype(np.float32)
    )
    (tmp_path / "stir.json").write_text('{"MagneticFieldStrength": 1.5}')
    found = read_visit(VisitUnit(label="baseline", day=0, volume=volume), Settings())
    assert found.visit.scanned_with == ScannedWith(field_tesla=1.5, sequence="STIR")


@pytest.mark.parametrize("value", [0, 60])
def test_a_picture_of_nothing_is_told_to_be_one(tmp_path: Path, value: float) -> None:
    """Not that joints were not found with confidence, which is so and helps nobody."""
    volume = write(tmp_path / "stir.nii.gz", np.full(SHAPE, value, np.float32))
    found = read_visit(VisitUnit(label="baseline", day=0, volume=volume), Settings())
    assert found.visit.volume is None
    assert f"every voxel of the volume is {value}: " in found.problem


@pytest.mark.parametrize("role", ["bones", "rois", "reference"])
@pytest.mark.parametrize("kind", ["empty", "other grid", "fractions", "colours", "damaged"])
def test_what_was_given_and_cannot_be_used_fails_the_visit(
    tmp_path: Path, role: str, kind: str
) -> None:
    unit = visit_with(tmp_path, role, unusable(tmp_path, kind))
    refused = read_visit(unit, Settings())
    assert refused.problem
    assert refused.visit.volume is None
    assert "Surname" not in refused.problem
    stood_in = read_visit(unit, FALL_BACK)
    assert not stood_in.problem
    assert stood_in.visit.reference is None
    assert not stood_in.visit.given
    (doubt,) = stood_in.visit.doubts
    assert "was given and could not be used" in doubt


def test_both_files_of_a_pair_count_as_input(tmp_path: Path) -> None:
    nib.save(nib.Nifti1Pair(np.ones((3, 4, 5), np.int16), np.eye(4)), tmp_path / "a.img")
    for name in ("a.hdr", "a.img"):
        files = Source(path=tmp_path / name).files
        assert files == (tmp_path / "a.hdr", tmp_path / "a.img")


def test_a_stated_orientation_reaches_every_file_of_the_visit(tmp_path: Path) -> None:
    for name, array in (("v", np.eye(450, 40)), ("t", np.ones((450, 40)))):
        image = nib.Nifti1Image(array.reshape(40, 50, 9).astype(np.int16), None)
        image.set_qform(None, 0)
        image.set_sform(None, 0)
        nib.save(image, tmp_path / f"{name}.nii")
    sources = {"volume": Source(path=tmp_path / "v.nii"), "t1": Source(path=tmp_path / "t.nii")}
    unit = replace(VisitUnit(label="baseline", day=0, volume=None), **sources)
    assert "where left is" in read_visit(unit, Settings()).problem
    read = read_visit(replace(unit, orientation="LAS"), Settings())
    assert not read.problem
    assert read.visit.t1 is not None
    assert read.visit.volume is not None
    assert read.visit.t1.geometry.matches(read.visit.volume.geometry)
