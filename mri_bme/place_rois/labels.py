"""Bones that were given: labels of sacrum and ilia, or one mask of all marrow."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mri_bme.errors import RoiNotFound
from mri_bme.place_rois.sources import FoundBones, Scene, on_grid_of
from mri_bme.place_rois.split import split_bones
from mri_bme.sacroiliac import BoneLabel
from mri_bme.settings import RoiSettings
from mri_bme.volume import Volume

DEFAULT_SETTINGS = RoiSettings()

OWN_NUMBERS = {bone.name.lower(): (bone.value,) for bone in BoneLabel if bone.value}
TOTALSEGMENTATOR_MR_NUMBERS = {"sacrum": (18,), "left_ilium": (38,), "right_ilium": (39,)}


def take_bones(scene: Scene, given: NDArray[np.integer[Any]]) -> FoundBones:
    """Take a label map or a single marrow mask as the bones (`place_rois.sources.Finder`)."""
    labels, made_from = _bones_from_labels(given, scene.volume, scene.t1, scene.settings)
    return FoundBones(labels=labels, source=made_from)


def known_bones(
    found: NDArray[np.integer[Any]],
    volume: Volume,
    *,
    t1: Volume | None = None,
    settings: RoiSettings = DEFAULT_SETTINGS,
) -> NDArray[np.uint8]:
    """Bones of `BoneLabel` from a label map or a marrow mask on the grid of `volume`.

    Raises
    ------
    RoiNotFound
        If the map is empty, or the mask cannot be divided.
    """
    return _bones_from_labels(found, volume, on_grid_of(volume, t1), settings)[0]


def _bones_from_labels(
    found: NDArray[np.integer[Any]], volume: Volume, t1: Volume | None, settings: RoiSettings
) -> tuple[NDArray[np.uint8], str]:
    """Turn a label map or a single marrow mask into the bones of `BoneLabel`.

    Returns the bone map and what it was made from. With one label only, the mask is
    split along the dark joint, in `t1` (on the grid of `volume`) if there is one.
    """
    if found.shape != volume.geometry.shape:
        raise RoiNotFound(f"{found.shape} bone labels do not fit a grid of {volume.geometry.shape}")
    present = set(np.unique(found).tolist()) - {0}
    if not present:
        raise RoiNotFound("the bone map is empty; draw the marrow of sacrum and ilia")
    if len(present) == 1:
        return split_bones(found > 0, t1 or volume), "marrow mask"
    bones = np.zeros(found.shape, dtype=np.uint8)
    numbering = settings.bone_numbers or _usual_numbers(max(present))
    for bone, numbers in numbering.items():
        bones[np.isin(found, numbers)] = BoneLabel[bone.upper()]
    return bones, "bones"


def _usual_numbers(highest: int) -> Mapping[str, tuple[int, ...]]:
    return OWN_NUMBERS if highest <= max(BoneLabel) else TOTALSEGMENTATOR_MR_NUMBERS
