"""Bone surfaces that somebody gives: a folder of one pelvis, or of several in folders.

A pelvis is three files, told apart by their names: `sacrum`, left and right ilium (or hip bone).
"""

import re
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path

import numpy as np

from mri_bme.errors import InvalidSettings, UnreadableInput
from mri_bme.intake.surfaces.mesh import FORMATS, read_mesh
from mri_bme.phantom.given_pelvis import pelvis_of
from mri_bme.phantom.shape_model import PelvisShape
from mri_bme.phantom.surface_distance import Surface

WORDS = re.compile(r"[a-z]+")
SIDES = {"left": "left", "l": "left", "right": "right", "r": "right"}
BONES = {"ilium", "iliac", "hip", "hips", "hipbone", "innominate", "coxa", "coxal", "pelvis"}
EXAMPLE = "sacrum.stl, left_ilium.stl and right_ilium.stl"


class SurfaceAxes(StrEnum):
    """Axes in which points of a surface are given."""

    LPS = "lps"
    RAS = "ras"


LPS_FROM = {SurfaceAxes.LPS: (1.0, 1.0, 1.0), SurfaceAxes.RAS: (-1.0, -1.0, 1.0)}


def read_pelves(folder: Path, *, axes: SurfaceAxes = SurfaceAxes.LPS) -> tuple[PelvisShape, ...]:
    """Read a pelvis of three surface files, or one of each subfolder.

    Parameters
    ----------
    folder : Path
        Holds three files of `FORMATS` whose names say ``sacrum``, and ``left`` or ``right`` (or
        ``l``, ``r``) for the ilia; or folders, each with such three.
    axes : SurfaceAxes
        LPS (DICOM, ITK, 3D Slicer's default) or RAS (FreeSurfer, 3D Slicer on request); mm.

    Returns
    -------
    tuple of PelvisShape
        In the order of the folders' names.

    Raises
    ------
    InvalidSettings
        If a bone is missing or there twice, or is no bone (`pelvis_of` says what is wrong).
    UnreadableInput
        If there is no such folder, or a file is not what its name says.
    """
    if not folder.is_dir():
        raise UnreadableInput(
            f"there is no folder {folder.name!r}; give one that holds {EXAMPLE} (or OBJ, PLY, VTP)"
        )
    found = _files(folder)
    if found:
        return (_read_one(found, axes),)
    folders = sorted(one for one in folder.iterdir() if one.is_dir() and _files(one))
    if not folders:
        raise InvalidSettings(
            f"no surface lies in {folder.name!r} or a folder in it; {EXAMPLE} are expected (or "
            f"{', '.join(sorted(FORMATS))})"
        )
    pelves = []
    for one in folders:
        try:
            pelves.append(_read_one(_files(one), axes))
        except (InvalidSettings, UnreadableInput) as error:
            raise type(error)(f"in {one.name!r}: {error}") from error
    return tuple(pelves)


def _files(folder: Path) -> list[Path]:
    return sorted(
        one for one in folder.iterdir() if one.is_file() and one.suffix.lower() in FORMATS
    )


def _read_one(files: Sequence[Path], axes: SurfaceAxes) -> PelvisShape:
    chosen: dict[str, Path] = {}
    for path in files:
        name = bone_named(path.stem)
        if name in chosen:
            raise InvalidSettings(
                f"two files are of one bone: {chosen[name].name} and {path.name}; keep one of them"
            )
        if name:
            chosen[name] = path
    missing = [name for name in ("sacrum", "left", "right") if name not in chosen]
    if missing:
        words = [name if name == "sacrum" else f"{name} ilium" for name in missing]
        raise InvalidSettings(
            f"no file is named as that of the {' or the '.join(words)}; found "
            f"{', '.join(path.name for path in files)}; name them as in {EXAMPLE}"
        )
    return pelvis_of({name: _in_lps(read_mesh(path), axes) for name, path in chosen.items()})


def bone_named(stem: str) -> str:
    """Tell which bone a file's name means: ``sacrum``, ``left``, ``right``, or none.

    >>> bone_named("Hip_R"), bone_named("leftIlium"), bone_named("S1 sacrum"), bone_named("femur_l")
    ('right', 'left', 'sacrum', '')
    """
    words = WORDS.findall(re.sub(r"([a-z])([A-Z])", r"\1 \2", stem).lower())
    if any(word.startswith("sacr") for word in words):
        return "sacrum"
    sides = {SIDES[word] for word in words if word in SIDES}
    return sides.pop() if len(sides) == 1 and BONES & set(words) else ""


def _in_lps(surface: Surface, axes: SurfaceAxes) -> Surface:
    vertices, faces = surface
    return vertices * np.array(LPS_FROM[axes]), faces
