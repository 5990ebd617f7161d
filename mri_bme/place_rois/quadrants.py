"""Marrow beside a joint in parts: upper and lower quadrants, cartilaginous and ligamentous part.

Both are told on semicoronal sections through the pelvis, whatever way it was scanned. Upper and
lower are the halves of the joint's height on a section, as in SPARCC [4]_.

The articular surface is C-shaped and open to the back: two limbs some 20 mm wide, at a
right angle [1]_, one along the front border of the joint and one along the lower. Between
and behind them ligaments bridge the bones [2]_, so that slices further back show cartilage
at the top and at the bottom and none between [3]_. Semicoronal MRI alone does not show
where one ends and the other begins; the border is drawn by that geometry.

References
----------
.. [1] Waldrop et al., J Orthop Trauma 7:510-513, 1993: limbs 44 and 56 mm long, 20 mm wide,
   93 degrees apart.
.. [2] Egund & Jurik, Semin Musculoskelet Radiol 18:332-339, 2014, doi 10.1055/s-0034-1375574.
.. [3] Postacchini et al., Surg Radiol Anat 39:85-94, 2017, doi 10.1007/s00276-016-1703-0.
.. [4] Maksymowych et al., Arthritis Rheum 53:703-709, 2005.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from mri_bme.distances import values_of_nearest
from mri_bme.place_rois.axes import PelvisAxes
from mri_bme.place_rois.joint import ILIUM_OF, Joint
from mri_bme.sacroiliac import (
    QUADRANTS,
    REGIONS,
    Bone,
    BoneLabel,
    JointPart,
    Level,
    Quadrant,
    Side,
)
from mri_bme.volume import FloatArray

BoolArray = NDArray[np.bool_]
IntBlock = NDArray[np.intp]
PartBlock = NDArray[np.uint8]

LABEL_OF: dict[Quadrant, int] = {quadrant: label for label, quadrant in QUADRANTS.items()}
UPPER_ONLY_BELOW_MM = 30.0  # a shorter joint has upper quadrants only; Maksymowych 2005 (SPARCC)
MIN_JOINT_ROWS_MM = 10.0  # a joint shorter than this is not scored at all
SECTION_MM = 4.0  # the usual semicoronal slice; for grids that are not stacked in depth
MIDLINE_MM = 15.0  # sacral bodies, not the wings, say which way the sacrum runs
MIN_SACRAL_VOXELS = 50
HOLE_MM = 6.0  # faces are sampled where marrow is nearest; smaller holes belong to them


def divide_marrow(
    labels: NDArray[np.uint8],
    measured: BoolArray,
    joints: tuple[Joint, Joint],
    sections: "Sections",
    axes: PelvisAxes,
    *,
    limb_width_mm: float,
) -> tuple[PartBlock, PartBlock]:
    """Divide marrow into quadrants, and these into cartilaginous and ligamentous part.

    Parameters
    ----------
    labels : uint8 array of shape (depth, height, across)
        `BoneLabel`.
    measured : bool array
        Where marrow counts.
    joints : tuple of Joint
        Left and right.
    sections : Sections
        Of the lines of `labels`.
    axes : PelvisAxes
        Of the view.
    limb_width_mm : float
        How far the cartilage reaches from the front and lower border of the joint.

    Returns
    -------
    quadrants : uint8 array
        Labels of `QUADRANTS`.
    parts : uint8 array
        `JointPart` that every voxel of the quadrants is nearest to.
    """
    quadrants = _label_quadrants(labels, measured, joints, sections)
    return quadrants, _label_parts(quadrants, joints, sections, axes, limb_width_mm)


def joint_parts(
    labels: NDArray[np.uint8],
    quadrants: PartBlock,
    joints: tuple[Joint, Joint],
    axes: PelvisAxes,
    *,
    limb_width_mm: float,
) -> PartBlock:
    """Part of the joint that every voxel of given quadrants is nearest to, as `JointPart`.

    Parameters are those of `divide_marrow`.
    """
    sections = semicoronal_sections(labels, axes)
    return _label_parts(quadrants, joints, sections, axes, limb_width_mm)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sections:
    """Section and level of every (depth, height) line of a view.

    `number` counts sections from the front, from 0; `level` counts steps of `step_mm`
    downward within a section; sections are `section_mm` apart.
    """

    number: IntBlock
    level: IntBlock
    step_mm: float
    section_mm: float

    def within(self, depth: slice, height: slice) -> "Sections":
        """Lines of a box of the view, each with the section and level that it has there."""
        return replace(self, number=self.number[depth, height], level=self.level[depth, height])


def semicoronal_sections(labels: NDArray[np.uint8], axes: PelvisAxes) -> Sections:
    """Cut a view into semicoronal sections.

    Slices stacked in depth are the sections, as they were scanned. Other grids (axial,
    isotropic) are cut along the sacrum's long axis, as a semicoronal scan is planned.

    Parameters
    ----------
    labels : uint8 array of shape (depth, height, across)
        `BoneLabel`.
    axes : PelvisAxes
        Of the view.
    """
    n_depth, n_height = labels.shape[:2]
    depth, height = np.meshgrid(np.arange(n_depth), np.arange(n_height), indexing="ij")
    if axes.is_stacked_in_depth:
        return Sections(
            number=depth, level=height, step_mm=axes.spacing_mm[1], section_mm=axes.spacing_mm[0]
        )
    back, down = (a * s for a, s in zip((depth, height), axes.spacing_mm, strict=False))
    along = _sacral_axis(labels, axes)
    step_mm = max(axes.spacing_mm)
    return Sections(
        number=_counted(back * along[1] - down * along[0], SECTION_MM),
        level=_counted(back * along[0] + down * along[1], step_mm),
        step_mm=step_mm,
        section_mm=SECTION_MM,
    )


def _counted(position_mm: FloatArray, step_mm: float) -> IntBlock:
    steps = np.floor((position_mm - position_mm.min()) / step_mm + 1e-6)
    return np.asarray(steps, dtype=np.intp)


def _sacral_axis(labels: NDArray[np.uint8], axes: PelvisAxes) -> FloatArray:
    """Find the unit vector (back, down) along the sacrum, from voxels near the midline."""
    index = np.argwhere(labels == BoneLabel.SACRUM)
    straight_down = np.array([0.0, 1.0])
    if len(index) < MIN_SACRAL_VOXELS:
        return straight_down
    place = index * np.array(axes.spacing_mm)
    middle = np.median(place[:, 2])
    central = place[np.abs(place[:, 2] - middle) <= MIDLINE_MM, :2]
    if len(central) < MIN_SACRAL_VOXELS:
        return straight_down
    _, vectors = np.linalg.eigh(np.cov(central.T))
    along = vectors[:, -1]
    return np.asarray(along if along[1] > 0 else -along, dtype=np.float64)


def upper_half(joint: Joint, sections: Sections) -> BoolArray:
    """Say for every (depth, height) line whether marrow beside the joint is upper.

    On each section, the middle of the joint's height parts upper from lower. Where the
    joint is shorter than `UPPER_ONLY_BELOW_MM` all marrow beside it is upper, as in
    SPARCC; beyond its ends the nearest section of full height decides.
    """
    faces: BoolArray = np.any(joint.sacral_face | joint.iliac_face, axis=2)
    middles = np.full(int(sections.number.max()) + 1, np.nan)
    for number in np.unique(sections.number[faces]):
        levels = np.unique(sections.level[faces & (sections.number == number)])
        if levels.size * sections.step_mm < MIN_JOINT_ROWS_MM:
            continue
        tall = (levels[-1] - levels[0] + 1) * sections.step_mm >= UPPER_ONLY_BELOW_MM
        middles[number] = (levels[0] + levels[-1]) / 2 if tall else np.inf
    full = np.nonzero(np.isfinite(middles))[0]
    if not full.size:
        return np.ones_like(faces)
    numbers = np.arange(middles.size)
    nearest = full[np.abs(numbers[:, None] - full[None, :]).argmin(axis=1)]
    middles = np.where(np.isnan(middles), middles[nearest], middles)
    return np.asarray(sections.level <= middles[sections.number])


def _label_quadrants(
    labels: NDArray[np.uint8],
    measured: BoolArray,
    joints: tuple[Joint, Joint],
    sections: Sections,
) -> PartBlock:
    """Label measured marrow by side (the nearer joint), bone and level."""
    quadrants = np.zeros(labels.shape, dtype=np.uint8)
    left, right = joints
    is_left = np.abs(left.distance_mm) <= np.abs(right.distance_mm)
    sacrum = labels == BoneLabel.SACRUM
    for joint in joints:
        own_side = is_left if joint.side is Side.LEFT else ~is_left
        upper = upper_half(joint, sections)[..., None]
        ilium = labels == ILIUM_OF[joint.side]
        for bone, inside in ((Bone.SACRUM, sacrum & own_side), (Bone.ILIUM, ilium)):
            for level in Level:
                wanted = upper if level is Level.UPPER else ~upper
                label = LABEL_OF[Quadrant(joint.side, bone, level)]
                quadrants[measured & inside & wanted] = label
    return quadrants


def _label_parts(
    quadrants: PartBlock,
    joints: Sequence[Joint],
    sections: Sections,
    axes: PelvisAxes,
    limb_width_mm: float,
) -> PartBlock:
    parts = np.zeros(quadrants.shape, dtype=np.uint8)
    for joint in joints:
        own = np.isin(quadrants, REGIONS[joint.side.value])
        if not own.any():
            continue
        faces = joint.sacral_face | joint.iliac_face
        box = ndimage.find_objects((own | faces).astype(np.uint8))[0]
        on_map = _parts_on_map(np.any(faces, axis=2), sections, limb_width_mm)
        at_face = np.where(faces, on_map[..., None], 0).astype(np.uint8)[box]
        nearest = values_of_nearest(at_face, at_face > 0, axes.spacing_mm)
        parts[box] = np.where(own[box], nearest, parts[box])
    return parts


def _parts_on_map(on_map: BoolArray, sections: Sections, limb_width_mm: float) -> PartBlock:
    """Part of the joint at every (depth, height) line."""
    steps_mm = (sections.section_mm, sections.step_mm)
    cartilage = _near_front_and_below(_map_of(on_map, sections), steps_mm, limb_width_mm)
    is_cartilage = cartilage[sections.number, sections.level]
    part = np.where(is_cartilage, JointPart.CARTILAGINOUS, JointPart.LIGAMENTOUS)
    return np.asarray(part, dtype=np.uint8)


def _map_of(on_map: BoolArray, sections: Sections) -> BoolArray:
    """Joint on a map of sections (from the front) and levels (downward), holes filled."""
    seen = np.zeros((int(sections.number.max()) + 1, int(sections.level.max()) + 1), dtype=bool)
    seen[sections.number[on_map], sections.level[on_map]] = True
    reach = [max(1, round(HOLE_MM / step)) for step in (sections.section_mm, sections.step_mm)]
    structure = np.ones([2 * (n // 2) + 1 for n in reach], dtype=bool)
    padded = np.pad(seen, [(n, n) for n in reach])
    closed = ndimage.binary_closing(padded, structure)
    return np.asarray(closed[tuple(slice(n, -n) for n in reach)])


def _near_front_and_below(
    seen: BoolArray, steps_mm: tuple[float, float], limb_width_mm: float
) -> BoolArray:
    """Joint within a limb's width of what lies in front of it or below it."""
    padded = np.pad(seen, 1)
    before = np.cumsum(padded, axis=0)
    below = np.cumsum(padded[:, ::-1], axis=1)[:, ::-1]
    in_front = (before == 0) & padded.any(axis=0, keepdims=True)
    beneath = (below == 0) & padded.any(axis=1, keepdims=True)
    apart = ndimage.distance_transform_edt(~(in_front | beneath), sampling=steps_mm)
    return np.asarray((apart <= limb_width_mm)[1:-1, 1:-1] & seen)
