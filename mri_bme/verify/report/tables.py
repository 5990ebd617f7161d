"""Figures as text: a number with its interval, and tables of them."""

from collections.abc import Iterator, Sequence

from mri_bme.report.document import Table
from mri_bme.verify.figure import Figure
from mri_bme.verify.figures import Verification

DIGITS = {
    "%": 1,
    "mL": 2,
    "mm": 2,
    "": 3,
    "per mL": 4,
    "scans": 0,
    "per scan": 3,
}  # on the page, after the point


def by_level(found: Verification, names: Sequence[str]) -> Iterator[Table]:
    """One row per volume and kind of bones, one column per name."""
    known = {(f.at, f.bones, f.name): f for f in found.figures}
    places = [(f.at, f.bones) for f in found.figures if f.name == names[0] and f.at.endswith(" mL")]
    rows = tuple(
        (*place, *(with_interval(known.get((*place, name))) for name in names))
        for place in dict.fromkeys(places)
    )
    if rows:
        yield Table(heading=("edema", "bones", *names), rows=rows, n_text=2)


def listed_figures(
    figures: Sequence[Figure], *, show_name: bool = True, what: str = "figure"
) -> Iterator[Table]:
    """One row per figure."""
    rows = tuple(
        (*((f.name, f.at) if show_name else (f.at,)), f.bones, with_interval(f), str(f.n))
        for f in figures
    )
    heading = (*((what, "at") if show_name else (what,)), "bones", "value (95 % interval)", "n")
    if rows:
        yield Table(heading=heading, rows=rows, n_text=len(heading) - 2)


def with_interval(figure: Figure | None) -> str:
    """Write a figure with what brackets it."""
    if figure is None or figure.value is None:
        return ""
    text = f"{rounded(figure.value, figure.unit)} {figure.unit}".strip()
    if figure.low is None and figure.high is None:
        return text
    if figure.low is None:
        return f"{text} (up to {rounded(figure.high or 0.0, figure.unit)})"
    return (
        f"{text} ({rounded(figure.low, figure.unit)} to {rounded(figure.high or 0, figure.unit)})"
    )


def rounded(value: float, unit: str) -> str:
    """Write a number with the digits that its unit has on the page."""
    return f"{round(value, DIGITS[unit]) + 0.0:.{DIGITS[unit]}f}"
