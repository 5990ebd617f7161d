"""What a subject's page shows: made from a result, or again from what a run left behind."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter

from mri_bme.findings import (
    ChangeReport,
    EdemaBurden,
    EdemaSegmentation,
    Lesion,
    LesionFate,
    RegionChange,
    Registration,
    RegistrationQuality,
    Threshold,
)
from mri_bme.pipeline import SubjectResult, VisitResult
from mri_bme.sacroiliac import SacroiliacRois
from mri_bme.version import __version__
from mri_bme.volume import RigidTransform, Volume, VolumeGeometry

HISTOGRAM_TOP = 4.0  # relative intensity; consensus lesions end near 2.6
HISTOGRAM_BINS = 80

Facts = tuple[tuple[str, str], ...]
"""Names and values in the order in which they are shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Histogram:
    """Voxels per bin of relative intensity, 0 to `HISTOGRAM_TOP`; the last bin is open."""

    reference: tuple[int, ...]
    roi: tuple[int, ...]


@dataclass(frozen=True, kw_only=True, eq=False)
class PagePixels:
    """The arrays that pictures are drawn from, on the grid of the volume.

    Label maps are None where nothing was found or drawn.
    """

    volume: Volume
    quadrants: NDArray[np.uint8] | None = None
    reference: NDArray[np.bool_] | None = None
    lesion_labels: NDArray[np.int32] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitFindings:
    """What a page says about one visit, apart from its pictures."""

    label: str
    day: int | None
    reason: str = ""
    roi_source: str = ""
    reference_source: str = ""
    roi_confidence: float | None = None
    threshold: Threshold | None = None
    burden: EdemaBurden | None = None
    lesions: tuple[Lesion, ...] = ()
    dropped: tuple[Lesion, ...] = ()
    histogram: Histogram | None = None
    doubts: tuple[str, ...] = ()
    facts: Facts = ()


@dataclass(frozen=True, kw_only=True, eq=False)
class PageVisit:
    """One visit on a page; `pixels` is None when no series could be read."""

    findings: VisitFindings
    pixels: PagePixels | None

    @property
    def label(self) -> str:
        """Label of the visit."""
        return self.findings.label


@dataclass(frozen=True, kw_only=True, eq=False)
class SubjectPage:
    """Everything on one subject's page.

    Parameters
    ----------
    subject_id : str
        Pseudonym.
    visits : tuple of PageVisit
        In order of time.
    registrations, changes : mapping
        Keyed by the label of the follow-up.
    flags : tuple of str
        What was doubtful about the subject as a whole.
    facts : tuple of pairs
        Provenance: hashes of inputs, settings that are not the default, ...
    version : str
        Of the software that measured.
    """

    subject_id: str
    visits: tuple[PageVisit, ...]
    registrations: Mapping[str, Registration] = field(default_factory=dict)
    changes: Mapping[str, ChangeReport] = field(default_factory=dict)
    flags: tuple[str, ...] = ()
    facts: Facts = ()
    version: str = __version__

    def visit(self, label: str) -> PageVisit:
        """Find a visit by its label."""
        return next(visit for visit in self.visits if visit.label == label)


def subject_page(
    result: SubjectResult,
    *,
    subject_id: str,
    facts: Facts = (),
    visit_facts: Mapping[str, Facts] | None = None,
) -> SubjectPage:
    """Collect what a page shows from the result of `analyze_subject`.

    Parameters
    ----------
    result : SubjectResult
        All visits of one subject.
    subject_id : str
        Pseudonym, shown as the title.
    facts : tuple of pairs of str
        Provenance of the whole.
    visit_facts : mapping of visit label to such pairs
        About the measured series: description, sequence, hash, ...
    """
    about = visit_facts or {}
    return SubjectPage(
        subject_id=subject_id,
        visits=tuple(_page_visit(visit, about.get(visit.label, ())) for visit in result.visits),
        registrations=result.registrations,
        changes=result.changes,
        flags=result.flags,
        facts=facts,
    )


def _page_visit(result: VisitResult, facts: Facts) -> PageVisit:
    volume = result.visit.volume
    return PageVisit(
        findings=_visit_findings(result, facts),
        pixels=None if volume is None else _pixels(volume, result.rois, result.segmentation),
    )


def _pixels(
    volume: Volume, rois: SacroiliacRois | None, segmentation: EdemaSegmentation | None
) -> PagePixels:
    reference = None if rois is None or rois.reference is None else rois.reference.voxels
    return PagePixels(
        volume=volume,
        quadrants=None if rois is None else rois.quadrants,
        reference=reference,
        lesion_labels=None if segmentation is None else segmentation.lesion_labels,
    )


def _visit_findings(result: VisitResult, facts: Facts) -> VisitFindings:
    rois, segmentation = result.rois, result.segmentation
    found: dict[str, Any] = {}
    if rois is not None:
        found |= {
            "roi_source": rois.source,
            "reference_source": rois.reference_source,
            "roi_confidence": float(rois.confidence),
        }
    if rois is not None and segmentation is not None:
        found |= {
            "threshold": segmentation.threshold,
            "lesions": segmentation.lesions,
            "dropped": segmentation.dropped,
            "histogram": _histogram(rois, segmentation),
        }
    return VisitFindings(
        label=result.label,
        day=result.visit.day,
        reason=result.reason or result.visit.reason,
        burden=result.burden,
        doubts=_visit_doubts(result),
        facts=facts,
        **found,
    )


