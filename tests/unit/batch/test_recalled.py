"""Anatomy that a reader moved is measured by the code of a run, each part only where it changed."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from read_study import no_motion

from mri_bme import pipeline
from mri_bme.batch.recall import recall_subject
from mri_bme.findings import Registration
from mri_bme.readings.layers import Anatomy
from mri_bme.sacroiliac import PlacedBy, RoiAttempt
from mri_bme.settings import AppearanceSettings
from mri_bme.volume import Mask


def test_visits_without_anatomy_of_their_own_get_that_of_the_other(
    measured_study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline, "register_visits", no_motion)
    subject = recall_subject(measured_study, "sub-01")
    found = subject.stages["rois", ("week14",)]
    attempts = (RoiAttempt(source="automatic", confidence=1.0),)
    stages = {**subject.stages, ("rois", ("week14",)): replace(found, attempts=attempts)}
    subject = replace(subject, stages=stages)
    quadrants = found.quadrants.copy()
    quadrants[:, :10] = 0
    anatomy = {"baseline": Anatomy(quadrants=quadrants, reference=found.reference.voxels)}
    first, second = subject.measured_on(anatomy).visits
    assert first.rois is not None
    assert second.rois is not None
    assert np.array_equal(first.rois.quadrants, quadrants)
    assert np.array_equal(second.rois.quadrants, quadrants)
    assert subject.measured_on(anatomy).visits[0].segmentation is first.segmentation
    assert subject.measured_on({}) is subject.result


def test_visits_are_registered_by_the_marrow_that_they_have_now(
    measured_study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    subject = recall_subject(measured_study, "sub-01")
    asked: list[tuple[int, int]] = []

    def register(*_: Any, fixed_mask: Mask, moving_mask: Mask, **__: Any) -> Registration:
        asked.append((fixed_mask.n_voxels, moving_mask.n_voxels))
        return no_motion()

    monkeypatch.setattr(pipeline, "register_visits", register)
    found = subject.stages["rois", ("baseline",)]
    less, reference = found.quadrants.copy(), found.reference.voxels
    less[:, :10] = 0
    swapped = np.where(less > 0, less + np.where(less % 2, 1, -1), 0).astype(np.uint8)
    as_run = {"baseline": Anatomy(quadrants=found.quadrants, reference=reference)}
    assert subject.measured_on(as_run).registrations == subject.result.registrations
    assert not asked
    subject.measured_on({"baseline": Anatomy(quadrants=less, reference=reference)})
    subject.measured_on({"baseline": Anatomy(quadrants=swapped, reference=reference)})
    assert asked == [(np.count_nonzero(less), found.mask.n_voxels)]


def test_regions_are_held_against_the_marrow_that_the_run_found(
    measured_study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody looks for it a second time, and regions beside it are refused as a run does."""
    subject = recall_subject(measured_study, "sub-01")
    look = AppearanceSettings(when_impossible="refuse", compare_given=True)
    subject = replace(subject, settings=subject.settings.model_copy(update={"appearance": look}))
    found = subject.stages["rois", ("baseline",)]
    half = np.where(np.arange(60)[:, None] < 40, 0, found.quadrants).astype(np.uint8)
    network = replace(found, placed_by=PlacedBy.NETWORK, quadrants=half)
    subject = replace(subject, stages={**subject.stages, ("rois", ("baseline",)): network})
    monkeypatch.setattr(pipeline, "register_visits", no_motion)
    monkeypatch.setattr(pipeline, "_marrow_found", None)
    moved = Anatomy(quadrants=found.quadrants, reference=found.reference.voxels)
    visit = subject.measured_on({"baseline": moved}).visits[0]
    assert (visit.rois, visit.segmentation) == (None, None)
    share = np.count_nonzero(half) / np.count_nonzero(found.quadrants)
    assert any(f"only {share:.0%} of the regions" in doubt for doubt in visit.appearance.impossible)
