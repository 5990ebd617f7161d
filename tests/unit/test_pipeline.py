"""A subject's analysis: nothing stops the rest, and both visits measure the same bone."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from mri_bme import pipeline
from mri_bme.errors import GivenRoiUnusable, RoiNotFound
from mri_bme.findings import Registration, RegistrationQuality, Verdict
from mri_bme.pipeline import SubjectResult, VisitInput, analyze_subject
from mri_bme.sacroiliac import QUADRANTS, RoiAttempt, SacroiliacRois, rois_from_labels
from mri_bme.settings import AppearanceSettings, RoiSettings, Settings
from mri_bme.volume import Mask, RigidTransform, Volume, VolumeGeometry

SHAPE = (6, 60, 80)
GEOMETRY = VolumeGeometry(
    shape=SHAPE,
    lps_from_index=np.array(
        [[0, 0, 1.0, -40], [4.0, 0, 0, 0], [0, -1.0, 0, 30], [0, 0, 0, 1.0]], dtype=float
    ),
)
LABELS = {(q.side.value, q.bone.value, q.level.value): n for n, q in QUADRANTS.items()}
REFERENCE_COLUMNS = slice(37, 43)
LESION = (slice(2, 4), slice(15, 27), slice(62, 74))

FLAT = Settings(appearance=AppearanceSettings(when_impossible="flag", compare_given=False))
"""Boxes of even marrow, without air and fluid, are no scan of a person."""


def quadrants() -> np.ndarray:
    """Two vertical joints at columns 20 and 60, sacrum between them."""
    labels = np.zeros(SHAPE, dtype=np.uint8)
    for level, rows in (("upper", slice(5, 30)), ("lower", slice(30, 55))):
        for side, iliac, sacral in (
            ("right", slice(2, 19), slice(22, 40)),
            ("left", slice(62, 78), slice(40, 59)),
        ):
            labels[:, rows, iliac] = LABELS[side, "ilium", level]
            labels[:, rows, sacral] = LABELS[side, "sacrum", level]
    return labels


def scan(*, edema: bool) -> Volume:
    voxels = np.random.default_rng(5).normal(100, 8, SHAPE)
    voxels[:, :, 19:22] = 30
    voxels[:, :, 59:62] = 30
    if edema:
        voxels[LESION] = 260
    return Volume(geometry=GEOMETRY, voxels=voxels)


def rois_of(volume: Volume) -> SacroiliacRois:
    inside = np.zeros(SHAPE, dtype=bool)
    inside[:, 10:50, REFERENCE_COLUMNS] = True
    reference = Mask(geometry=volume.geometry, voxels=inside)
    return rois_from_labels(volume.geometry, quadrants(), reference=reference)


def visit(label: str, day: int, volume: Volume | None, **more: Any) -> VisitInput:
    return VisitInput(label=label, day=day, volume=volume, **more)


@pytest.fixture
def together(monkeypatch: pytest.MonkeyPatch) -> Callable[[bool], None]:
    """Place drawn ROIs, except where a volume has none, and register without a search."""

    def set_up(accepted: bool) -> None:
        def place(volume: Volume, *, bones: Any = None, **_: Any) -> SacroiliacRois:
            if bones is not None:
                raise RoiNotFound("no joints here")
            return rois_of(volume)

        def register(*_: Any, **__: Any) -> Registration:
            return Registration(
                moving_from_fixed=RigidTransform.identity(),
                quality=RegistrationQuality(accepted=accepted, reason="" if accepted else "apart"),
            )

        monkeypatch.setattr(pipeline, "place_rois", place)
        monkeypatch.setattr(pipeline, "register_visits", register)

    return set_up


def two_visits(**second: Any) -> SubjectResult:
    return analyze_subject(
        [
            visit("baseline", 0, scan(edema=True)),
            visit("week14", 98, scan(edema=False), **second),
        ],
        settings=FLAT,
    )


def test_edema_that_went_is_resolved(together: Callable[[bool], None]) -> None:
    together(True)
    result = two_visits()
    change = result.changes["week14"].regions["left"]
    true_ml = 2 * 12 * 12 * GEOMETRY.voxel_volume_ml
    assert change.verdict is Verdict.RESOLVED
    assert change.baseline_ml == pytest.approx(true_ml, rel=0.1)
    assert change.followup_ml == 0


def test_a_visit_without_a_series_costs_only_its_own_numbers(
    together: Callable[[bool], None],
) -> None:
    together(True)
    result = analyze_subject(
        [
            visit("baseline", 0, scan(edema=True)),
            visit("week14", 98, None, reason="only a localizer"),
            visit("day300", 300, scan(edema=False)),
        ],
        settings=FLAT,
    )
    assert [v.evaluable for v in result.visits] == [True, False, True]
    missing, measured = result.changes["week14"], result.changes["day300"]
    assert (missing.evaluable, missing.regions["total"].change_ml) == (False, None)
    assert "only a localizer" in " ".join(missing.reasons)
    assert measured.evaluable


def test_a_visit_without_joints_borrows_them_only_through_an_accepted_registration(
    together: Callable[[bool], None],
) -> None:
    together(True)
    borrowed = two_visits(bones=np.ones(SHAPE)).visits[1]
    assert borrowed.rois is not None
    assert borrowed.evaluable
    assert "other visit" in borrowed.rois.source
    assert np.array_equal(borrowed.rois.quadrants, quadrants())
    together(False)
    refused = two_visits(bones=np.ones(SHAPE))
    assert refused.visits[1].reason == "no joints here"
    assert not refused.changes["week14"].evaluable


@pytest.mark.parametrize("drawn_at", [0, 1, 2])
@pytest.mark.parametrize("shared", [True, False])
def test_all_visits_measure_the_bone_that_was_drawn_at_one_of_them(
    drawn_at: int, shared: bool, together: Callable[[bool], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    together(True)

    def place(volume: Volume, *, quadrants: Any = None, **_: Any) -> SacroiliacRois:
        found = rois_of(volume)
        if quadrants is None:  # the network sees the joints elsewhere
            found = replace(found, quadrants=np.roll(found.quadrants, 3, axis=1), confidence=0.8)
        used = "automatic" if quadrants is None else "manual"
        return replace(found, source=used, attempts=(RoiAttempt(source=used, confidence=1),))

    monkeypatch.setattr(pipeline, "place_rois", place)
    visits = [
        visit(label, n, scan(edema=n == 0), rois=quadrants() if n == drawn_at else None)
        for n, label in enumerate(("baseline", "week14", "week52"))
    ]
    order = ("manual", "other_visit", "automatic") if shared else ("manual", "automatic")
    settings = FLAT.model_copy(update={"rois": RoiSettings(sources=order)})
    result = analyze_subject(visits, settings=settings)
    for n, measured in enumerate(result.visits):
        assert measured.rois is not None
        same = np.array_equal(measured.rois.quadrants, quadrants())
        assert same == (shared or n == drawn_at)
        if shared and n != drawn_at:
            assert measured.rois.source == "other visit (manual)"
            assert "here they are automatic" in measured.rois.notes[-1]
            assert [a.source for a in measured.rois.attempts] == ["automatic", "other_visit"]


def test_carried_rois_keep_the_normal_marrow_that_was_drawn_at_the_visit(
    together: Callable[[bool], None],
) -> None:
    together(True)
    drawn = Mask(geometry=GEOMETRY, voxels=quadrants() == 1)
    carried = two_visits(bones=np.ones(SHAPE), reference=drawn).visits[1].rois
    assert carried is not None
    assert carried.reference is drawn


def test_a_refused_registration_leaves_both_visits_and_no_change(
    together: Callable[[bool], None],
) -> None:
    together(False)
    result = two_visits()
    assert all(v.evaluable for v in result.visits)
    report = result.changes["week14"]
    assert report.regions["total"].verdict is Verdict.NOT_EVALUABLE
    assert report.regions["total"].change_ml is None
    assert "apart" in " ".join(report.reasons)


def test_every_stage_is_announced_before_it_runs(together: Callable[[bool], None]) -> None:
    together(True)
    seen: list[tuple[str, tuple[str, ...]]] = []

    def watch(stage: str, labels: tuple[str, ...], compute: Callable[[], Any]) -> Any:
        seen.append((stage, labels))
        return compute()

    analyze_subject(
        [visit("baseline", 0, scan(edema=True)), visit("week14", 98, scan(edema=False))],
        run_stage=watch,
        settings=FLAT,
    )
    pair = ("baseline", "week14")
    assert seen == [
        *((stage, ("baseline",)) for stage in ("appearance", "rois", "regions")),
        *((stage, ("week14",)) for stage in ("appearance", "rois", "regions")),
        ("registration", pair),
        ("edema", ("baseline",)),
        ("score", ("baseline",)),
        ("edema", ("week14",)),
        ("score", ("week14",)),
        ("change", pair),
    ]


def test_no_other_visit_stands_in_for_bones_that_were_given_and_are_unusable(
    together: Callable[[bool], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    together(True)

    def place(volume: Volume, *, bones: Any = None, **_: Any) -> SacroiliacRois:
        if bones is not None:
            raise GivenRoiUnusable("bones given cannot be used")
        return rois_of(volume)

    monkeypatch.setattr(pipeline, "place_rois", place)
    refused = two_visits(bones=np.ones(SHAPE)).visits[1]
    assert (refused.rois, refused.evaluable) == (None, False)
    assert refused.reason == "bones given cannot be used"


def test_a_scan_that_cannot_be_one_is_refused_before_it_is_measured(
    together: Callable[[bool], None],
) -> None:
    together(True)
    result = analyze_subject([visit("baseline", 0, scan(edema=True))])
    (refused,) = result.visits
    assert (refused.is_refused, refused.rois, refused.evaluable) == (True, None, False)
    assert refused.appearance.impossible[0] in refused.reason
    assert refused.segmentation is None
    flagged = analyze_subject([visit("baseline", 0, scan(edema=True))], settings=FLAT).visits[0]
    assert flagged.evaluable
    assert set(refused.appearance.impossible) <= set(flagged.visit.doubts)


def test_one_scan_given_as_two_visits_is_said(together: Callable[[bool], None]) -> None:
    together(True)
    volume = scan(edema=True)
    visits = [visit("baseline", 0, volume), visit("week14", 98, volume)]
    first, second = analyze_subject(visits, settings=FLAT).visits
    assert not any("voxel by voxel" in doubt for doubt in first.visit.doubts)
    assert "voxel by voxel the scan of baseline" in second.visit.doubts[0]
