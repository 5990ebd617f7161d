"""How a NIfTI file was scanned, from the sidecar that converters and BIDS leave beside it."""

import json
from pathlib import Path
from typing import Any

from mri_bme.intake.dicom.free_text import field_words_only
from mri_bme.intake.dicom.models import model_words
from mri_bme.study import NOT_SAID, Contrast, ScannedWith

LARGEST_SIDECAR = 10**6  # bytes
LARGEST_NUMBER = 1000.0


def read_scanned_with(path: Path, contrast: Contrast | None = None) -> ScannedWith:
    """Read what the sidecar of a NIfTI file says of how it was scanned.

    A sidecar that is missing or cannot be read says nothing.

    Parameters
    ----------
    path : Path
        The NIfTI file; its sidecar has the same name and ends in ``.json``.
    contrast : Contrast or None
        What the file shows, where its name tells.
    """
    sequence = "" if contrast is None else contrast.value
    facts = _facts(path)
    if not facts:
        return ScannedWith(sequence=sequence) if sequence else NOT_SAID
    return ScannedWith(
        manufacturer=field_words_only(_text(facts.get("Manufacturer"))),
        model=model_words(_text(facts.get("ManufacturersModelName"))),
        field_tesla=_number(facts.get("MagneticFieldStrength")),
        sequence=_contrast(facts.get("Contrast")) or sequence,
        echo_time_ms=_milliseconds(facts.get("EchoTime")),
        slice_thickness_mm=_number(facts.get("SliceThickness")),
    )


def sidecar_of(path: Path) -> Path:
    """Where the sidecar of a NIfTI file lies, if it has one."""
    name = path.name.removesuffix(".gz").removesuffix(".nii")
    return path.with_name(f"{name}.json")


def _facts(path: Path) -> dict[str, Any]:
    sidecar = sidecar_of(path)
    try:
        if sidecar.stat().st_size > LARGEST_SIDECAR:
            return {}
        facts = json.loads(sidecar.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return facts if isinstance(facts, dict) else {}


def _contrast(value: object) -> str:
    return value if isinstance(value, str) and value in set(Contrast) else ""


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _milliseconds(seconds: object) -> float | None:
    """Read a time, which sidecars have in seconds."""
    known = _number(seconds)
    return None if known is None or known > 1 else 1000 * known


def _number(value: object) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and 0 < value < LARGEST_NUMBER else None  # type: ignore[arg-type, operator]
