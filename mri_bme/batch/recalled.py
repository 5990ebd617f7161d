"""A subject that was taken up again, and how it is measured on anatomy that a reader moved."""

import hashlib
import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from mri_bme.batch.status import SubjectStatus
from mri_bme.check_appearance import Appearance
from mri_bme.errors import NotEvaluable
from mri_bme.pipeline import SubjectResult, VisitInput, analyze_subject
from mri_bme.readings.layers import Anatomy
from mri_bme.readings.shelf import Grid
from mri_bme.remembered import Remembered
from mri_bme.sacroiliac import PlacedBy, SacroiliacRois
from mri_bme.settings import Settings
from mri_bme.side_by_side import side_by_side
from mri_bme.volume import Mask

HANDS = 2  # a visit, a side, a scan each
MOST_REMEMBERED = 6  # results, ROIs and edema on moved anatomy, which share most of their arrays
MOST_SMALL = 60  # of what takes little: registrations, how regions look, marrow to compare with
MOST_MEASURED = 30  # of what readings come to: some ten strokes, and what strokes leave alone


@dataclass(frozen=True, kw_only=True, eq=False)
class RecalledSubject:
    """What a run found in one subject.

    `grids` says of each visit that has a scan how it lies, as shown and as stored; `inputs` and
    `stages` are what the run measured, and what each stage gave, by its name and visits;
    `remembered` is for measuring it again with masks of readers.
    """

    status: SubjectStatus
    result: SubjectResult
    settings: Settings
    grids: Mapping[str, Grid]
    inputs: Sequence[VisitInput] = ()
    stages: Mapping[tuple[str, tuple[str, ...]], Any] = field(default_factory=dict)
    remembered: Remembered = field(default_factory=lambda: Remembered(most=MOST_MEASURED))
    _moved: OrderedDict[str, Any] = field(default_factory=OrderedDict)
    _small: OrderedDict[str, Any] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def measured_on(self, anatomy: Mapping[str, Anatomy]) -> SubjectResult:
        """Measure the subject on anatomy that a reader moved, by the code of `run`.

        As in a run with corrected quadrants and reference marrow (``--rois-dir``), visits
        without any of their own get those of the others, visits are registered by the marrow
        that they have now, and regions in which no measurement can be believed are refused.

        Parameters
        ----------
        anatomy : mapping
            Quadrants and normal marrow by the label of the visit; none gives what the run found.
        """
        if not anatomy:
            return self.result
        digests = {visit: _digest(held) for visit, held in sorted(anatomy.items())}

        def analyzed() -> SubjectResult:
            visits = [_moved_input(visit, anatomy.get(visit.label)) for visit in self.inputs]
            again = _Again(self, digests)
            with side_by_side(min(HANDS, os.cpu_count() or 1)):
                return analyze_subject(
                    visits,
                    settings=self.settings,
                    run_stage=again,
                    kinds=(),
                    remembered=self.remembered,
                )

        found: SubjectResult = self.remember(f"all {sorted(digests.items())}", analyzed)
        return found

    def remember(self, key: str, compute: Callable[[], Any], *, is_small: bool = False) -> Any:
        """Give what was computed under a key before, or compute it."""
        held, most = (self._small, MOST_SMALL) if is_small else (self._moved, MOST_REMEMBERED)
        with self._lock:
            found = held.get(key)
        if found is None:
            found = compute()
        with self._lock:
            held[key] = found
            held.move_to_end(key)
            while len(held) > most:
                held.popitem(last=False)
        return found


def _moved_input(visit: VisitInput, anatomy: Anatomy | None) -> VisitInput:
    if anatomy is None or visit.volume is None:
        return visit
    reference = Mask(geometry=visit.volume.geometry, voxels=anatomy.reference)
    return replace(visit, rois=anatomy.quadrants, reference=reference)


