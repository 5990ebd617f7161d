"""Regions of the size of bones, on their sides, with a reference like the rest."""

from dataclasses import replace

import numpy as np
import pytest
from box_pelvis import SHAPE, box_pelvis, semicoronal_geometry

from mri_bme.check_appearance import check_rois
from mri_bme.place_rois import place_rois
from mri_bme.sacroiliac import REGIONS, SacroiliacRois
from mri_bme.volume import Mask, Volume

GEOMETRY = semicoronal_geometry()
VOLUME = Volume(
    geometry=GEOMETRY, voxels=np.random.default_rng(0).normal(100, 5, SHAPE).astype(np.float32)
)


@pytest.fixture(scope="module")
def rois() -> SacroiliacRois:
    return place_rois(VOLUME, bones=box_pelvis(GEOMETRY))


def value(volume: Volume, found: SacroiliacRois, name: str, **more: Mask) -> float:
    (check,) = (c for c in check_rois(volume, found, **more).checks if c.name == name)
    return check.value


def test_joints_are_as_far_apart_as_they_were_made(rois: SacroiliacRois) -> None:
    assert value(VOLUME, rois, "between_joints_mm") == pytest.approx(100, abs=1)
    assert value(VOLUME, rois, "joint_depth_mm") == pytest.approx(40)
    assert value(VOLUME, rois, "marrow_ml") == pytest.approx(rois.mask.volume_ml)


def test_sides_are_told_by_the_header(rois: SacroiliacRois) -> None:
    assert value(VOLUME, rois, "sides_mm") > 40
    mirrored = replace(rois, quadrants=rois.quadrants[..., ::-1])
    assert value(VOLUME, mirrored, "sides_mm") < -40


def test_one_side_alone_has_no_distance(rois: SacroiliacRois) -> None:
    alone = np.where(np.isin(rois.quadrants, REGIONS["left"]), rois.quadrants, 0)
    names = {c.name for c in check_rois(VOLUME, replace(rois, quadrants=alone)).checks}
    assert not names & {"sides_mm", "between_joints_mm"}


def test_reference_is_held_against_the_rest(rois: SacroiliacRois) -> None:
    voxels = np.array(VOLUME.voxels)
    inside = np.zeros(SHAPE, dtype=bool)
    inside[4:6, 30:40, 95:105] = True
    voxels[inside] *= 1.6
    marked = rois.with_reference(Mask(geometry=GEOMETRY, voxels=inside))
    bright = Volume(geometry=GEOMETRY, voxels=voxels)
    assert value(bright, marked, "reference") == pytest.approx(1.6, rel=0.02)
    assert check_rois(bright, marked).impossible


def test_regions_beside_marrow_are_counted(rois: SacroiliacRois) -> None:
    half = np.array(rois.mask.voxels)
    half[: SHAPE[0] // 2] = False
    share = value(VOLUME, rois, "on_marrow", marrow=Mask(geometry=GEOMETRY, voxels=half))
    assert share == pytest.approx(0.5, abs=0.02)


def test_where_the_slices_miss_the_joint_a_body_has_no_size(rois: SacroiliacRois) -> None:
    assert value(VOLUME, rois, "body_size") == pytest.approx(1.12, abs=0.02)
    quadrants = np.array(rois.quadrants)
    quadrants[5:] = 0
    half = replace(rois, quadrants=quadrants, reference=None)
    assert value(VOLUME, half, "joint_seen_mm") < 30
    assert "body_size" not in {c.name for c in check_rois(VOLUME, half).checks}


def dimmed(depth: float, width_mm: float) -> Volume:
    across_mm = np.arange(SHAPE[2]) - SHAPE[2] / 2
    gain = 1 - depth * np.exp(-((across_mm / width_mm) ** 2))
    return Volume(geometry=GEOMETRY, voxels=(VOLUME.voxels * gain).astype(np.float32))


def test_a_field_is_flagged_with_t1w_and_without(rois: SacroiliacRois) -> None:
    seen = dimmed(0.35, 60)
    with_t1, alone = (
        {c.name: c.words for c in check_rois(seen, rois, t1=t1).checks} for t1 in (seen, None)
    )
    assert "on both series" in with_t1["uneven_field"]
    assert "T1W alone could tell" in alone["field_without_t1"]
    assert "field_without_t1" not in with_t1
    assert "uneven_field" not in alone
    assert not any("field" in words for words in check_rois(seen, rois, t1=seen).impossible)


def test_a_field_that_cannot_be_evened_out_is_refused(rois: SacroiliacRois) -> None:
    seen = dimmed(0.75, 45)
    impossible = check_rois(seen, rois, t1=seen).impossible
    assert any("cannot be evened out" in words for words in impossible)
