"""Outlines follow what they surround, in pixels of the picture."""

import re

import numpy as np
import pytest

from mri_bme.report import outlines
from mri_bme.report.display import Display, Pane
from mri_bme.report.outlines import (
    MIN_RADIUS_MM,
    change_circles,
    contour_path,
    joint_path,
    lesion_outlines,
    quadrant_path,
)
from mri_bme.volume import RigidTransform, VolumeGeometry

SHAPE = (3, 80, 120)
PIXEL_MM = 0.5
SLICE_MM = 5.0


def pane(edema=None, lesions=None, quadrants=None) -> Pane:
    return Pane(
        grey=np.zeros(SHAPE, np.uint8),
        edema=np.zeros(SHAPE, np.float32) if edema is None else edema.astype(np.float32),
        lesions=np.zeros(SHAPE, np.int32) if lesions is None else lesions,
        quadrants=np.zeros(SHAPE, np.uint8) if quadrants is None else quadrants,
    )


def square(rows, columns, k=1) -> np.ndarray:
    inside = np.zeros(SHAPE, bool)
    inside[k, slice(*rows), slice(*columns)] = True
    return inside


def points(path: str) -> np.ndarray:
    """Corners of a path as (x, y)."""
    found = []
    for part in path.split("M")[1:]:
        numbers = [float(v) for v in re.findall(r"-?(?:\d+\.?\d*|\.\d+)", part)]
        found.append(np.cumsum(np.reshape(numbers, (-1, 2)), axis=0))
    return np.concatenate(found)


def extent(path: str) -> tuple[float, ...]:
    found = points(path)
    return (*found.min(axis=0), *found.max(axis=0))


def test_a_contour_surrounds_the_pixels_that_it_is_of() -> None:
    """Pixel 20 covers x from 20 to 21: the outline of 20 to 39 runs from 20 to 40."""
    path = contour_path(square((10, 30), (20, 40))[1].astype(float))
    assert path.startswith("M")
    assert path.endswith("z")
    assert extent(path) == pytest.approx((20, 10, 40, 30), abs=0.01)


def test_a_contour_is_closed_at_the_edge_of_the_picture_and_empty_without_one() -> None:
    path = contour_path(square((0, 10), (0, 10))[1].astype(float))
    assert extent(path) == pytest.approx((0, 0, 10, 10), abs=0.01)
    assert contour_path(np.zeros((10, 10))) == ""


def test_each_lesion_has_its_own_outline_with_its_label() -> None:
    first, second = square((10, 20), (10, 20)), square((40, 60), (50, 70))
    lesions = np.where(first, 3, np.where(second, 7, 0)).astype(np.int32)
    shown = pane(edema=first | second, lesions=lesions)
    drawn = lesion_outlines(shown, 1)
    assert [one.label for one in drawn] == [3, 7]
    assert extent(drawn[0].path) == pytest.approx((10, 10, 20, 20), abs=0.01)
    assert lesion_outlines(shown, 0) == ()


def joint_at(column: int) -> np.ndarray:
    """Sacrum and ilium of the patient's left, two pixels apart."""
    quadrants = np.zeros(SHAPE, np.uint8)
    quadrants[1, 10:70, 20 : column - 1] = 3
    quadrants[1, 10:70, column + 1 : 110] = 1
    return quadrants


def test_the_joint_is_drawn_half_way_between_the_bones() -> None:
    line = points(joint_path(pane(quadrants=joint_at(60)), 1, PIXEL_MM))
    along = line[(line[:, 1] > 15) & (line[:, 1] < 65)]
    assert len(along) > 10
    assert np.abs(along[:, 0] - 60).max() < 2.0


def test_one_bone_alone_has_no_joint() -> None:
    quadrants = np.where(joint_at(60) == 1, 1, 0).astype(np.uint8)
    assert joint_path(pane(quadrants=quadrants), 1, PIXEL_MM) == ""
    assert quadrant_path(pane(quadrants=quadrants), 1).count("M") == 1


@pytest.mark.parametrize("beside", [0, 3, 30])
def test_outlines_are_those_that_are_drawn_on_the_whole_slice(
    beside: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    quadrants = np.pad(joint_at(60), ((0, 0), (beside, 41), (33, beside)))
    shown = pane(quadrants=quadrants)
    in_boxes = joint_path(shown, 1, PIXEL_MM), quadrant_path(shown, 1)

    def whole(inside: np.ndarray, _margin: int) -> tuple[slice, ...]:
        return tuple(slice(0, n) for n in inside.shape)

    monkeypatch.setattr(outlines, "_box", whole)
    assert in_boxes == (joint_path(shown, 1, PIXEL_MM), quadrant_path(shown, 1))


def display(before, after, *, is_registered=True) -> Display:
    geometry = VolumeGeometry(
        shape=SHAPE, lps_from_index=np.diag([SLICE_MM, PIXEL_MM, PIXEL_MM, 1.0])
    )
    panes = tuple(pane(edema=found) for found in (before, after))
    moves = (RigidTransform.identity(),) * 2
    return Display(
        geometry=geometry, panes=panes, is_registered=is_registered, visit_from_display=moves
    )


NOTHING = np.zeros(SHAPE, bool)
GONE = square((30, 50), (40, 70))  # 0.75 mL


def test_a_circle_surrounds_what_changed_and_only_on_its_slice() -> None:
    above, (circle,), below = change_circles(display(GONE, NOTHING))
    assert above == below == ()
    assert (circle.x, circle.y) == pytest.approx((55, 40), abs=0.6)
    corner = np.hypot(15, 10)
    assert circle.radius > corner


def test_swapping_the_visits_does_not_move_a_circle() -> None:
    assert change_circles(display(GONE, NOTHING)) == change_circles(display(NOTHING, GONE))


@pytest.mark.parametrize(
    "shown", [display(GONE, GONE), display(GONE, NOTHING, is_registered=False)]
)
def test_without_a_change_or_a_registration_there_is_no_circle(shown: Display) -> None:
    assert change_circles(shown) == ((), (), ())


def test_a_change_too_small_to_matter_has_no_circle_and_a_small_one_a_wide_one() -> None:
    speck = square((30, 38), (40, 48))  # 0.08 mL
    assert change_circles(display(speck, NOTHING)) == ((), (), ())
    small = square((30, 42), (40, 52))  # 0.18 mL
    (_, (circle,), _) = change_circles(display(small, NOTHING))
    assert circle.radius * PIXEL_MM >= MIN_RADIUS_MM
