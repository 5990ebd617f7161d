"""How two visits are registered."""

from pydantic import Field

from mri_bme.settings.section import Section


class RegisterSettings(Section):
    """How two visits are registered, and when the fit is believed."""

    levels_mm: tuple[float, ...] = Field(
        (6.0, 3.0, 1.2), min_length=2, description="In-plane resolutions (mm), coarse to fine."
    )
    n_points: int = Field(
        16_000, ge=2000, description="Number of points compared at the finer levels."
    )
    n_starts: int = Field(
        6, ge=1, description="Number of starting points that the search over all shifts hands on."
    )
    seed: int = Field(20, ge=0, description="Seed of the choice of points.")
    min_similarity: float = Field(
        0.5, ge=-1, le=1, description="Least correlation of the locally normalised volumes at 3 mm."
    )
    min_margin: float = Field(
        0.25, ge=0, le=2, description="How far similarity must exceed that of displaced copies."
    )
    min_overlap: float = Field(
        0.4, ge=0, le=1, description="Least share of the joint region that both visits must show."
    )
    max_rotation_degrees: float = Field(
        30.0, gt=0, le=180, description="Greatest plausible tilt (degrees) between two visits."
    )
    max_inconsistency_mm: float = Field(
        0.5,
        gt=0,
        description="Greatest disagreement (mm) with a fit of other points in the other direction.",
    )
