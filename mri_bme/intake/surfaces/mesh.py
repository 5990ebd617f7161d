"""Triangles of one file: STL, OBJ and PLY by `trimesh`, VTP here."""

from pathlib import Path
from typing import Any

import numpy as np

from mri_bme.errors import UnreadableInput
from mri_bme.extras import needing
from mri_bme.intake.surfaces.vtp import triangles_of_vtp
from mri_bme.phantom.surface_distance import Surface

BY_TRIMESH = frozenset({".stl", ".obj", ".ply"})
FORMATS = BY_TRIMESH | {".vtp"}
MAX_BYTES = 500_000_000


def read_mesh(path: Path) -> Surface:
    """Read vertices (n, 3) and triangles (m, 3) of a surface, as they are in the file.

    Raises
    ------
    InvalidSettings
        If the extra ``surfaces`` is not installed.
    UnreadableInput
        If the file cannot be read as what its name says, or holds points that are no numbers.
    """
    if path.stat().st_size > MAX_BYTES:
        raise UnreadableInput(
            f"{path.name} has more than {MAX_BYTES // 1_000_000} MB; thin out its triangles"
        )
    if path.suffix.lower() == ".vtp":
        vertices, faces = triangles_of_vtp(path.read_bytes(), path.name)
    else:
        vertices, faces = _by_trimesh(path)
    if not faces.size:
        raise UnreadableInput(
            f"{path.name} cannot be read as a surface: no triangle was found in it; export it again"
        )
    if not np.isfinite(vertices).all():
        raise UnreadableInput(f"{path.name} holds points that are no numbers; export it again")
    if not 0 <= faces.min() <= faces.max() < len(vertices):
        raise UnreadableInput(f"{path.name} has faces of points that it lacks; export it again")
    return vertices, faces


def _by_trimesh(path: Path) -> Surface:
    with needing("surfaces"):
        import trimesh  # noqa: PLC0415  (an extra)
    try:
        with path.open("rb") as stream:
            mesh: Any = trimesh.load(
                stream, file_type=path.suffix[1:].lower(), force="mesh", process=False
            )
        vertices = np.asarray(mesh.vertices, dtype=np.float64).reshape(-1, 3)
        faces = np.asarray(mesh.faces, dtype=np.int64).reshape(-1, 3)
    except MemoryError:
        raise
    except Exception as error:  # whatever its readers meet in a broken file
        raise UnreadableInput(
            f"{path.name} cannot be read as {path.suffix[1:].upper()} of triangles; export it again"
        ) from error
    return vertices, faces
