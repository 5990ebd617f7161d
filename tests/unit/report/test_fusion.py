"""A pair that was registered or refused can be checked by eye: before, after, squares, edges."""

from dataclasses import replace

import numpy as np
import pytest
from drawn_subject import moved_week14

from mri_bme.findings import Registration, RegistrationQuality
from mri_bme.pipeline import SubjectResult
from mri_bme.report import SubjectPage, subject_page, subject_page_html
from mri_bme.report.figures import figure_bytes, pair_figure
from mri_bme.report.fusion import EDGE_COLOUR, VisitPair, checkerboard, overlays, page_pair
from mri_bme.report.page import PagePixels
from mri_bme.volume import RigidTransform, Volume, VolumeGeometry


def registered(accepted: bool, *, similarity: float | None = 0.9) -> Registration:
    reason = "fits" if accepted else "do not look alike"
    quality = RegistrationQuality(accepted=accepted, reason=reason, similarity=similarity)
    return Registration(moving_from_fixed=moved_week14(), quality=quality)


@pytest.fixture(scope="module")
def pair(drawn_page: SubjectPage) -> VisitPair:
    first, last = (visit.pixels for visit in drawn_page.visits)
    assert first is not None
    assert last is not None
    return VisitPair(first=first, last=last, registration=registered(accepted=True))


def difference(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.abs(one.astype(float) - other).mean())


def test_both_visits_show_the_same_place_after_registration_and_not_before(pair) -> None:
    before, *after = overlays(pair)
    assert len(after) == 3
    apart = difference(before.first, before.last)
    assert all(difference(shown.first, shown.last) < 0.8 * apart for shown in after)


def test_squares_come_from_both_visits(pair) -> None:
    shown = overlays(pair)[-1]
    board = shown.checkerboard
    assert ((board == shown.first) | (board == shown.last)).all()
    squares = checkerboard(np.zeros((64, 64)), np.full((64, 64), 255), square=16)
    assert squares[0, 0] == 0
    assert squares[0, 16] == squares[16, 0] == 255
    assert squares.mean() == pytest.approx(127.5)


def test_edges_of_the_last_visit_lie_on_its_bone_edges(pair) -> None:
    shown = overlays(pair)[-1]
    drawn = (shown.edges == EDGE_COLOUR).all(axis=-1)
    rows, columns = np.gradient(shown.last.astype(float))
    steep = np.hypot(rows, columns)
    assert 0.002 < drawn.mean() < 0.1
    assert steep[drawn].mean() > 2 * steep.mean()
    assert (shown.edges[~drawn] == shown.first[~drawn][:, None]).all()


def test_a_refused_pair_is_shown_where_it_was_tried(drawn_result: SubjectResult) -> None:
    refused = replace(drawn_result, registrations={"week14": registered(accepted=False)})
    html = subject_page_html(subject_page(refused, subject_id="sub-1"))
    assert html.count("The best fit, which was refused") >= 3
    assert "Before, as the headers say" in html
    assert "not accepted (do not look alike)" in html


def test_a_pair_that_could_not_be_tried_is_shown_as_the_headers_say(pair) -> None:
    untried = replace(pair, registration=registered(accepted=False, similarity=None))
    assert [shown.when for shown in overlays(untried)] == ["Before, as the headers say"]


def test_visits_with_headers_far_apart_are_laid_on_each_other(pair) -> None:
    matrix = np.array(pair.last.volume.geometry.lps_from_index)
    matrix[:3, 3] += (0.0, 0.0, 280.0)
    geometry = VolumeGeometry(shape=pair.last.volume.geometry.shape, lps_from_index=matrix)
    far = PagePixels(volume=Volume(geometry=geometry, voxels=pair.last.volume.voxels))
    shown = overlays(replace(pair, first=PagePixels(volume=pair.first.volume), last=far))
    assert "headers lie apart" in shown[0].when
    assert (shown[0].first > 0).mean() > 0.5
    assert (shown[0].last > 0).mean() > 0.5


def test_visits_without_anything_in_common_still_give_a_picture(pair) -> None:
    away = np.eye(4)
    away[:3, 3] = (0.0, 900.0, 0.0)
    nowhere = replace(registered(accepted=False), moving_from_fixed=RigidTransform(b_from_a=away))
    assert figure_bytes(pair_figure(replace(pair, registration=nowhere)), "png")


def test_one_visit_is_no_pair(drawn_page: SubjectPage) -> None:
    assert page_pair(drawn_page, drawn_page.visits[:1]) is None
