"""The page of `mri-bme verify`: how far volumes and changes can be trusted."""

from dataclasses import dataclass
from pathlib import Path

from mri_bme.files import write_text
from mri_bme.report.charts.trial import identity_chart
from mri_bme.report.html import render


@dataclass(frozen=True, kw_only=True, eq=False)
class VerificationPage:
    """What the page shows; figures are (name, at, bones, value, interval, n) as text.

    `levels`, `conditions` and `kinds` are tables of text, their first row the heading. `back`
    is the address of the cohort page, where the folder lies in or beside one.
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
    kinds: tuple[tuple[str, ...], ...] = ()
    reasons: tuple[str, ...]
    back: str = ""


def write_verification_page(page: VerificationPage, path: Path) -> None:
    """Write the page, one file that fetches nothing."""
    html = render("verification.html.j2", page=page, linearity=identity_chart(page.points))
    write_text(path, html)
