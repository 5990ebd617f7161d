"""The sacroiliac joints: sides, bones, quadrants, and where they lie in a volume."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from mri_bme.distances import distance_to
from mri_bme.errors import InvalidVoxels, RoiNotFound
from mri_bme.regions import (
    MEASURED_BONES,
    QUADRANTS,
    REGIONS,
    Bone,
    BoneLabel,
    JointPart,
    Level,
    PlacedBy,
    Quadrant,
    RegionKind,
    Side,
    region_kind,
)
from mri_bme.resting import Pack, Resting, without_margins
from mri_bme.side_by_side import each
from mri_bme.volume import Mask, Volume, VolumeGeometry, check_same_grid, frozen_array

__all__ = [
    "AT_JOINT_MM",
    "FACING_MM",
    "MEASURED_BONES",
    "QUADRANTS",
    "REGIONS",
    "AnnotatedScan",
    "Bone",
    "BoneLabel",
    "JointPart",
    "Level",
    "PlacedBy",
    "Quadrant",
    "RegionKind",
    "RoiAttempt",
    "SacroiliacRois",
    "Side",
    "cartilaginous_share",
    "region_kind",
    "rois_from_labels",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class RoiAttempt:
    """One source of ROIs that was tried (by its name in `roi_sources`).

    `confidence` is None, and `reason` says why, when it gave no ROIs.
    """

    source: str
    confidence: float | None = None
    reason: str = ""


@dataclass(frozen=True, kw_only=True, eq=False)
class SacroiliacRois(Resting):
    """Where to look for edema, and what normal marrow is, on one volume's grid.

    Parameters
    ----------
    geometry : VolumeGeometry
        The grid of the volume.
    quadrants : uint8 array
        Label of `QUADRANTS` per voxel of measurable marrow, 0 elsewhere.
    joint_distance_mm : float32 array
        Signed distance to the joint surface of the same side: negative in the sacrum,
        positive in the ilium. Finite everywhere.
    reference : Mask or None
        Normal marrow; None when none was found or given.
    source : str
        How the ROIs were obtained, as in ``bones``, ``automatic``, ``manual``.
    placed_by : PlacedBy
        Who placed the bones, or drew the quadrants; ROIs carried to another visit keep it.
    reference_source : str
        How the reference was obtained, as in ``manual``, ``automatic``.
    confidence : float
        0 (a guess) to 1 (certain).
    notes : tuple of str
        What was doubtful, in plain words.
    attempts : tuple of RoiAttempt
        Sources that were tried, in order; the last one gave these ROIs.
    joint_part : uint8 array or None
        `JointPart` that marrow is nearest to, 0 outside the quadrants; None when not known.
    """

    PACKED_BY: ClassVar[Mapping[str, Pack]] = {"joint_distance_mm": without_margins}

    geometry: VolumeGeometry
    quadrants: NDArray[np.uint8]
    joint_distance_mm: NDArray[np.float32]
    reference: Mask | None
    source: str
    placed_by: PlacedBy = PlacedBy.GIVEN
    reference_source: str = ""
    confidence: float = 1.0
    notes: tuple[str, ...] = ()
    attempts: tuple[RoiAttempt, ...] = ()
    joint_part: NDArray[np.uint8] | None = None

    def __post_init__(self) -> None:
        quadrants = frozen_array(self.quadrants, np.uint8)
        distance = frozen_array(self.joint_distance_mm, np.float32)
        if quadrants.shape != self.geometry.shape or distance.shape != self.geometry.shape:
            raise InvalidVoxels("quadrants and joint distance must fill the grid of the ROIs")
        if quadrants.max(initial=0) > max(QUADRANTS):
            raise InvalidVoxels(
                f"quadrant labels run from 0 to {max(QUADRANTS)}, found {quadrants.max()}"
            )
        if not np.all(np.isfinite(distance)):
            raise InvalidVoxels("the joint distance must be finite everywhere")
        if self.reference is not None:
            check_same_grid("reference marrow", self.reference.geometry, self.geometry)
        object.__setattr__(self, "quadrants", quadrants)
        object.__setattr__(self, "joint_distance_mm", distance)
        if self.joint_part is not None:
            part = frozen_array(self.joint_part, np.uint8)
            if part.shape != self.geometry.shape or part.max(initial=0) > max(JointPart):
                raise InvalidVoxels("parts of the joint are 0, 1 or 2 on the grid of the ROIs")
            object.__setattr__(self, "joint_part", part)

    @cached_property
    def mask(self) -> Mask:
        """All marrow that is measured."""
        return Mask(geometry=self.geometry, voxels=self.quadrants > 0)

    def with_reference(self, reference: Mask) -> "SacroiliacRois":
        """Take other normal marrow, drawn by hand."""
        return replace(self, reference=reference, reference_source="manual")

    def region(self, name: str) -> Mask:
        """Marrow of one region of `REGIONS`."""
        return Mask(geometry=self.geometry, voxels=np.isin(self.quadrants, REGIONS[name]))


@dataclass(frozen=True, kw_only=True, eq=False)
class AnnotatedScan:
    """A scan whose bones are known, to find those of others with: one part of an atlas.

    Parameters
    ----------
    name : str
        What it is called in messages.
    volume : Volume
        Fluid-sensitive volume.
    bones : uint8 array
        `BoneLabel` on the grid of `volume`.
    t1 : Volume or None
        T1W volume of the same visit, on any grid.
    """

    name: str
    volume: Volume
    bones: NDArray[np.uint8]
    t1: Volume | None = None

    def __post_init__(self) -> None:
        bones = frozen_array(self.bones, np.uint8)
        if bones.shape != self.volume.geometry.shape:
            raise InvalidVoxels("the bones of an annotated scan must fill the grid of its volume")
        object.__setattr__(self, "bones", bones)


AT_JOINT_MM = 3.0  # marrow this near stands for the joint's faces


def cartilaginous_share(rois: SacroiliacRois, side: Side) -> float | None:
    """Share of a joint's faces that is cartilaginous; None when it is not known."""
    if rois.joint_part is None:
        return None
    near = np.isin(rois.quadrants, REGIONS[side.value])
    near &= np.abs(rois.joint_distance_mm) <= AT_JOINT_MM
    parts = rois.joint_part[near]
    if not parts.any():
        return None
    cartilage = np.count_nonzero(parts == JointPart.CARTILAGINOUS)
    return cartilage / np.count_nonzero(parts)


