"""What a subject's page shows: its record, and the pixels that pictures are drawn from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mri_bme.findings import ChangeReport, EdemaSegmentation, Registration
from mri_bme.pipeline import SubjectResult
from mri_bme.record.evidence import evidence_maps
from mri_bme.record.subject import Facts, SubjectFindings, VisitFindings, subject_findings
from mri_bme.sacroiliac import SacroiliacRois
from mri_bme.volume import Volume


@dataclass(frozen=True, kw_only=True, eq=False)
class PagePixels:
    """The arrays that pictures are drawn from, on the grid of the volume (`t1` on its own).

    Label maps are None where nothing was found or drawn, and so is `evidence`.
    """

    volume: Volume
    quadrants: NDArray[np.uint8] | None = None
    reference: NDArray[np.bool_] | None = None
    lesion_labels: NDArray[np.int32] | None = None
    t1: Volume | None = None
    evidence: Mapping[str, NDArray[Any]] = field(default_factory=dict)


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
    """Everything on one subject's page: what is told, and the pixels of each visit."""

    findings: SubjectFindings
    pixels: Mapping[str, PagePixels]

    @property
    def subject_id(self) -> str:
        """Pseudonym."""
        return self.findings.subject_id

    @cached_property
    def visits(self) -> tuple[PageVisit, ...]:
        """Visits in order of time."""
        return tuple(
            PageVisit(findings=visit, pixels=self.pixels.get(visit.label))
            for visit in self.findings.visits
        )

    @property
    def registrations(self) -> Mapping[str, Registration]:
        """Registrations by the label of the follow-up."""
        return self.findings.registrations

    @property
    def changes(self) -> Mapping[str, ChangeReport]:
        """Changes by the label of the follow-up."""
        return self.findings.changes

    @property
    def flags(self) -> tuple[str, ...]:
        """What was doubtful about the subject as a whole."""
        return self.findings.flags

    @property
    def facts(self) -> Facts:
        """Provenance."""
        return self.findings.facts

    @property
    def version(self) -> str:
        """Version of the software that measured."""
        return self.findings.version

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

    The options are those of `record.subject.subject_findings`.
    """
    findings = subject_findings(result, subject_id=subject_id, facts=facts, visit_facts=visit_facts)
    pixels = {
        visit.label: _pixels(visit.visit.volume, visit.visit.t1, visit.rois, visit.segmentation)
        for visit in result.visits
        if visit.visit.volume is not None
    }
    return SubjectPage(findings=findings, pixels=pixels)


def _pixels(
    volume: Volume,
    t1: Volume | None,
    rois: SacroiliacRois | None,
    segmentation: EdemaSegmentation | None,
) -> PagePixels:
    reference = None if rois is None or rois.reference is None else rois.reference.voxels
    return PagePixels(
        volume=volume,
        quadrants=None if rois is None else rois.quadrants,
        reference=reference,
        lesion_labels=None if segmentation is None else segmentation.lesion_labels,
        t1=t1,
        evidence=evidence_maps(segmentation, rois),
    )
