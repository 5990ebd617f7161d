"""Subjects scanned three times: what is true of them, and what is remembered."""

from dataclasses import replace

import numpy as np
import pytest

from lab.benchmark.retests import (
    Scanned,
    ScannedVisit,
    after_change,
    keep_stages,
    read_or_scan,
    remembering,
)
from mri_bme.verify.design import spread_lesions
from mri_bme.volume import RigidTransform, Volume, VolumeGeometry

SHAPE = (6, 10, 10)
QUADRANTS = np.ones(SHAPE, np.uint8)
QUADRANTS[:, 5:] = 6


def visit(label="baseline", shift_slices=0):
    geometry = VolumeGeometry(shape=SHAPE, lps_from_index=np.diag([2.0, 1.0, 1.0, 1.0]))
    fraction = np.zeros(SHAPE, np.float32)
    fraction[1, 2, 2], fraction[5, 7, 7] = 1.0, 0.5
    moved = (
        RigidTransform.identity()
        if not shift_slices
        else RigidTransform(
            b_from_a=np.array(
                [[1, 0, 0, 2.0 * shift_slices], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]
            )
        )
    )
    blank = Volume(geometry=geometry, voxels=np.zeros(SHAPE, np.float32))
    return ScannedVisit(
        label=label,
        volume=blank,
        t1=blank,
        bones=np.ones(SHAPE, np.uint8),
        edema_fraction=fraction,
        lps_from_subject=moved,
    )


def test_true_edema_counts_in_the_quadrant_that_it_is_said_to_lie_in() -> None:
    true_ml = visit().true_ml(QUADRANTS)
    assert true_ml["total"] == pytest.approx(1.5 * 0.002)
    assert (true_ml["left"], true_ml["right"]) == (pytest.approx(0.002), pytest.approx(0.001))


def test_only_what_both_slabs_see_belongs_to_a_change() -> None:
    """The other slab lies one slice further back on the body: it misses none, or the last."""
    assert visit().true_ml(QUADRANTS, seen_by=visit(shift_slices=1))["total"] == pytest.approx(
        0.002
    )
    assert visit().true_ml(QUADRANTS, seen_by=visit(shift_slices=-1))["total"] == pytest.approx(
        0.003
    )


@pytest.mark.parametrize("level_ml", [0.0, 0.5, 12.0])
def test_a_real_change_is_one(level_ml) -> None:
    for seed in range(8):
        rng = np.random.default_rng(seed)
        plans = spread_lesions(level_ml, rng)
        later = after_change(plans, rng)
        before, after = (sum(p.volume_ml for p in some) for some in (plans, later))
        assert later != plans
        assert after > 0 or level_ml > 0
        assert abs(after - before) > 0.01


def test_what_comes_before_edema_is_computed_once_and_kept(tmp_path, monkeypatch) -> None:
    scanned = Scanned(seed=5, level_ml=1.0, protocol="default", visits=(visit(),))
    monkeypatch.setattr(
        "lab.benchmark.retests.scan_subject", lambda *_: replace(scanned, stages={})
    )
    asked = []

    def compute(what):
        asked.append(what)
        return what

    for _ in range(2):
        one = read_or_scan(tmp_path, 5, 0)
        run_stage = remembering(one, "given")
        for what in ("first look", "second look"):
            assert run_stage("appearance", ("baseline",), lambda w=what: compute(w)) == what
        assert run_stage("edema", ("baseline",), lambda: compute("edema")) == "edema"
        keep_stages(tmp_path, one, 0)
    assert asked == ["first look", "second look", "edema", "edema"]
    other = remembering(one, "automatic")
    assert other("appearance", ("baseline",), lambda: "its own") == "its own"


def test_without_a_folder_nothing_is_kept(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    scanned = Scanned(seed=5, level_ml=1.0, protocol="default", visits=(visit(),))
    monkeypatch.setattr("lab.benchmark.retests.scan_subject", lambda *_: scanned)
    keep_stages(None, read_or_scan(None, 5, 0), 0)
    assert not list(tmp_path.iterdir())
