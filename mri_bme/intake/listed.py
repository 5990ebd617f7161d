"""Visits that are listed rather than found in headers: manifest, naming rule, or BIDS."""

from collections.abc import Sequence
from pathlib import Path

from mri_bme.errors import InvalidSettings
from mri_bme.intake.bids import is_bids, read_bids
from mri_bme.intake.manifest import ManifestVisit, read_manifest
from mri_bme.intake.pattern import read_pattern
from mri_bme.settings import VisitSettings


def listed_visits(
    source: Path,
    *,
    settings: VisitSettings,
    manifest: Path | None = None,
    patterns: Sequence[str] = (),
) -> tuple[ManifestVisit, ...] | None:
    """List the visits of an input; None where headers of DICOM must say which there are.

    Raises
    ------
    InvalidSettings
        If both a manifest and a naming rule are given, or one cannot be understood.
    """
    if manifest is not None and patterns:
        raise InvalidSettings("--manifest and --pattern both list the files; give one of them")
    if manifest is not None:
        return read_manifest(manifest, root=source, settings=settings)
    if patterns:
        return read_pattern(source, patterns, settings)
    return read_bids(source, settings) if is_bids(source) else None
