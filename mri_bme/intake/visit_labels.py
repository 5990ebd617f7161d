"""Names of visits from their days: ``baseline``, ``week14``, ``day<N>``."""

import re
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


DAYS_OF = {"day": 1.0, "week": 7.0, "month": 365.25 / 12, "year": 365.25}
_NAMED_TIME = re.compile(r"(day|week|month|year)[-_.]?(\d{1,5})")


def nominal_day(label: str) -> float | None:
    """Day that a visit's name tells: 0 of ``baseline``, 98 of ``week14``; None of others."""
    if label.casefold() == BASELINE:
        return 0.0
    found = _NAMED_TIME.fullmatch(label.casefold())
    return None if found is None else DAYS_OF[found[1]] * int(found[2])


def contradiction(days: Sequence[tuple[str, int]]) -> str:
    """Say which two visits of a subject are named in another order than they were dated.

    Parameters
    ----------
    days : sequence of (str, int)
        Labels of visits and their days; labels that tell no time contradict nothing, except
        that the baseline comes first.
    """
    dated = sorted(days, key=lambda visit: (visit[1], visit[0]))
    for n, (earlier, day) in enumerate(dated):
        for later, later_day in dated[n + 1 :]:
            told, told_later = nominal_day(earlier), nominal_day(later)
            known = told is not None and told_later is not None
            is_first = later.casefold() == BASELINE and later_day > day
            if is_first or (told is not None and told_later is not None and told > told_later):
                return f"{later} is dated {later_day - day} days after {earlier}"
            if day == later_day and known and told != told_later:
                return f"{earlier} and {later} have one date"
    return ""