FACING_MM = 12.0  # sacrum and ilium face each other across at most this (joint and cortices)


def rois_from_labels(
    geometry: VolumeGeometry,
    quadrants: NDArray[np.integer[Any]],
    *,
    reference: Mask | None = None,
    source: str = "manual",
) -> SacroiliacRois:
    """Make ROIs of a quadrant label map alone; the joint lies halfway between the bones.

    Raises
    ------
    RoiNotFound
        If the map is empty, or on no side do sacrum and ilium face each other within
        `FACING_MM`.
    """
    box = _box_with_joints(quadrants, geometry)
    labels = quadrants[box]
    distance = np.full(labels.shape, np.inf, dtype=np.float32)
    for near in each(lambda side: _signed_joint_distance(geometry, labels, side), Side):
        distance = np.where(np.abs(near) < np.abs(distance), near, distance)
    if not np.isfinite(distance).all():
        raise RoiNotFound(
            "the label map has no side where sacrum and ilium face each other within "
            f"{FACING_MM:g} mm; draw quadrants 1 to 8 up to the joint on both bones"
        )
    return SacroiliacRois(
        geometry=geometry,
        quadrants=np.asarray(quadrants, dtype=np.uint8),
        joint_distance_mm=np.pad(
            distance,
            [(side.start, n - side.stop) for side, n in zip(box, geometry.shape, strict=True)],
            mode="edge",
        ),
        reference=reference,
        source=source,
        reference_source="" if reference is None else "manual",
    )


def _box_with_joints(
    quadrants: NDArray[np.integer[Any]], geometry: VolumeGeometry
) -> tuple[slice, slice, slice]:
    """Box around all marrow and all that lies within `FACING_MM` of it, the joints among it.

    Within it distances are those of the whole grid; beyond it nothing is measured.
    """
    found = ndimage.find_objects((quadrants > 0).astype(np.uint8))
    marrow = found[0] if found else tuple(slice(0, n) for n in quadrants.shape)
    reach = [int(np.ceil(FACING_MM / step)) for step in geometry.spacing_mm]
    first, second, third = (
        slice(max(side.start - far, 0), min(side.stop + far, n))
        for side, far, n in zip(marrow, reach, quadrants.shape, strict=True)
    )
    return first, second, third


def _signed_joint_distance(
    geometry: VolumeGeometry, quadrants: NDArray[np.integer[Any]], side: Side
) -> NDArray[np.float32]:
    """Distance to the middle between both bones of a side; infinite where there is none."""
    to_bone = {}
    for bone in Bone:
        inside = np.isin(quadrants, REGIONS[f"{side}_{bone}"])
        if not inside.any():
            return np.full(quadrants.shape, np.inf, dtype=np.float32)
        to_bone[bone] = distance_to(inside, geometry.spacing_mm, dtype=np.float64)
    difference = to_bone[Bone.SACRUM] - to_bone[Bone.ILIUM]
    facing = np.maximum(to_bone[Bone.SACRUM], to_bone[Bone.ILIUM]) <= FACING_MM
    middle = facing & (np.abs(difference) <= min(geometry.spacing_mm))
    if not middle.any():
        return np.full(quadrants.shape, np.inf, dtype=np.float32)
    unsigned = distance_to(middle, geometry.spacing_mm, dtype=np.float64)
    return np.asarray(np.where(difference < 0, -unsigned, unsigned), dtype=np.float32)
