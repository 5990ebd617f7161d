"""Compose the verbs for one subject. No files, no clock, no screen."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from numpy.typing import NDArray

from mri_bme.findings import ChangeReport, EdemaBurden, EdemaSegmentation, Registration
from mri_bme.sacroiliac import SacroiliacRois
from mri_bme.volume import Mask, Volume

Found = TypeVar("Found")


@dataclass(frozen=True, kw_only=True, eq=False)
class VisitInput:
    """What is measured at one visit.

    Parameters
    ----------
    label : str
        ``baseline``, ``week14``, ...
    day : int or None
        Days since the baseline.
    volume : Volume or None
        The fluid-sensitive series; None when there is none (`reason` says why).
    t1 : Volume or None
        T1-weighted series of the same visit, on any grid.
    bones : int array or None
        Bone label map, or one marrow mask across the joint, on the volume's grid.
    rois : uint8 array or None
        Corrected quadrant label map on the volume's grid; wins over `bones`.
    reference : Mask or None
        Normal marrow drawn by hand, on the volume's grid.
    doubts : tuple of str
        What was doubtful about the choice of series, in plain words.
    """

    label: str
    day: int | None
    volume: Volume | None
    t1: Volume | None = None
    bones: NDArray[Any] | None = None
    rois: NDArray[Any] | None = None
    reference: Mask | None = None
    reason: str = ""
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, eq=False)
class VisitResult:
    """What was found at one visit; `reason` says why it could not be measured."""

    visit: VisitInput
    rois: SacroiliacRois | None = None
    segmentation: EdemaSegmentation | None = None
    burden: EdemaBurden | None = None
    reason: str = ""

    @property
    def label(self) -> str:
        """Label of the visit."""
        return self.visit.label

    @property
    def evaluable(self) -> bool:
        """Whether the visit was measured."""
        return self.burden is not None


@dataclass(frozen=True, kw_only=True, eq=False)
class SubjectResult:
    """Everything found in one subject, visits in order of time.

    `registrations` and `changes` are keyed by the label of the follow-up; a
    registration's fixed side is the baseline.
    """

    visits: tuple[VisitResult, ...]
    registrations: Mapping[str, Registration] = field(default_factory=dict)
    changes: Mapping[str, ChangeReport] = field(default_factory=dict)
    flags: tuple[str, ...] = ()


RunStage = Callable[[str, tuple[str, ...], Callable[[], Any]], Any]
"""Called as ``run_stage(stage, visit_labels, compute)``; returns what `compute` returns.

A batch hands in one that remembers results and knows which stage failed.
"""


def compute_stage(stage: str, labels: tuple[str, ...], compute: Callable[[], Found]) -> Found:
    """Run a stage, remembering nothing."""
    del stage, labels
    return compute()
