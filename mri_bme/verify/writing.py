"""Put a verification on disk: page, CSV files and the settings that follow from it."""

import csv
import io
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import tomli_w

from mri_bme.files import write_text
from mri_bme.phantom import Protocol
from mri_bme.report.verification import VerificationPage, write_verification_page
from mri_bme.sacroiliac import RegionKind
from mri_bme.verify.figures import AS_GIVEN, Figure, Verification
from mri_bme.verify.measure import Measurement
from mri_bme.version import __version__

SCAN_COLUMNS = (
    "case",
    "seed",
    "level_ml",
    "condition",
    "visit",
    "bones",
    "true_ml",
    "found_ml",
    "ci_low_ml",
    "ci_high_ml",
    "registration_error_mm",
    "change_verdict",
    "evaluable",
    "reason",
)
KIND_WORDS = {
    RegionKind.SIDE: "one side",
    RegionKind.BONE: "one bone, both sides",
    RegionKind.SIDE_BONE: "one bone of one side",
    RegionKind.QUADRANT: "a quadrant",
    RegionKind.LESION: "a lesion",
}
COHORT_PAGES = ("index.html", "../index.html")
"""Where the page of a run lies, seen from a verification in its folder or below it."""
DIGITS = {"%": 1, "mL": 2, "mm": 2, "": 3}  # on the page, after the point
FIGURE_COLUMNS = ("name", "at", "value", "low", "high", "unit", "n", "bones")


def write_verification(
    out: Path,
    verification: Verification,
    rows: Sequence[Measurement],
    *,
    protocol: Protocol,
    provenance: str,
    texture: float | None = None,
) -> None:
    """Write ``verify.html``, ``figures.csv``, ``scans.csv`` and ``detectable.toml``.

    `texture` is how uneven the subjects' marrow was, where all had the same.
    """
    write_text(out / "scans.csv", _csv(SCAN_COLUMNS, [_scan_row(row) for row in rows]))
    figures = [[_cell(v) for v in asdict(figure).values()] for figure in verification.figures]
    write_text(out / "figures.csv", _csv(FIGURE_COLUMNS, figures))
    write_text(out / "detectable.toml", settings_text(verification, provenance))
    page = replace(
        _page(verification, rows, provenance, _protocol_rows(protocol, texture)),
        back=next((place for place in COHORT_PAGES if (out / place).is_file()), ""),
    )
    write_verification_page(page, out / "verify.html")


def _protocol_rows(protocol: Protocol, texture: float | None) -> tuple[tuple[str, str], ...]:
    rows = tuple((name.replace("_", " "), _cell(v)) for name, v in asdict(protocol).items())
    return (*rows, ("marrow texture", "by subject" if texture is None else _cell(texture)))


def settings_text(verification: Verification, provenance: str) -> str:
    """Write the part of a settings file that this verification stands for."""
    compare: dict[str, Any] = {
        "detectable_at_ml": list(verification.detectable_at_ml),
        "detectable_ml": list(verification.detectable_ml),
        **{
            f"detectable_{kind}_ml": list(changes)
            for kind, changes in verification.detectable_by_kind.items()
        },
        "detectable_source": provenance,
    }
    if verification.detection_limit_ml is not None:
        compare["detection_limit_ml"] = round(verification.detection_limit_ml, 3)
    return tomli_w.dumps({"compare": compare})


def provenance_of(protocol: Protocol, verification: Verification) -> str:
    """Say in one sentence where the figures come from."""
    given = verification.bones == "given"
    bones = "given (true) bones" if given else "bones found automatically"
    return (
        f"mri-bme verify {__version__}: {verification.n_scans} phantom scans of "
        f"{protocol.pixel_mm:.2f} mm pixels and {protocol.thickness_mm:.1f} mm slices every "
        f"{protocol.spacing_mm:.1f} mm, "
        f"noise {100 * protocol.noise:.0f} % of marrow, {bones}; upper 95 % bounds"
    )


