"""Bones that are given stay as they are, and what is no pelvis is refused with its reason."""

import re
from collections.abc import Callable

import numpy as np
import pytest
from bone_surfaces import bone_surfaces

from mri_bme.errors import InvalidSettings
from mri_bme.phantom import PelvisShape, make_anatomy, make_phantom, pelvis_of
from mri_bme.phantom.given_pelvis import (
    MAX_OVERLAP_ML,
    check_closed,
    overlap_ml,
    volume_ml,
)
from mri_bme.phantom.prescription import rotation
from mri_bme.phantom.surface_distance import Surface, areas_mm2
from mri_bme.sacroiliac import BoneLabel, Side

BOX = np.array([[i, j, k] for i in (0, 60) for j in (0, 70) for k in (0, 80)], dtype=np.float64)
BOX_FACES = np.array(
    [
        *((0, 1, 3), (0, 3, 2), (4, 6, 7), (4, 7, 5), (0, 4, 5), (0, 5, 1)),
        *((2, 3, 7), (2, 7, 6), (0, 2, 6), (0, 6, 4), (1, 5, 7), (1, 7, 3)),
    ]
)


def moved(change: Callable[[np.ndarray], np.ndarray]) -> dict[str, Surface]:
    return {name: (change(vertices), faces) for name, (vertices, faces) in bone_surfaces().items()}


@pytest.fixture(scope="module")
def pelvis() -> PelvisShape:
    return pelvis_of(bone_surfaces())


def test_a_box_holds_what_its_edges_say() -> None:
    check_closed((BOX, BOX_FACES), "box")
    assert volume_ml((BOX + 1000, BOX_FACES)) == pytest.approx(60 * 70 * 80 / 1000)


@pytest.mark.parametrize(
    ("faces", "words"),
    [
        (BOX_FACES[1:], "is open: 3 of its 18 edges"),
        (BOX_FACES[:, ::-1], "is inside out"),
        (np.concatenate([BOX_FACES[:1, ::-1], BOX_FACES[1:]]), "turn both ways"),
        (
            np.concatenate([BOX_FACES, BOX_FACES[:1]]),
            "3 edges of the sacrum belong to more than two",
        ),
        (BOX_FACES[:0], "no triangle"),
    ],
)
def test_a_surface_that_parts_no_inside_is_refused(faces: np.ndarray, words: str) -> None:
    with pytest.raises(InvalidSettings, match=re.escape(words)):
        check_closed((BOX, faces), "sacrum")


def test_boxes_overlap_by_what_they_share() -> None:
    one = (BOX, BOX_FACES)
    assert overlap_ml(one, (BOX + np.array([50, 0, 0]), BOX_FACES)) == pytest.approx(
        10 * 70 * 80 / 1000
    )
    assert overlap_ml(one, (BOX + np.array([60, 0, 0]), BOX_FACES)) == 0
    assert overlap_ml(one, (BOX + np.array([300, 0, 0]), BOX_FACES)) == 0


def test_what_is_no_pelvis_is_refused() -> None:
    surfaces = bone_surfaces()
    sacrum, faces = surfaces["sacrum"]
    exchanged = {**surfaces, "left": surfaces["right"], "right": surfaces["left"]}
    overlapping = {**surfaces, "sacrum": (sacrum + np.array([9, 0, 0]), faces)}
    assert overlap_ml(overlapping["sacrum"], surfaces["left"]) > MAX_OVERLAP_ML
    turned = moved(lambda v: v @ np.diag([1.0, -1.0, -1.0]))  # about x: standing on the head
    for wrong, words in (
        ({"sacrum": surfaces["sacrum"], "left": surfaces["left"]}, "right ilium missing"),
        (moved(lambda v: v / 1000), "mm long; surfaces are given in mm.*in m: scale it by 1000"),
        (moved(lambda v: v / 10), "in cm: scale it by 10"),
        (moved(lambda v: v * 100), "50 to 400 mm long$"),
        (exchanged, "left ilium is not to the left"),
        (moved(lambda v: v @ np.diag([-1.0, -1.0, 1.0])), "in which axes"),
        (overlapping, "sacrum and left ilium overlap by|left ilium and sacrum overlap by"),
        (turned, "from any pelvis of the usual shape"),
    ):
        with pytest.raises(InvalidSettings, match=words):
            pelvis_of(wrong)


def test_bones_are_neither_scaled_nor_smoothed_and_lie_as_a_phantom_does(
    pelvis: PelvisShape,
) -> None:
    """However the subject lay, the same bones come to lie in the same place, at their own size."""
    for name, surface in bone_surfaces().items():
        assert volume_ml(pelvis.surfaces[name]) == pytest.approx(volume_ml(surface), rel=1e-6)
    lain = pelvis_of(moved(lambda v: v @ rotation((12.0, 5.0, -8.0)).T + (30, -200, 900)))
    for name in pelvis.surfaces:
        away = np.abs(lain.surfaces[name][0].mean(axis=0) - pelvis.surfaces[name][0].mean(axis=0))
        assert away.max() < 1.5
    assert lain.size == pytest.approx(pelvis.size, rel=0.01)
    assert lain.sha256 != pelvis.sha256


def test_one_pelvis_is_itself_wherever_it_was_read(pelvis: PelvisShape) -> None:
    again = pelvis_of(bone_surfaces())
    assert again == pelvis
    assert hash(again) == hash(pelvis)
    assert pelvis.sha256 in repr(pelvis)


def test_a_phantom_has_the_bones_that_were_given(pelvis: PelvisShape) -> None:
    anatomy = make_anatomy(3, pelvis=pelvis, fineness=1.5)
    inside = make_anatomy(4, pelvis=pelvis, fineness=1.5).bone_labels
    voxel_ml = anatomy.geometry.voxel_volume_ml
    own = np.count_nonzero(anatomy.bone_labels == BoneLabel.SACRUM) * voxel_ml
    surface = bone_surfaces()["sacrum"]
    cortex_mm = anatomy.build.cortex_mm * anatomy.build.size / 2  # labels end in its middle
    lost_ml = cortex_mm * areas_mm2(surface).sum() / 1000
    assert own == pytest.approx(volume_ml(surface) - lost_ml, rel=0.02)
    both = (anatomy.bone_labels > 0) & (inside > 0)
    assert np.count_nonzero(both) / np.count_nonzero(inside) > 0.97  # by seed only the cortex
    for side in Side:
        assert np.ptp(anatomy.joints[side][:, 1]) > 30


def test_its_edema_is_as_large_as_ordered(pelvis: PelvisShape) -> None:
    subject = make_phantom("partial", seed=3, pelvis=pelvis, fineness=2.4, n_visits=1)
    planned = sum(lesion.plan.volume_ml for lesion in subject.baseline.edema.lesions)
    assert subject.baseline.region_ml("total") == pytest.approx(planned, rel=0.05)
    assert subject.surfaces_sha256 == pelvis.sha256


def test_bones_that_make_no_joint_are_refused() -> None:
    apart = dict(bone_surfaces())
    vertices, faces = apart["left"]
    apart["left"] = (vertices + np.array([20, 0, 0]), faces)
    with pytest.raises(InvalidSettings, match=r"sacrum and left ilium lie .* no joint"):
        make_anatomy(3, pelvis=pelvis_of(apart), fineness=3.0)
