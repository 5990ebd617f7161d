"""How a mask becomes a score."""

from itertools import pairwise
from typing import Literal

from pydantic import Field, field_validator

from mri_bme.settings.section import Section


class ScoreSettings(Section):
    """How a mask becomes a score."""

    depth_band_edges_mm: tuple[float, ...] = Field(
        (5.0, 10.0, 20.0),
        description="Limits between depth bands, mm from the joint; 10 mm is where SPARCC "
        "calls a lesion deep (Maksymowych et al., Arthritis Rheum 53:703-709, 2005).",
    )

    min_visible_mm2: float = Field(
        10.0,
        ge=0,
        description="Edema on a slice smaller than this is not seen by the estimated reader. "
        "Own choice: some 3 x 3 mm.",
    )
    subchondral_mm: float = Field(
        5.0,
        gt=0,
        description="Marrow this close to the joint is at the joint: it shows that a slice cuts "
        "the joint, and where a deep lesion must begin. Own choice.",
    )
    intense_rule: Literal["fluid", "fixed"] = Field(
        "fluid",
        description="Intense as SPARCC means it: `fluid`, as bright as the brightest tissue "
        "around the marrow, presacral vessels or fluid (Maksymowych et al., Arthritis Rheum "
        "53:703-709, 2005; spa-imaging.org names cerebrospinal fluid or discs); `fixed`, from "
        "`intense_least`.",
    )
    intense_percentile: float = Field(
        99.0,
        gt=0,
        lt=100,
        description="Percentile of the tissue around the marrow that stands for vessels and "
        "fluid; 2.3 to 7.6 times reference marrow in five public scans (Hepburn et al. 2023).",
    )
    intense_least: float = Field(
        2.0,
        gt=1,
        description="A lesion below this relative intensity is never intense. Own choice: the "
        "signal of definite lesions runs from 1.4 to 2.6 times reference marrow.",
    )
    berlin_depth_mm: float = Field(
        20.0,
        gt=0,
        description="How far a quadrant of the Berlin score reaches from the joint. Own choice: "
        "about the way to the sacral foramina.",
    )
    readable_spacing_mm: tuple[float, float] = Field(
        (2.5, 6.0),
        description="Slice spacings for which rules made for 4 mm slices (SPARCC, ASAS) are "
        "applied.",
    )

    @field_validator("depth_band_edges_mm")
    @classmethod
    def _check_edges(cls, edges: tuple[float, ...]) -> tuple[float, ...]:
        if any(b <= a for a, b in pairwise((0.0, *edges))):
            raise ValueError("depth band edges must be positive and increase")
        return edges
