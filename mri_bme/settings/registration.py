"""How two visits are brought together."""

from pydantic import Field

from mri_bme.settings.section import Section


class RegisterSettings(Section):
    """How two visits are brought together, and when the fit is believed.

    The limits separate the same pelvis (similarity 0.80 to 0.87 on real T1W pairs, above
    0.85 on moved, noisy STIR) from two people (real scans below 0.25; phantoms, which
    share a shape model, up to 0.48 with their bones as masks);
    `python -m lab.benchmark registration` measures all of them.
    """

    levels_mm: tuple[float, ...] = Field(
        (6.0, 3.0, 1.2), min_length=2, description="In-plane resolutions, coarse to fine."
    )
    n_points: int = Field(16_000, ge=2000, description="Points compared at the finer levels.")
    n_starts: int = Field(6, ge=1, description="Starts taken from the search over all shifts.")
    seed: int = Field(20, ge=0, description="Of the choice of points.")
    min_similarity: float = Field(
        0.5, ge=-1, le=1, description="Correlation of locally normalised volumes at 3 mm."
    )
    min_margin: float = Field(
        0.25, ge=0, le=2, description="Similarity above that of displaced copies."
    )
    min_overlap: float = Field(
        0.4, ge=0, le=1, description="Share of the joint region that both visits must show."
    )
    max_rotation_degrees: float = Field(
        30.0, gt=0, le=180, description="More tilt between two visits is not plausible."
    )
    max_inconsistency_mm: float = Field(
        0.5, gt=0, description="Disagreement with a fit the other way round from other points."
    )
