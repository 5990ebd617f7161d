"""What two visits do not share of how they were scanned."""

import re

import numpy as np

from mri_bme.findings import ComparedVisit, ProtocolChange
from mri_bme.study import ProtocolPart
from mri_bme.volume import RigidTransform, VolumeGeometry

# Beyond these a difference is a change of protocol. Rounding of headers and usual positioning stay
# within: on phantoms slabs of two visits are tilted by 6 degrees (SD) against each other.
FIELD_TESLA = 0.25
PIXEL_RATIO = 1.15
SLICE_RATIO = 1.1
SLAB_RATIO = 1.25
ECHO_RATIO = 1.25  # docs/measurement_error.md
TILT_DEGREES = 15.0

NOW_CALLED = {"toshiba": "canon", "hitachi": "fujifilm", "general": "ge"}
"""Makers whose scanners go on under another name (2018, 2021), or that are written out."""


def protocol_changes(
    baseline: ComparedVisit, followup: ComparedVisit, followup_from_baseline: RigidTransform
) -> tuple[ProtocolChange, ...]:
    """List what differs in how two visits were scanned.

    Scanner, field strength, sequence with its echo time, and slice thickness are as the headers
    say, where both say it; voxels and slabs are as measured.

    Parameters
    ----------
    baseline, followup : ComparedVisit
        With ROIs, on whose grid each was measured.
    followup_from_baseline : RigidTransform
        Motion of the pelvis: slabs are compared in the body.
    """
    assert baseline.rois is not None  # noqa: S101  (checked by compare_visits)
    assert followup.rois is not None  # noqa: S101
    first, second = baseline.rois.geometry, followup.rois.geometry
    tilt = tilt_degrees(first, second, followup_from_baseline)
    found = (
        _scanner(baseline, followup),
        _field(baseline, followup),
        _sequence(baseline, followup),
        _pixels(first, second),
        _slices(baseline, followup, (first.spacing_mm[0], second.spacing_mm[0])),
        _slab(first, second, tilt),
    )
    return tuple(change for change in found if change is not None)


def tilt_degrees(
    first: VolumeGeometry, second: VolumeGeometry, second_from_first: RigidTransform
) -> float:
    """Angle between the slices of two scans, in the body."""
    moved = second_from_first.b_from_a[:3, :3] @ first.directions[:, 0]
    return float(np.degrees(np.arccos(min(abs(float(moved @ second.directions[:, 0])), 1.0))))


def _told(part: ProtocolPart, before: str, after: str) -> ProtocolChange | None:
    if not before or not after or before == after:
        return None
    return ProtocolChange(part=part, baseline=before, followup=after)


def _scanner(baseline: ComparedVisit, followup: ComparedVisit) -> ProtocolChange | None:
    makers, models = (
        [getattr(visit.scanned_with, name) for visit in (baseline, followup)]
        for name in ("manufacturer", "model")
    )
    stems = [_maker(maker) for maker in makers]
    if not all(stems):
        return None
    if stems[0] == stems[1]:
        return _told(ProtocolPart.SCANNER, *models)
    names = (" ".join(filter(None, pair)) for pair in zip(makers, models, strict=True))
    return _told(ProtocolPart.SCANNER, *names)


def _maker(text: str) -> str:
    """Tell makers apart by their first word, however the rest is spelled."""
    first = next(iter(re.findall(r"[^\W\d_]+", text.lower())), "")
    return NOW_CALLED.get(first, first)


def _sequence(baseline: ComparedVisit, followup: ComparedVisit) -> ProtocolChange | None:
    """Tell another sequence, or the same one with another echo time, which changes contrast."""
    names = [visit.scanned_with.sequence for visit in (baseline, followup)]
    changed = _told(ProtocolPart.SEQUENCE, *names)
    before, after = (visit.scanned_with.echo_time_ms for visit in (baseline, followup))
    if changed is not None or before is None or after is None:
        return changed
    if _alike(before, after, ECHO_RATIO):
        return None
    words = (
        ", ".join(filter(None, (name, f"TE {echo_ms:.0f} ms")))
        for name, echo_ms in zip(names, (before, after), strict=True)
    )
    return _told(ProtocolPart.SEQUENCE, *words)


def _field(baseline: ComparedVisit, followup: ComparedVisit) -> ProtocolChange | None:
    before, after = (visit.scanned_with.field_tesla for visit in (baseline, followup))
    if before is None or after is None or abs(before - after) <= FIELD_TESLA:
        return None
    return _told(ProtocolPart.FIELD, f"{before:.2g} T", f"{after:.2g} T")


def _pixels(first: VolumeGeometry, second: VolumeGeometry) -> ProtocolChange | None:
    before, after = (float(np.sqrt(np.prod(g.spacing_mm[1:]))) for g in (first, second))
    if _alike(before, after, PIXEL_RATIO):
        return None
    return _told(ProtocolPart.RESOLUTION, f"{before:.2f} mm", f"{after:.2f} mm")


def _slices(
    baseline: ComparedVisit, followup: ComparedVisit, steps_mm: tuple[float, float]
) -> ProtocolChange | None:
    before, after = (v.scanned_with.slice_thickness_mm for v in (baseline, followup))
    first, second = steps_mm
    same = before is None or after is None or _alike(before, after, SLICE_RATIO)
    if same and _alike(first, second, SLICE_RATIO):
        return None
    return _told(ProtocolPart.SLICES, _slice_words(before, first), _slice_words(after, second))


def _slice_words(thickness_mm: float | None, step_mm: float) -> str:
    thick = "" if thickness_mm is None else f"{thickness_mm:.1f} mm "
    return f"{thick}every {step_mm:.1f} mm"


def _slab(first: VolumeGeometry, second: VolumeGeometry, tilt: float) -> ProtocolChange | None:
    before, after = first.extent_mm[0], second.extent_mm[0]
    if tilt > TILT_DEGREES:
        return _told(
            ProtocolPart.SLAB, f"{before:.0f} mm", f"{after:.0f} mm, tilted by {tilt:.0f} degrees"
        )
    if _alike(before, after, SLAB_RATIO):
        return None
    return _told(ProtocolPart.SLAB, f"{before:.0f} mm", f"{after:.0f} mm")


def _alike(before: float, after: float, ratio: float) -> bool:
    least, most = sorted((before, after))
    return least > 0 and most / least <= ratio
