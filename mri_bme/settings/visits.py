"""Which examinations are which visits, and which series of each is measured."""

from pydantic import Field

from mri_bme.settings.section import Section


class VisitSettings(Section):
    """Which examinations are which visits."""

    week14_day: int = Field(98, ge=1, description="Day of the main follow-up.")
    week14_window_days: int = Field(
        28, ge=0, description="A visit this far from `week14_day` still is week 14."
    )


class SelectSettings(Section):
    """Which series is measured."""

    pin: str = Field(
        "", description="Series number, identifier or part of its description; taken if unique."
    )
    min_slices: int = Field(
        3, ge=1, description="Fewer slices cannot show both joints (SPARCC scores 6)."
    )
    enough_slab_mm: float = Field(
        60.0, gt=0, description="Slabs this thick cover both joints; more is no better."
    )
