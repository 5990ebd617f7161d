"""Every number that changes a result, saved with every result.

Read from TOML (`Settings.model_validate(tomllib.loads(text))`), one table per stage.
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)


class VisitSettings(_Section):
    """Which examinations are which visits."""

    week14_day: int = Field(98, ge=1, description="Day of the main follow-up.")
    week14_window_days: int = Field(
        28, ge=0, description="A visit this far from `week14_day` still is week 14."
    )


class SelectSettings(_Section):
    """Which series is measured."""


class RegisterSettings(_Section):
    """How two visits are brought together."""


class RoiSettings(_Section):
    """Where edema is looked for."""


class SegmentSettings(_Section):
    """What counts as edema."""

    rule: Literal["robust_sd"] = "robust_sd"


class ScoreSettings(_Section):
    """How a mask becomes a score."""


class CompareSettings(_Section):
    """When a change is a change."""

    min_covered_fraction: float = Field(
        0.5, gt=0, le=1, description="Less common marrow than this is not evaluable."
    )


class Settings(_Section):
    """Everything that changes a result."""

    visits: VisitSettings = VisitSettings()
    select: SelectSettings = SelectSettings()
    registration: RegisterSettings = RegisterSettings()
    rois: RoiSettings = RoiSettings()
    segment: SegmentSettings = SegmentSettings()
    score: ScoreSettings = ScoreSettings()
    compare: CompareSettings = CompareSettings()
