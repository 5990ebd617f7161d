"""The cartilaginous part of a joint, apart from the ligamentous one.

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
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from mri_bme.place_rois.axes import PelvisAxes
from mri_bme.place_rois.joint import Joint
from mri_bme.place_rois.sections import Sections
from mri_bme.sacroiliac import REGIONS, JointPart

BoolArray = NDArray[np.bool_]
PartBlock = NDArray[np.uint8]

HOLE_MM = 6.0  # faces are sampled where marrow is nearest; smaller holes belong to them


def joint_parts(
    quadrants: PartBlock,
    joints: Sequence[Joint],
    sections: Sections,
    axes: PelvisAxes,
    *,
    limb_width_mm: float,
) -> PartBlock:
    """Part of the joint that every voxel of the quadrants is nearest to, as `JointPart`.

    Parameters
    ----------
    quadrants : uint8 array of shape (depth, height, across)
        Labels of `QUADRANTS`.
    joints : sequence of Joint
        One per side.
    sections : Sections
        Of the same view.
    axes : PelvisAxes
        Of the view.
    limb_width_mm : float
        How far the cartilage reaches from the front and lower border of the joint.
    """
    parts = np.zeros(quadrants.shape, dtype=np.uint8)
    for joint in joints:
        own = np.isin(quadrants, REGIONS[joint.side.value])
        if not own.any():
            continue
        faces = joint.sacral_face | joint.iliac_face
        box = ndimage.find_objects((own | faces).astype(np.uint8))[0]
        on_map = _parts_on_map(np.any(faces, axis=2), sections, limb_width_mm)
        at_face = np.where(faces, on_map[..., None], 0).astype(np.uint8)[box]
        nearest = ndimage.distance_transform_edt(
            at_face == 0, sampling=axes.spacing_mm, return_distances=False, return_indices=True
        )
        parts[box] = np.where(own[box], at_face[tuple(nearest)], parts[box])
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