def _page(
    verification: Verification,
    rows: Sequence[Measurement],
    provenance: str,
    protocol: tuple[tuple[str, str], ...],
) -> VerificationPage:
    measured = [row for row in rows if row.found_ml is not None]
    known = [r for r in measured if r.condition == AS_GIVEN and r.bones == verification.bones]
    own = [row for row in rows if row.bones == verification.bones]
    return VerificationPage(
        provenance=provenance,
        protocol=protocol,
        figures=tuple(_shown(figure) for figure in verification.figures if _stands_alone(figure)),
        levels=_level_table(verification),
        conditions=_condition_table(verification),
        detectable=tuple(
            zip(verification.detectable_at_ml, verification.detectable_ml, strict=True)
        ),
        detection_limit_ml=verification.detection_limit_ml,
        n_scans=verification.n_scans,
        n_not_evaluable=verification.n_not_evaluable,
        points=tuple((row.true_ml, row.found_ml or 0.0) for row in known),
        kinds=_kind_table(verification),
        reasons=tuple(sorted({row.reason for row in own if row.reason})),
    )


BY_LEVEL = ("bias", "bias, relative", "wSD", "repeatability coefficient")
BY_CONDITION = ("shift of the volume", "wSD")


def _stands_alone(figure: Figure) -> bool:
    """Tell whether a figure is in neither of the tables by level and by condition."""
    return figure.name not in {*BY_LEVEL, *BY_CONDITION}


def _level_table(verification: Verification) -> tuple[tuple[str, ...], ...]:
    """One row per volume and kind of bones."""
    known = _by_place(verification)
    rows = [(f.at, f.bones) for f in verification.figures if f.name == "bias"]
    table = [
        (*row, *(_with_interval(known.get((*row, name))) for name in BY_LEVEL)) for row in rows
    ]
    return (("edema", "bones", *BY_LEVEL), *table) if rows else ()


def _condition_table(verification: Verification) -> tuple[tuple[str, ...], ...]:
    """One row per condition; under each kind of bones, one column per figure."""
    known = _by_place(verification)
    kinds = dict.fromkeys(f.bones for f in verification.figures)
    columns = [(bones, name) for bones in kinds for name in BY_CONDITION]
    heading = ("departure", *(f"{name}, bones {bones}" for bones, name in columns))
    places = [f.at for f in verification.figures if f.name == "shift of the volume"]
    rows = [
        (at, *(_with_interval(known.get((at, *column))) for column in columns))
        for at in dict.fromkeys(places)
    ]
    return (heading, *rows) if rows else ()


def _kind_table(verification: Verification) -> tuple[tuple[str, ...], ...]:
    """One row per volume, one column per kind of region."""
    kinds = verification.detectable_by_kind
    columns = (verification.detectable_ml, *kinds.values())
    heading = ("edema", "total", *(KIND_WORDS[kind] for kind in kinds))
    rows = [
        (f"{at:g} mL", *(f"{column[n]:.2f} mL" for column in columns))
        for n, at in enumerate(verification.detectable_at_ml)
    ]
    return (heading, *rows) if kinds else ()


def _by_place(verification: Verification) -> dict[tuple[str, str, str], Figure]:
    return {(f.at, f.bones, f.name): f for f in verification.figures}


def _with_interval(figure: Figure | None) -> str:
    if figure is None or figure.value is None:
        return ""
    between = "" if figure.low is None else f" ({_between(figure)})"
    return f"{_rounded(figure.value, figure.unit)} {figure.unit}{between}".strip()


def _shown(figure: Figure) -> tuple[str, ...]:
    between = "" if figure.low is None or figure.high is None else _between(figure)
    value = figure.value
    text = "" if value is None else f"{_rounded(value, figure.unit)} {figure.unit}".strip()
    return figure.name, figure.at, figure.bones, text, between, str(figure.n)


def _between(figure: Figure) -> str:
    low, high = figure.low or 0.0, figure.high or 0.0
    return f"{_rounded(low, figure.unit)} to {_rounded(high, figure.unit)}"


def _rounded(value: float, unit: str) -> str:
    return f"{round(value, DIGITS[unit]) + 0.0:.{DIGITS[unit]}f}"


def _scan_row(row: Measurement) -> list[str]:
    interval = row.interval_ml
    cells: list[Any] = [row.case, row.seed, row.level_ml, row.condition, row.visit, row.bones]
    cells += [row.true_ml, row.found_ml]
    cells += [None, None] if interval is None else [interval.low, interval.high]
    cells += [row.registration_error_mm, row.change_verdict]
    cells += ["false" if row.found_ml is None else "true", row.reason]
    return [_cell(v) for v in cells]


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, tuple):
        return " x ".join(_cell(v) for v in value)
    return f"{value:.4f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


def _csv(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return stream.getvalue()
