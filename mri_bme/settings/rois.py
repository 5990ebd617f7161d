"""Where edema is looked for."""

from typing import Literal

from pydantic import Field, field_validator

from mri_bme.roi_sources import source_names
from mri_bme.settings.section import Section


class RoiSettings(Section):
    """Where edema is looked for."""

    sources: tuple[str, ...] = Field(
        default_factory=source_names,
        min_length=1,
        description="Where ROIs come from, in the order in which sources are tried.",
    )
    fall_back: bool = Field(
        False, description="Go on with another source where ROIs that were given are unusable."
    )
    bone_numbers: dict[Literal["sacrum", "left_ilium", "right_ilium", "l5"], tuple[int, ...]] = (
        Field(
            default={},
            description="Numbers of bones in a label map; empty: 1-4 or TotalSegmentator's.",
        )
    )
    min_confidence: float = Field(
        0.5, ge=0, le=1, description="Least confidence at which automatic and atlas bones are used."
    )
    certainty_range: tuple[float, float] = Field(
        (0.756, 0.886),
        description="Mean probability of marrow's label, from no to full confidence.",
    )
    mirror_agreement_range: tuple[float, float] = Field(
        (0.6, 0.85),
        description="Dice of bones with those of the mirror image, from no to full confidence.",
    )
    atlas_similarity_range: tuple[float, float] = Field(
        (0.2, 0.5),
        description="Local correlation with warped atlas scans, from no to full confidence.",
    )
    atlas_agreement_range: tuple[float, float] = Field(
        (0.5, 0.8),
        description="Dice of an atlas scan with the vote of all, from no to full confidence.",
    )
    min_bone_ml: float = Field(
        20.0,
        ge=0,
        description="Least marrow (mL) of sacrum or an ilium; less means part of it is missing.",
    )
    max_void_share: float = Field(
        0.05,
        ge=0,
        le=1,
        description="Greatest share of a bone's marrow without signal; more lies beside metal.",
    )
    min_joint_slab_mm: float = Field(
        25.0,
        ge=0,
        description="Least depth (mm) that must be seen of a joint cut by the outermost slice.",
    )
    joint_line_depth_mm: float = Field(
        15.0, gt=0, description="How far (mm) ROIs reach from a drawn joint when no bone was found."
    )
    max_joint_gap_mm: float = Field(
        8.0,
        gt=0,
        description="Greatest gap (mm) between sacral and iliac marrow that counts as a joint.",
    )
    limb_width_mm: float = Field(
        20.0,
        gt=0,
        description="How far (mm) cartilage reaches from the front and lower border of the joint.",
    )
    joint_half_width_mm: float = Field(
        0.75,
        ge=0,
        description="Marrow this near (mm) to the joint surface is joint space or cortex.",
    )
    reference_min_distance_mm: float = Field(
        20.0, ge=0, description="Reference marrow lies further than this (mm) from the joints."
    )
    reference_rim_mm: float = Field(
        5.0, ge=0, description="Reference marrow lies further than this (mm) from soft tissue."
    )
    reference_min_voxels: int = Field(
        200, ge=1, description="Least number of voxels of reference marrow."
    )

    @field_validator("sources")
    @classmethod
    def _check_sources(cls, sources: tuple[str, ...]) -> tuple[str, ...]:
        unknown = [name for name in sources if name not in source_names()]
        if unknown:
            known = ", ".join(source_names())
            raise ValueError(f"there is no source of ROIs {unknown[0]!r}; choose from {known}")
        if len(set(sources)) < len(sources):
            raise ValueError("a source of ROIs may be named only once")
        return sources
