"""Bones put together from plain solids, as surfaces and as files."""

from functools import cache
from pathlib import Path

import trimesh

from lab.benchmark.made_pelvis import Proportions, made_surfaces
from mri_bme.phantom.surface_distance import Surface

FILES = {"sacrum": "sacrum", "left": "left_ilium", "right": "right_ilium"}


@cache
def bone_surfaces() -> dict[str, Surface]:
    """Sacrum, left and right ilium, coarse, LPS mm."""
    return made_surfaces(Proportions(), spacing_mm=2.5)


def write_surfaces(folder: Path, surfaces: dict[str, Surface], suffix: str = ".stl") -> Path:
    """Write a file of each bone, named as a user would."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, (vertices, faces) in surfaces.items():
        mesh = trimesh.Trimesh(vertices, faces, process=False)
        mesh.export(folder / f"{FILES[name]}{suffix}")
    return folder
