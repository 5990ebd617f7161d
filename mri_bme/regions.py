"""What the regions of the sacroiliac joints are called, and which quadrants make them up.

Here are names only, which settings and messages need before any library is loaded;
`sacroiliac` holds where the regions lie, and these names as well.
"""

from dataclasses import dataclass
from enum import IntEnum, StrEnum


class Side(StrEnum):
    """The patient's side."""

    LEFT = "left"
    RIGHT = "right"


class Bone(StrEnum):
    """The bone on one face of the joint."""

    ILIUM = "ilium"
    SACRUM = "sacrum"


class Level(StrEnum):
    """Half of the joint's height on a slice."""

    UPPER = "upper"
    LOWER = "lower"


class BoneLabel(IntEnum):
    """Labels of a bone map, as read from `--bones` and used inside `place_rois`."""

    BACKGROUND = 0
    SACRUM = 1
    LEFT_ILIUM = 2
    RIGHT_ILIUM = 3
    L5 = 4


MEASURED_BONES = (BoneLabel.SACRUM, BoneLabel.LEFT_ILIUM, BoneLabel.RIGHT_ILIUM)
"""The bones that form the joints."""


class JointPart(IntEnum):
    """What joins the bones: cartilage in front and below, ligaments between and behind."""

    CARTILAGINOUS = 1
    LIGAMENTOUS = 2


@dataclass(frozen=True, slots=True, order=True)
class Quadrant:
    """One of the eight regions that SPARCC scores on a slice."""

    side: Side
    bone: Bone
    level: Level

    @property
    def name(self) -> str:
        """Name in tables and label maps, as in ``left_ilium_upper``."""
        return f"{self.side}_{self.bone}_{self.level}"


QUADRANTS: dict[int, Quadrant] = dict(
    enumerate(
        (Quadrant(side, bone, level) for side in Side for bone in Bone for level in Level),
        start=1,
    )
)
"""Label (1 to 8) of each quadrant in a label map; 0 is outside."""


def _regions() -> dict[str, tuple[int, ...]]:
    labels = tuple(QUADRANTS)
    regions: dict[str, tuple[int, ...]] = {"total": labels}
    for side in Side:
        regions[side.value] = tuple(q for q in labels if QUADRANTS[q].side is side)
    for bone in (Bone.SACRUM, Bone.ILIUM):
        regions[bone.value] = tuple(q for q in labels if QUADRANTS[q].bone is bone)
    for side in Side:
        for bone in Bone:
            regions[f"{side}_{bone}"] = tuple(
                q for q in labels if QUADRANTS[q].side is side and QUADRANTS[q].bone is bone
            )
    return regions | {quadrant.name: (label,) for label, quadrant in QUADRANTS.items()}


REGIONS: dict[str, tuple[int, ...]] = _regions()
"""Quadrant labels that make up each region of the tables, in the tables' order."""


class PlacedBy(StrEnum):
    """Who placed the bones that ROIs rest on; decides how uncertain their edge is."""

    GIVEN = "given"  # drawn, corrected, or brought along as a label map
    NETWORK = "network"
    ATLAS = "atlas"
    OTHER_METHOD = "other method"  # for further sources, whose bones nobody drew either


class RegionKind(StrEnum):
    """What is measured: kinds of regions, and the single lesion."""

    TOTAL = "total"
    SIDE = "side"
    BONE = "bone"
    SIDE_BONE = "side_bone"
    QUADRANT = "quadrant"
    LESION = "lesion"


def region_kind(region: str) -> RegionKind:
    """Kind of a region of `REGIONS`."""
    if region == "total":
        return RegionKind.TOTAL
    if region in set(Side):
        return RegionKind.SIDE
    if region in set(Bone):
        return RegionKind.BONE
    return RegionKind.QUADRANT if len(REGIONS[region]) == 1 else RegionKind.SIDE_BONE