def _visit_doubts(result: VisitResult) -> tuple[str, ...]:
    notes = () if result.rois is None else result.rois.notes
    flags = () if result.segmentation is None else result.segmentation.flags
    scores = () if result.burden is None else result.burden.notes
    return tuple(dict.fromkeys((*result.visit.doubts, *notes, *flags, *scores)))


def _histogram(rois: SacroiliacRois, segmentation: EdemaSegmentation) -> Histogram:
    relative = segmentation.relative_intensity.voxels
    reference = relative[:0] if rois.reference is None else relative[rois.reference.voxels]
    return Histogram(reference=_counts(reference), roi=_counts(relative[rois.mask.voxels]))


def _counts(relative: NDArray[np.float32]) -> tuple[int, ...]:
    step = HISTOGRAM_TOP / HISTOGRAM_BINS
    bins = np.clip(np.floor(relative.ravel() / step), 0, HISTOGRAM_BINS - 1).astype(int)
    return tuple(int(n) for n in np.bincount(bins, minlength=HISTOGRAM_BINS))


_FINDINGS = TypeAdapter(VisitFindings)
_REGIONS = TypeAdapter(dict[str, RegionChange])
_FATES = TypeAdapter(tuple[LesionFate, ...])
_QUALITY = TypeAdapter(RegistrationQuality)


def page_record(page: SubjectPage) -> dict[str, Any]:
    """Turn all of a page but its arrays into plain values that JSON can hold.

    Grids are kept as well, in double precision, since a NIfTI header rounds them.
    """
    return {
        "subject_id": page.subject_id,
        "version": page.version,
        "flags": list(page.flags),
        "facts": [list(fact) for fact in page.facts],
        "visits": [_visit_record(visit) for visit in page.visits],
        "registrations": {
            label: {
                "moving_from_fixed": registration.moving_from_fixed.b_from_a.tolist(),
                "quality": _QUALITY.dump_python(registration.quality, mode="json"),
            }
            for label, registration in page.registrations.items()
        },
        "changes": {label: _change_record(change) for label, change in page.changes.items()},
    }


def _visit_record(visit: PageVisit) -> dict[str, Any]:
    geometry = None if visit.pixels is None else visit.pixels.volume.geometry
    return {
        "findings": _FINDINGS.dump_python(visit.findings, mode="json"),
        "geometry": None
        if geometry is None
        else {"shape": list(geometry.shape), "lps_from_index": geometry.lps_from_index.tolist()},
    }


def _change_record(change: ChangeReport) -> dict[str, Any]:
    rigid = change.followup_from_baseline
    return {
        "baseline": change.baseline,
        "followup": change.followup,
        "days": change.days,
        "regions": _REGIONS.dump_python(dict(change.regions), mode="json"),
        "fates": _FATES.dump_python(change.fates, mode="json"),
        "followup_from_baseline": None if rigid is None else rigid.b_from_a.tolist(),
        "evaluable": change.evaluable,
        "reasons": list(change.reasons),
        "rule": change.rule,
        "detection_limit_ml": change.detection_limit_ml,
        "detectable_source": change.detectable_source,
    }


def recorded_geometries(record: Mapping[str, Any]) -> dict[str, VolumeGeometry]:
    """Grids of the visits in a record, keyed by visit; visits without a series are absent."""
    return {
        visit["findings"]["label"]: VolumeGeometry(
            shape=tuple(visit["geometry"]["shape"]),
            lps_from_index=np.array(visit["geometry"]["lps_from_index"]),
        )
        for visit in record["visits"]
        if visit["geometry"] is not None
    }


def restore_page(record: Mapping[str, Any], pixels: Mapping[str, PagePixels]) -> SubjectPage:
    """Build the page again from `page_record` and the arrays of each visit.

    Volumes must lie on the grids of `recorded_geometries`, in their axis order.
    """
    visits = [_FINDINGS.validate_python(visit["findings"]) for visit in record["visits"]]
    return SubjectPage(
        subject_id=record["subject_id"],
        version=record["version"],
        flags=tuple(record["flags"]),
        facts=tuple((str(name), str(value)) for name, value in record["facts"]),
        visits=tuple(PageVisit(findings=f, pixels=pixels.get(f.label)) for f in visits),
        registrations={
            label: Registration(
                moving_from_fixed=RigidTransform(b_from_a=np.array(found["moving_from_fixed"])),
                quality=_QUALITY.validate_python(found["quality"]),
            )
            for label, found in record["registrations"].items()
        },
        changes={label: _restore_change(found) for label, found in record["changes"].items()},
    )


def _restore_change(record: Mapping[str, Any]) -> ChangeReport:
    rigid = record["followup_from_baseline"]
    return ChangeReport(
        baseline=record["baseline"],
        followup=record["followup"],
        days=record["days"],
        regions=_REGIONS.validate_python(record["regions"]),
        fates=_FATES.validate_python(record["fates"]),
        followup_from_baseline=None if rigid is None else RigidTransform(b_from_a=np.array(rigid)),
        evaluable=record["evaluable"],
        reasons=tuple(record["reasons"]),
        rule=record.get("rule", ""),
        detection_limit_ml=record.get("detection_limit_ml"),
        detectable_source=record.get("detectable_source", ""),
    )
