"""Where edema is looked for."""

from typing import Literal

from pydantic import Field, field_validator

from mri_bme.settings.section import Section

RoiSource = Literal["manual", "joint_lines", "bones", "other_visit", "atlas", "automatic"]
"""Where ROIs come from: corrected by hand, drawn joints, bones from elsewhere, another
visit of the subject, annotated scans, the network."""


class RoiSettings(Section):
    """Where edema is looked for."""

    sources: tuple[RoiSource, ...] = Field(
        ("manual", "joint_lines", "bones", "other_visit", "atlas", "automatic"),
        min_length=1,
        description="Where ROIs come from, in the order in which it is tried; one that is not "
        "given or not named is left out. At `other_visit`, ROIs that another visit got from a "
        "source named before it are carried over by registration; they also stand in when "
        "nothing else works.",
    )
    bone_numbers: dict[Literal["sacrum", "left_ilium", "right_ilium", "l5"], tuple[int, ...]] = (
        Field(
            default={},
            description="Numbers of the bones in a label map from elsewhere. Empty: 1 sacrum, "
            "2 left ilium, 3 right ilium, 4 L5; in a map with higher numbers those of "
            "TotalSegmentator MR (18 sacrum, 38 left and 39 right hip).",
        )
    )
    min_confidence: float = Field(
        0.5, ge=0, le=1, description="Automatic and atlas bones below this confidence are not used."
    )
    certainty_range: tuple[float, float] = Field(
        (0.75, 0.88), description="Mean probability of marrow's label, from no to full confidence."
    )
    mirror_agreement_range: tuple[float, float] = Field(
        (0.6, 0.85),
        description="Overlap (Dice, worst bone) of the bones in the volume and in its mirror "
        "image, from no to full confidence.",
    )
    atlas_similarity_range: tuple[float, float] = Field(
        (0.2, 0.5),
        description="Local correlation of the volume with the warped annotated scans of an "
        "atlas, from no to full confidence.",
    )
    atlas_agreement_range: tuple[float, float] = Field(
        (0.5, 0.8),
        description="Overlap (Dice, worst bone) of an annotated scan with the vote of all, median "
        "over scans, from no to full confidence. Leaving one of five public subjects (Hepburn "
        "et al. 2023) out: 0.74 to 0.87 where the region was right (Dice 0.82 to 0.89), 0.46 "
        "on the one STIR where it was not (0.59).",
    )
    min_bone_ml: float = Field(
        20.0, ge=0, description="Less marrow than this of sacrum or an ilium is half a pelvis."
    )
    max_void_share: float = Field(
        0.05,
        ge=0,
        le=1,
        description="A bone with more than this share of its marrow without signal lies beside "
        "metal. Real scans have at most 0.03.",
    )
    min_joint_slab_mm: float = Field(
        25.0,
        ge=0,
        description="Where the first or last slice cuts a joint and less of it than this is seen "
        "along the slices, nothing is measured; where more, a note says so. Whole joints "
        "measured 36 to 56 mm from front to back in ten patients.",
    )
    joint_line_depth_mm: float = Field(
        15.0, gt=0, description="How far ROIs reach from a drawn joint when no bone was found."
    )
    max_joint_gap_mm: float = Field(
        8.0, gt=0, description="Sacral and iliac marrow further apart do not form a joint."
    )
    limb_width_mm: float = Field(
        20.0,
        gt=0,
        description="How far cartilage reaches from the front and lower border of the joint; "
        "between and behind are ligaments. Mean width of either limb of the articular surface "
        "(Waldrop et al., J Orthop Trauma 7:510-513, 1993).",
    )
    joint_half_width_mm: float = Field(
        0.75, ge=0, description="Marrow this near to the joint surface is joint space or cortex."
    )
    reference_min_distance_mm: float = Field(
        20.0, ge=0, description="Reference marrow lies further than this from the joints."
    )
    reference_rim_mm: float = Field(
        5.0, ge=0, description="Reference marrow lies further than this from soft tissue."
    )
    reference_min_voxels: int = Field(
        200, ge=1, description="Fewer candidate voxels give no reference marrow."
    )

    @field_validator("sources")
    @classmethod
    def _check_sources(cls, sources: tuple[RoiSource, ...]) -> tuple[RoiSource, ...]:
        if len(set(sources)) < len(sources):
            raise ValueError("a source of ROIs may be named only once")
        return sources
