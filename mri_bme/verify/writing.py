"""Put a verification on disk: page, PDF, CSV files and the settings that follow from it."""

from collections.abc import Iterable, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import tomli_w

from mri_bme.files import write_bytes, write_text
from mri_bme.phantom import Protocol
from mri_bme.record.tables import Row, write_table
from mri_bme.report.document import Document, Section, document_html
from mri_bme.sacroiliac import RegionKind
from mri_bme.verify.acceptance import Acceptance, Judged, judge, read_acceptance
from mri_bme.verify.failures import Failure
from mri_bme.verify.figure import Figure
from mri_bme.verify.figures import Verification
from mri_bme.verify.measure import Measurement
from mri_bme.verify.report import Reported, document_of
from mri_bme.version import __version__

SCAN_COLUMNS = (
    "case",
    "seed",
    "level_ml",
    "condition",
    "retest",
    "visit",
    "bones",
    "true_ml",
    "found_ml",
    "ci_low_ml",
    "ci_high_ml",
    "registration_error_mm",
    "change_verdict",
    "n_false_lesions",
    "evaluable",
    "reason",
)
LESION_COLUMNS = (
    "case",
    "visit",
    "bones",
    "condition",
    "retest",
    "true_ml",
    "signal_ratio",
    "share_found",
    "found_ml",
    "is_found",
)
FAILURE_COLUMNS = (
    "done_to_the_scan",
    "seed",
    "true_ml",
    "found_ml",
    "ci_low_ml",
    "ci_high_ml",
    "outcome",
    "said",
)
ACCEPTANCE_COLUMNS = (
    "version",
    "criterion",
    "required",
    "figure",
    "at",
    "value",
    "low",
    "high",
    "unit",
    "n",
    "verdict",
    "why",
    "decided_by",
)
FALSE_LESION_COLUMNS = (
    "case",
    "visit",
    "bones",
    "condition",
    "retest",
    "found_ml",
    "signal_ratio",
)
PDF_NAME = "verify.pdf"
FILES = (
    *("scans.csv", "lesions.csv", "false_lesions.csv", "figures.csv", "failures.csv"),
    *("acceptance.csv", "detectable.toml", "verify.html", PDF_NAME),
)
"""What a verification leaves in its folder, besides its cases."""
NO_LIMIT = "too few scans to tell a detection limit, which stays as it was"
COHORT_PAGES = ("index.html", "../index.html")
"""Where the page of a run lies, seen from a verification in its folder or below it."""
FIGURE_COLUMNS = tuple(field.name for field in fields(Figure))


def write_verification(
    out: Path,
    verification: Verification,
    rows: Sequence[Measurement],
    *,
    protocol: Protocol,
    provenance: str,
    texture: float | None = None,
    n_pelves: int = 0,
    acceptance: Acceptance | None = None,
    repeats: Section | None = None,
) -> tuple[Judged, ...]:
    """Write page, PDF (with matplotlib), tables and settings; give the criteria as judged.

    `texture` is how uneven the subjects' marrow was, where all had the same; `n_pelves` counts the
    pelves that were given as surfaces; `repeats` is what repeated scans of one's own tell.
    """
    acceptance = acceptance or read_acceptance()
    judged = judge(acceptance, verification.figures, bones=verification.bones)
    write_table(out / "scans.csv", map(_scan_row, rows), SCAN_COLUMNS)
    write_table(out / "lesions.csv", _lesion_rows(rows), LESION_COLUMNS)
    write_table(out / "false_lesions.csv", _false_lesion_rows(rows), FALSE_LESION_COLUMNS)
    write_table(out / "figures.csv", map(_figure_row, verification.figures), FIGURE_COLUMNS)
    write_table(out / "failures.csv", map(_failure_row, verification.failures), FAILURE_COLUMNS)
    write_table(
        out / "acceptance.csv",
        [_acceptance_row(one, acceptance) for one in judged],
        ACCEPTANCE_COLUMNS,
    )
    write_text(out / "detectable.toml", settings_text(verification, provenance))
    document = document_of(
        Reported(
            verification=verification,
            rows=rows,
            judged=judged,
            acceptance=acceptance,
            protocol_rows=_protocol_rows(protocol, texture, n_pelves),
            provenance=provenance,
            repeats=repeats,
            back=next((place for place in COHORT_PAGES if (out / place).is_file()), ""),
        )
    )
    write_text(out / "verify.html", document_html(document))
    _write_pdf(document, out / PDF_NAME)
    return judged


def _write_pdf(document: Document, path: Path) -> None:
    """Write the report as a PDF; where it cannot be drawn, leave none of before."""
    try:
        from mri_bme.report.document.paper import document_pdf  # noqa: PLC0415  an extra
    except ImportError:
        path.unlink(missing_ok=True)
        return
    write_bytes(path, document_pdf(document, footer=f"mri_bme {__version__}"))


