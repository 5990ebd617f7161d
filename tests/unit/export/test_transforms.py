"""ITK reads what is written; anything not rigid is refused."""

import json
from pathlib import Path

import numpy as np
import pytest
import SimpleITK

from mri_bme.errors import InvalidGeometry, UnreadableInput
from mri_bme.export.transforms import read_transform, write_quality, write_transform
from mri_bme.findings import RegistrationQuality
from mri_bme.record.schema import software
from mri_bme.volume import RigidTransform, rotation_of


@pytest.fixture
def motion() -> RigidTransform:
    matrix = np.eye(4)
    matrix[:3, :3] = rotation_of(np.array([0.1, -0.2, 0.3]))
    matrix[:3, 3] = (-12.5, 1 / 3, 280)
    return RigidTransform(b_from_a=matrix)


def test_itk_maps_fixed_points_to_moving(tmp_path: Path, motion: RigidTransform) -> None:
    write_transform(tmp_path / "t.tfm", motion)
    point = (10.0, -55.0, 31.0)
    mapped = SimpleITK.ReadTransform(str(tmp_path / "t.tfm")).TransformPoint(point)
    assert mapped == pytest.approx(motion.apply(point), abs=1e-9)


def test_a_written_transform_reads_back_to_the_last_bits(tmp_path, motion) -> None:
    write_transform(tmp_path / "t.tfm", motion)
    assert read_transform(tmp_path / "t.tfm").b_from_a == pytest.approx(motion.b_from_a, abs=1e-12)


def test_an_euler_transform_about_a_centre_is_read(tmp_path: Path) -> None:
    euler = SimpleITK.Euler3DTransform((3.0, 40.0, -7.0), 0.1, 0.2, -0.15, (5.0, 6.0, 7.0))
    SimpleITK.WriteTransform(euler, str(tmp_path / "t.tfm"))
    point = (1.0, 2.0, 3.0)
    found = read_transform(tmp_path / "t.tfm").apply(point)
    assert found == pytest.approx(euler.TransformPoint(point), abs=1e-9)


def test_scaling_is_refused(tmp_path: Path) -> None:
    SimpleITK.WriteTransform(SimpleITK.ScaleTransform(3, (1.1, 1.0, 1.0)), str(tmp_path / "t.tfm"))
    with pytest.raises(InvalidGeometry, match="proper rotation"):
        read_transform(tmp_path / "t.tfm")


def test_a_file_of_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "t.tfm").write_text("hello")
    with pytest.raises(UnreadableInput, match=r"t\.tfm is not an ITK transform"):
        read_transform(tmp_path / "t.tfm")


def test_quality_is_json_with_the_contract_s_names(tmp_path: Path) -> None:
    quality = RegistrationQuality(
        accepted=False, reason="too little", overlap_fraction=0.2, details={"b": 2.0, "a": 1.0}
    )
    write_quality(tmp_path / "t.json", quality, seconds=1.5)
    assert json.loads((tmp_path / "t.json").read_text()) == {
        "accepted": False,
        "reason": "too little",
        "inverse_consistency_mm": None,
        "overlap_fraction": 0.2,
        "similarity": None,
        "details": {"a": 1.0, "b": 2.0},
        "seconds": 1.5,
        "Software": software(),
    }
