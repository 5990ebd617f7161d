"""Every number that changes a result, saved with every result.

Read from TOML (`Settings.model_validate(tomllib.loads(text))`), one table per stage.
"""

from mri_bme.settings.appearance import AppearanceSettings
from mri_bme.settings.compare import CompareSettings
from mri_bme.settings.registration import RegisterSettings
from mri_bme.settings.rois import RoiSettings
from mri_bme.settings.score import ScoreSettings
from mri_bme.settings.section import Section
from mri_bme.settings.segment import SegmentSettings, SelectivityRule
from mri_bme.settings.stats import StatsSettings
from mri_bme.settings.visits import SelectSettings, VisitSettings

__all__ = [
    "AppearanceSettings",
    "CompareSettings",
    "RegisterSettings",
    "RoiSettings",
    "ScoreSettings",
    "SegmentSettings",
    "SelectSettings",
    "SelectivityRule",
    "Settings",
    "StatsSettings",
    "VisitSettings",
]


class Settings(Section):
    """Everything that changes a result.

    Examples
    --------
    >>> Settings.model_validate({"segment": {"n_sd": 4}}).segment.n_sd
    4.0
    """

    visits: VisitSettings = VisitSettings()
    select: SelectSettings = SelectSettings()
    appearance: AppearanceSettings = AppearanceSettings()
    registration: RegisterSettings = RegisterSettings()
    rois: RoiSettings = RoiSettings()
    segment: SegmentSettings = SegmentSettings()
    score: ScoreSettings = ScoreSettings()
    compare: CompareSettings = CompareSettings()