def _protocol_rows(
    protocol: Protocol, texture: float | None, n_pelves: int
) -> tuple[tuple[str, str], ...]:
    marrow = "by subject" if texture is None else _cell(texture)
    along, across = protocol.resolution_mm
    return (
        ("bones of the subjects", _bones_words(n_pelves)),
        ("unevenness of normal marrow", marrow),
        (
            "slices",
            f"{protocol.n_slices}, {_cell(protocol.thickness_mm)} mm thick, one every "
            f"{_cell(protocol.spacing_mm)} mm",
        ),
        ("pixels", f"{protocol.matrix} x {protocol.matrix} of {_cell(protocol.pixel_mm)} mm"),
        (
            "resolution (width at half maximum)",
            f"{_cell(along)} mm head to foot, {_cell(across)} mm left to right",
        ),
        (
            "noise",
            f"SD of {100 * protocol.noise:.0f} % of the signal of marrow; its logarithm "
            f"grows by {_cell(protocol.deep_noise)} to the front",
        ),
        ("coil shading", f"SD of {_cell(protocol.shading)} of its logarithm"),
    )


def _bones_words(n_pelves: int) -> str:
    if not n_pelves:
        return "drawn from the shape model"
    return f"of {n_pelves} given {'pelvis' if n_pelves == 1 else 'pelves'}"


def settings_text(verification: Verification, provenance: str) -> str:
    """Write the part of a settings file that this verification stands for."""
    limit_ml, said = verification.detection_limit_ml, provenance
    if limit_ml is None:
        said += f"; {NO_LIMIT}"
    compare: dict[str, Any] = {
        "detectable_at_ml": list(verification.detectable_at_ml),
        "detectable_ml": list(verification.detectable_ml),
        **{
            f"detectable_{kind}_ml": list(changes)
            for kind, changes in verification.detectable_by_kind.items()
            if kind is not RegionKind.TOTAL
        },
        "detectable_source": said,
    }
    if limit_ml is not None:
        compare["detection_limit_ml"] = round(limit_ml, 3)
    return tomli_w.dumps({"compare": compare})


def provenance_of(protocol: Protocol, verification: Verification, *, n_pelves: int = 0) -> str:
    """Say in one sentence where the figures come from."""
    given = verification.bones == "given"
    bones = "given (true) bones" if given else "bones found automatically"
    bones += f", surfaces {_bones_words(n_pelves)}" if n_pelves else ""
    return (
        f"mri-bme verify {__version__}: {verification.n_scans} phantom scans of "
        f"{protocol.pixel_mm:.2f} mm pixels and {protocol.thickness_mm:.1f} mm slices every "
        f"{protocol.spacing_mm:.1f} mm, "
        f"noise {100 * protocol.noise:.0f} % of marrow, {bones}; upper 95 % bounds"
    )


def _figure_row(figure: Figure) -> Row:
    return {name: getattr(figure, name) for name in FIGURE_COLUMNS}


def _scan_row(row: Measurement) -> Row:
    interval = row.interval_ml
    return {
        **{name: getattr(row, name) for name in SCAN_COLUMNS if hasattr(row, name)},
        "ci_low_ml": None if interval is None else interval.low,
        "ci_high_ml": None if interval is None else interval.high,
        "n_false_lesions": None if row.found_ml is None else len(row.false_lesions),
        "evaluable": row.found_ml is not None,
    }


def _lesion_rows(rows: Iterable[Measurement]) -> list[Row]:
    return [
        {
            **{name: getattr(row, name) for name in LESION_COLUMNS[:5]},
            "true_ml": lesion.true_ml,
            "signal_ratio": lesion.contrast,
            "share_found": lesion.shared,
            "found_ml": lesion.found_ml,
            "is_found": lesion.is_found,
        }
        for row in rows
        for lesion in row.lesions
    ]


def _false_lesion_rows(rows: Iterable[Measurement]) -> list[Row]:
    return [
        {
            **{name: getattr(row, name) for name in FALSE_LESION_COLUMNS[:5]},
            "found_ml": lesion.found_ml,
            "signal_ratio": lesion.contrast,
        }
        for row in rows
        for lesion in row.false_lesions
    ]


def _failure_row(failure: Failure) -> Row:
    interval = failure.interval_ml
    return {
        "done_to_the_scan": failure.name,
        "seed": failure.seed,
        "true_ml": failure.true_ml,
        "found_ml": failure.found_ml,
        "ci_low_ml": None if interval is None else interval.low,
        "ci_high_ml": None if interval is None else interval.high,
        "outcome": failure.outcome.value,
        "said": "; ".join(failure.said),
    }


def _acceptance_row(judged: Judged, acceptance: Acceptance) -> Row:
    worst = judged.worst
    found = {} if worst is None else _figure_row(worst)
    return {
        **{name: found.get(name) for name in ("at", "value", "low", "high", "unit", "n")},
        "version": acceptance.version,
        "criterion": judged.criterion.what,
        "required": judged.required,
        "figure": judged.criterion.figure,
        "verdict": judged.passed.value,
        "decided_by": judged.decided_by,
        "why": judged.criterion.why,
    }


def _cell(value: float) -> str:
    return f"{value:.4f}".rstrip("0").rstrip(".")