class _Again:
    """Runs stages on moved anatomy; what does not hang on it is what the run found.

    `_placed` holds the ROIs of each visit that were not refused.
    """

    def __init__(self, subject: RecalledSubject, digests: Mapping[str, str]) -> None:
        self._subject, self._digests = subject, digests
        self._placed: dict[str, SacroiliacRois] = {}
        self._evaluable = {visit.label for visit in subject.result.visits if visit.evaluable}

    def __call__(self, stage: str, labels: tuple[str, ...], compute: Callable[[], Any]) -> Any:
        if stage in ("score", "change"):
            return compute()
        if stage == "appearance":  # of the scans, which are the same
            return Appearance()
        if stage == "registration":
            return _given(self._registration(labels, compute))
        of_a_visit = {
            "edema": self._edema,
            "rois": self._rois,
            "marrow": self._marrow,
            "regions": self._regions,
        }
        if stage in of_a_visit:
            return of_a_visit[stage](labels[0], compute)
        return _given(self._subject.stages[stage, labels])

    def _edema(self, label: str, compute: Callable[[], Any]) -> Any:
        return self._subject.remember(self._key("edema", label), compute)

    def _key(self, stage: str, label: str) -> str:
        own = self._digests.get(label)  # without it, ROIs may come from any visit
        return f"{stage} {label} {own or ' '.join(self._digests.values())}"

    def _rois(self, label: str, compute: Callable[[], Any]) -> Any:
        if label in self._digests:
            found = self._subject.remember(self._key("rois", label), compute)
        else:
            found = _given(self._subject.stages["rois", (label,)])
        self._placed[label] = found
        return found

    def _marrow(self, label: str, compute: Callable[[], Any]) -> Any:
        """Marrow as the network finds it: what the run measured in, where it was found so."""
        if self._is_as_looked_at(label):
            return None
        found = self._subject.stages.get(("rois", (label,)))
        if isinstance(found, SacroiliacRois) and found.placed_by is PlacedBy.NETWORK:
            return found.mask
        return self._subject.remember(f"marrow {label}", compute, is_small=True)

    def _regions(self, label: str, compute: Callable[[], Any]) -> Any:
        if self._is_as_looked_at(label):
            return Appearance()
        key = f"regions {label} {self._digests.get(label)}"
        look = self._subject.remember(key, compute, is_small=True)
        if look.impossible and self._subject.settings.appearance.when_impossible == "refuse":
            del self._placed[label]
        return look

    def _is_as_looked_at(self, label: str) -> bool:
        """Whether a run has looked at the regions of a visit, and let it pass."""
        return label not in self._digests and label in self._evaluable

    def _registration(self, labels: tuple[str, ...], compute: Callable[[], Any]) -> Any:
        """Register by the marrow of both visits; once for each marrow that they have."""
        marrow = {label: _marrow_digest(self._placed.get(label)) for label in labels}
        before = {label: self._subject.stages.get(("rois", (label,))) for label in labels}
        is_as_run = self._evaluable.issuperset(labels) and all(
            marrow[label] == _marrow_digest(before[label]) for label in labels
        )
        if is_as_run:
            return self._subject.stages["registration", labels]
        key = f"registration {sorted(marrow.items())}"
        return self._subject.remember(key, lambda: _or_reason(compute), is_small=True)


def _given(found: Any) -> Any:
    if isinstance(found, NotEvaluable):
        raise found
    return found


def _or_reason(compute: Callable[[], Any]) -> Any:
    try:
        return compute()
    except NotEvaluable as reason:
        return reason


def _marrow_digest(rois: SacroiliacRois | None) -> str:
    if not isinstance(rois, SacroiliacRois):
        return ""
    return hashlib.sha256(np.packbits(rois.quadrants > 0).tobytes()).hexdigest()


def _digest(anatomy: Anatomy) -> str:
    digest = hashlib.sha256(anatomy.quadrants.tobytes())
    digest.update(np.packbits(anatomy.reference).tobytes())
    return digest.hexdigest()
