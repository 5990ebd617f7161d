"""Names of visits from their days: ``baseline``, ``week14``, ``day<N>``."""

from collections.abc import Sequence

from mri_bme.settings import VisitSettings
from mri_bme.study import BASELINE, WEEK14


def visit_labels(days: Sequence[int], settings: VisitSettings) -> list[str]:
    """Name visits by their days since baseline (sorted, the first is 0).

    The one nearest `week14_day` within the window is ``week14`` (the earlier of two
    equally near), others are ``day<N>``.
    """
    near = [
        (abs(day - settings.week14_day), day)
        for day in days[1:]
        if abs(day - settings.week14_day) <= settings.week14_window_days
    ]
    week14 = min(near)[1] if near else None
    labels = [BASELINE] if days else []
    return labels + [WEEK14 if day == week14 else f"day{day}" for day in days[1:]]
