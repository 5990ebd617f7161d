"""Everything told of a subject apart from its images: what its page is made from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mri_bme.finding_kind import FindingKind, KindFindings
from mri_bme.findings import (
    ChangeReport,
    EdemaBurden,
    EdemaSegmentation,
    Lesion,
    Registration,
    Threshold,
)
from mri_bme.pipeline import SubjectResult, VisitResult
from mri_bme.record.looked import Looked, looked_at
from mri_bme.sacroiliac import SacroiliacRois
from mri_bme.study import NOT_SAID, ScannedWith, ShownSeries
from mri_bme.version import __version__
from mri_bme.volume import VolumeGeometry

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
class OtherFindings:
    """What is told of one kind of finding other than edema at one visit.

    `meanings` holds each quantity and what it is; `reason` says why there are no numbers.
    """

    words: str
    colour: str
    meanings: Mapping[str, str]
    regions: Mapping[str, Mapping[str, float | None]]
    reason: str = ""


@dataclass(frozen=True, kw_only=True, eq=False)
class VisitFindings:
    """What is told of one visit, apart from its images.

    `geometry` is the grid that was measured, in double precision, since a NIfTI header
    rounds it; None when no series could be read. `t1_geometry` is that of T1W, and `shown` what
    a reader is told of the series of ``volume`` and ``t1``; `scanned_with` is what is known of how
    it was scanned, `looked` how it looks, and `about_scan` those of `doubts` that are of the scan
    itself, whoever reads it.
    """

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
    geometry: VolumeGeometry | None = None
    others: tuple[OtherFindings, ...] = ()
    t1_geometry: VolumeGeometry | None = None
    shown: Mapping[str, ShownSeries] = field(default_factory=dict)
    scanned_with: ScannedWith = NOT_SAID
    looked: tuple[Looked, ...] = ()
    about_scan: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, eq=False)
class SubjectFindings:
    """Everything told of one subject.

    Parameters
    ----------
    subject_id : str
        Pseudonym.
    visits : tuple of VisitFindings
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
    visits: tuple[VisitFindings, ...]
    registrations: Mapping[str, Registration] = field(default_factory=dict)
    changes: Mapping[str, ChangeReport] = field(default_factory=dict)
    flags: tuple[str, ...] = ()
    facts: Facts = ()
    version: str = __version__


def subject_findings(
    result: SubjectResult,
    *,
    subject_id: str,
    facts: Facts = (),
    visit_facts: Mapping[str, Facts] | None = None,
) -> SubjectFindings:
    """Tell what `analyze_subject` found.

    Parameters
    ----------
    result : SubjectResult
        All visits of one subject.
    subject_id : str
        Pseudonym.
    facts : tuple of pairs of str
        Provenance of the whole.
    visit_facts : mapping of visit label to such pairs
        About the measured series: description, sequence, hash, ...
    """
    about = visit_facts or {}
    return SubjectFindings(
        subject_id=subject_id,
        visits=tuple(
            _visit_findings(v, about.get(v.label, ()), result.kinds) for v in result.visits
        ),
        registrations=result.registrations,
        changes=result.changes,
        flags=result.flags,
        facts=facts,
    )


def _visit_findings(
    result: VisitResult, facts: Facts, kinds: tuple[FindingKind, ...]
) -> VisitFindings:
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
        others=tuple(
            _other_findings(kind, result.others[kind.name])
            for kind in kinds
            if kind.name in result.others
        ),
        geometry=None if result.visit.volume is None else result.visit.volume.geometry,
        t1_geometry=None if result.visit.t1 is None else result.visit.t1.geometry,
        shown=result.visit.shown,
        scanned_with=result.visit.scanned_with,
        looked=looked_at(result),
        about_scan=result.visit.doubts,
        **found,
    )


def _other_findings(kind: FindingKind, found: KindFindings) -> OtherFindings:
    return OtherFindings(
        words=kind.words,
        colour=kind.colour,
        meanings={quantity.name: quantity.meaning for quantity in kind.quantities},
        regions=found.regions,
        reason=found.reason,
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
