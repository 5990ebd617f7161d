"""From bones to regions of interest."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mri_bme.errors import RoiNotFound
from mri_bme.place_rois.axes import PelvisAxes, pelvis_axes
from mri_bme.place_rois.joint import find_joint, nearer_distance
from mri_bme.place_rois.quadrants import joint_parts, label_quadrants, semicoronal_sections
from mri_bme.place_rois.reference import estimate_reference
from mri_bme.place_rois.split import split_bones
from mri_bme.resample import coverage_mask, resample_volume
from mri_bme.sacroiliac import BoneLabel, PlacedBy, SacroiliacRois, Side
from mri_bme.settings import RoiSettings
from mri_bme.volume import Mask, Volume, check_same_grid

BoolArray = NDArray[np.bool_]

DEFAULT_SETTINGS = RoiSettings()
MIN_T1_COVERAGE = 0.9  # of the volume's voxels
MIN_PARALLEL_COSINE = 0.94  # slices within 20 degrees of the volume's
MAX_T1_SLICE_RATIO = 1.6

OWN_NUMBERS = {bone.name.lower(): (bone.value,) for bone in BoneLabel if bone.value}
TOTALSEGMENTATOR_MR_NUMBERS = {"sacrum": (18,), "left_ilium": (38,), "right_ilium": (39,)}


def bones_from_labels(
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
    return bones_from_labels(found, volume, on_grid_of(volume, t1), settings)[0]


def on_grid_of(volume: Volume, t1: Volume | None) -> Volume | None:
    """Bring T1W to the grid of `volume`, to find bones in; None where it covers too little."""
    if t1 is None or t1.geometry.matches(volume.geometry):
        return t1
    covered = coverage_mask(t1.geometry, volume.geometry)
    across_slices = t1.geometry.spacing_mm[0] / volume.geometry.spacing_mm[0]
    parallel = abs(float(t1.geometry.directions[:, 0] @ volume.geometry.directions[:, 0]))
    too_coarse = parallel < MIN_PARALLEL_COSINE or across_slices > MAX_T1_SLICE_RATIO
    if too_coarse or covered.n_voxels < MIN_T1_COVERAGE * covered.voxels.size:
        return None
    return resample_volume(t1, volume.geometry)


def _usual_numbers(highest: int) -> Mapping[str, tuple[int, ...]]:
    return OWN_NUMBERS if highest <= max(BoneLabel) else TOTALSEGMENTATOR_MR_NUMBERS


@dataclass(frozen=True, kw_only=True, eq=False)
class FoundBones:
    """A bone map (`BoneLabel`) on the volume's grid, where it came from, and who placed it."""

    labels: NDArray[np.uint8]
    source: str
    placed_by: PlacedBy = PlacedBy.GIVEN
    confidence: float = 1.0
    notes: tuple[str, ...] = ()


def rois_from_bones(
    found: FoundBones, volume: Volume, *, reference: Mask | None, settings: RoiSettings
) -> SacroiliacRois:
    """Divide marrow of sacrum and ilia into quadrants and measure its distance to the joint."""
    axes = pelvis_axes(volume.geometry)
    labels = np.ascontiguousarray(axes.view(found.labels))
    left, right = (
        find_joint(labels, side, axes, max_gap_mm=settings.max_joint_gap_mm)
        for side in (Side.LEFT, Side.RIGHT)
    )
    distance = nearer_distance(left, right, labels)
    measured = np.abs(distance) > settings.joint_half_width_mm
    sections = semicoronal_sections(labels, axes)
    quadrants = label_quadrants(labels, measured, left, right, sections)
    parts = joint_parts(
        quadrants, (left, right), sections, axes, limb_width_mm=settings.limb_width_mm
    )
    reference_source = "manual"
    if reference is None:
        voxels = np.ascontiguousarray(axes.view(volume.voxels))
        normal = estimate_reference(voxels, labels == BoneLabel.SACRUM, distance, axes, settings)
        reference, reference_source = _as_mask(normal, axes, volume)
    else:
        check_same_grid("reference marrow", reference.geometry, volume.geometry)
    return SacroiliacRois(
        geometry=volume.geometry,
        quadrants=axes.restore(quadrants),
        joint_distance_mm=axes.restore(distance),
        reference=reference,
        source=found.source,
        placed_by=found.placed_by,
        reference_source=reference_source,
        confidence=found.confidence,
        notes=found.notes,
        joint_part=axes.restore(parts),
    )


def _as_mask(normal: BoolArray, axes: PelvisAxes, volume: Volume) -> tuple[Mask | None, str]:
    if not normal.any():
        return None, ""
    return Mask(geometry=volume.geometry, voxels=axes.restore(normal)), "automatic"
