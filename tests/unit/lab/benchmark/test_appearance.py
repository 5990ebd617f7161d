"""Scans that are made wrong are wrong in the way that is said, and looks are counted."""

import numpy as np
import pytest
from box_pelvis import SHAPE, box_pelvis, semicoronal_geometry

from lab.benchmark import appearance as module
from lab.benchmark.appearance import Case, Look, looked_at, scaled, told
from mri_bme.errors import NotEvaluable
from mri_bme.place_rois import place_rois
from mri_bme.volume import Volume

GEOMETRY = semicoronal_geometry()
VOLUME = Volume(
    geometry=GEOMETRY, voxels=np.random.default_rng(0).normal(100, 5, SHAPE).astype(np.float32)
)


@pytest.fixture(scope="module")
def looks() -> dict[str, Look]:
    def without_a_network(volume, **given):
        if given.get("bones") is None and given.get("quadrants") is None:
            raise NotEvaluable("no network here")
        return place_rois(volume, **given)

    patch = pytest.MonkeyPatch()
    patch.setattr(module, "place_rois", without_a_network)
    case = Case(kind="boxes", volume=VOLUME, t1=None, bones=box_pelvis(GEOMETRY))
    found = {look.what: look for look in looked_at(case)}
    patch.undo()
    return found


def test_right_regions_pass_and_exchanged_ones_are_refused(looks: dict[str, Look]) -> None:
    assert looks["bones given"].refused == ("sharpness",)  # noise has no border anywhere
    for what in ("bones with exchanged sides", "quadrants with exchanged sides"):
        assert "sides_mm" in looks[what].refused


def test_regions_that_were_not_found_are_told_as_such(looks: dict[str, Look]) -> None:
    assert looks["bones found"].refused == ("no regions",)


@pytest.mark.parametrize("size", [0.7, 1.35])
def test_a_body_of_another_size_is_doubted(looks: dict[str, Look], size: float) -> None:
    found = looks[f"voxels {size:g} times as large"]
    assert "between_joints_mm" in (*found.doubted, *found.refused)
    assert scaled(VOLUME, size).geometry.spacing_mm[0] == pytest.approx(4.0 * size)


def test_a_refused_scan_is_not_counted_as_doubted_too() -> None:
    one = Look(kind="people", what="bones given", doubted=("marrow_ml",), refused=("sides_mm",))
    two = Look(kind="people", what="bones given", doubted=("marrow_ml",), refused=())
    (line,) = told([one, two])
    assert "refused 1, doubted 1 of 2" in line
    assert "marrow_ml 2" in line
