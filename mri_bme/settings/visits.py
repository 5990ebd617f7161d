"""Which examinations are which visits, and which series of each is measured."""

from pydantic import Field

from mri_bme.settings.section import Section


class VisitSettings(Section):
    """Which examinations are which visits."""

    week14_day: int = Field(
        98, ge=1, description="Day of the main follow-up, counted from the baseline."
    )
    week14_window_days: int = Field(
        28,
        ge=0,
        description="Greatest distance (days) from `week14_day` of a visit that counts as week 14.",
    )


class SelectSettings(Section):
    """Which series is measured."""

    pin: str = Field(
        "", description="Series number, identifier or part of its description; taken if unique."
    )
    min_slices: int = Field(
        3, ge=1, description="Least number of slices of a series that is measured."
    )
    enough_slab_mm: float = Field(
        60.0,
        gt=0,
        description="A slab this thick (mm) covers both joints; a thicker one is not preferred.",
    )
