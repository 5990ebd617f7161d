"""The page of `mri-bme verify`: how far volumes and changes can be trusted."""

import math
from dataclasses import dataclass
from pathlib import Path

from mri_bme.files import write_text
from mri_bme.report.html import render

SIDE = 420  # of the plot, in its own units


@dataclass(frozen=True, kw_only=True, eq=False)
class VerificationPage:
    """What the page shows; figures are (name, at, bones, value, interval, n) as text.

    `levels` and `conditions` are tables of text, their first row the heading.
    """

    provenance: str
    protocol: tuple[tuple[str, str], ...]
    figures: tuple[tuple[str, ...], ...]
    levels: tuple[tuple[str, ...], ...]
    conditions: tuple[tuple[str, ...], ...]
    detectable: tuple[tuple[float, float], ...]
    detection_limit_ml: float | None
    n_scans: int
    n_not_evaluable: int
    points: tuple[tuple[float, float], ...]
    reasons: tuple[str, ...]


def write_verification_page(page: VerificationPage, path: Path) -> None:
    """Write the page, one file that fetches nothing."""
    top = 1.05 * max((value for point in page.points for value in point), default=1.0) or 1.0
    html = render(
        "verification.html.j2",
        page=page,
        side=SIDE,
        marks=[(_place(true, top), SIDE - _place(found, top)) for true, found in page.points],
        ticks=[(_place(v, top), f"{v:g}") for v in (0, 1, 5, 10, 20, 40, 60) if v <= top],
    )
    write_text(path, html)


def _place(value: float, top: float) -> float:
    """Position on a square-root axis, which keeps small volumes apart."""
    return round(SIDE * math.sqrt(max(value, 0.0) / top), 1)
