"""What happens when a scan cannot be what it is said to be."""

from typing import Literal

from pydantic import Field

from mri_bme.settings.section import Section


class AppearanceSettings(Section):
    """What happens when a scan cannot be what it is said to be."""

    when_impossible: Literal["refuse", "flag"] = Field(
        "refuse", description="Refuse a visit whose scan cannot be what it is said to be, or flag."
    )
    compare_given: bool = Field(
        True, description="Compare regions that were given with marrow found automatically."
    )
