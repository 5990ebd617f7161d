"""A file that is no surface is named, and never ends in a traceback."""

from pathlib import Path

import numpy as np
import pytest
from bone_surfaces import bone_surfaces, write_surfaces

from mri_bme.errors import UnreadableInput
from mri_bme.intake.surfaces import mesh
from mri_bme.intake.surfaces.mesh import read_mesh

BROKEN = {
    "a.stl": b"\x00" * 80 + b"\x05\x00\x00\x00" + b"\x01" * 50,
    "e.stl": b"\x00" * 84,
    "b.obj": b"v 0 0 zero\nf 1 2 3\n",
    "c.ply": b"ply\nformat ascii 1.0\n",
    "d.vtp": b"<VTKFile type='PolyData'><Poly",
}


def test_a_file_of_each_kind_is_read(tmp_path: Path) -> None:
    vertices, faces = bone_surfaces()["sacrum"]
    for suffix in (".stl", ".obj", ".ply"):
        write_surfaces(tmp_path, {"sacrum": (vertices, faces)}, suffix)
        points, triangles = read_mesh(tmp_path / f"sacrum{suffix}")
        np.testing.assert_allclose(points[triangles], vertices[faces], atol=1e-4)


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_refused_by_name(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(BROKEN[name])
    with pytest.raises(UnreadableInput, match=f"^{name} cannot be read as .* export it again$"):
        read_mesh(tmp_path / name)


def test_points_that_are_no_numbers_and_faces_without_points_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "sacrum.obj"
    path.write_text("v 0 0 nan\nv 1 0 0\nv 0 1 0\nf 1 2 3\n")
    with pytest.raises(UnreadableInput, match=r"sacrum\.obj"):
        read_mesh(path)
    path.write_text("v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 9\n")
    with pytest.raises(UnreadableInput, match=r"sacrum\.obj"):
        read_mesh(path)


def test_a_file_too_large_for_a_bone_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mesh, "MAX_BYTES", 10)
    (tmp_path / "a.stl").write_bytes(b"solid and more")
    with pytest.raises(UnreadableInput, match="thin out its triangles"):
        read_mesh(tmp_path / "a.stl")
