"""How cohort statistics are computed."""

from pydantic import Field

from mri_bme.settings.section import Section


class StatsSettings(Section):
    """How cohort statistics are computed; saved with them, apart from a run's settings."""

    seed: int = Field(20240214, ge=0, description="Seed of the bootstrap.")
    n_bootstrap: int = Field(
        5000,
        ge=1000,
        description="Number of bootstrap resamples.",
    )
