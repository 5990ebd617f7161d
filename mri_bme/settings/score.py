"""How a mask becomes a score."""

from itertools import pairwise
from typing import Literal

from pydantic import Field, field_validator

from mri_bme.settings.section import Section


class ScoreSettings(Section):
    """How a mask becomes a score."""

    depth_band_edges_mm: tuple[float, ...] = Field(
        (5.0, 10.0, 20.0),
        description="Limits (mm from the joint) between depth bands.",
    )

    min_visible_mm2: float = Field(
        10.0,
        ge=0,
        description="Edema on a slice smaller than this (mm2) is not seen by the estimated reader.",
    )
    subchondral_mm: float = Field(
        5.0,
        gt=0,
        description="Marrow this close (mm) to the joint counts as being at the joint.",
    )
    intense_rule: Literal["fluid", "fixed"] = Field(
        "fluid",
        description="SPARCC's intense signal: as bright as `fluid`, or `fixed` (`intense_least`).",
    )
    intense_percentile: float = Field(
        99.0,
        gt=0,
        lt=100,
        description="Percentile of the tissue around the marrow that stands for vessels and fluid.",
    )
    intense_least: float = Field(
        2.0,
        gt=1,
        description="Least relative intensity of a lesion that is called intense.",
    )
    berlin_depth_mm: float = Field(
        20.0,
        gt=0,
        description="How far (mm) a quadrant of the Berlin score reaches from the joint.",
    )
    readable_spacing_mm: tuple[float, float] = Field(
        (2.5, 6.0),
        description="Slice spacings (mm) at which rules for 4 mm slices (SPARCC, ASAS) apply.",
    )

    @field_validator("depth_band_edges_mm")
    @classmethod
    def _check_edges(cls, edges: tuple[float, ...]) -> tuple[float, ...]:
        if any(b <= a for a, b in pairwise((0.0, *edges))):
            raise ValueError("depth band edges must be positive and increase")
        return edges
