"""Readings are plain files on the grid that was acquired, and lose nothing."""

import json
from datetime import UTC, datetime
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from mri_bme.errors import GeometryMismatch, InvalidVoxels, OutputRefused, UnreadableInput
from mri_bme.export.nifti import write_nifti
from mri_bme.intake.nifti import read_nifti, read_nifti_geometry
from mri_bme.readings.reading import stroke_entry
from mri_bme.readings.shelf import (
    Grid,
    Kept,
    Outrun,
    Place,
    find_readings,
    signed_masks,
    take_up,
)
from mri_bme.readings.strokes import Stroke

SHAPE = (5, 9, 11)
TILT = np.array([[1, 0, 0], [0, np.cos(0.4), -np.sin(0.4)], [0, np.sin(0.4), np.cos(0.4)]])
AXES = {
    "RAS": np.diag([1.1, 1.2, 5.0]),
    "LAS": np.diag([-1.1, 1.2, 5.0]),
    "LPS": np.diag([-1.1, -1.2, 5.0]),
    "oblique": TILT @ np.diag([-1.1, -1.2, 5.0]),
    "sagittal": np.array([[0, 0, 5.0], [1.1, 0, 0], [0, -1.2, 0]]),
    "coronal": np.array([[1.1, 0, 0], [0, 0, 5.0], [0, 1.2, 0]]),
    "gapped": np.diag([0.8, 0.8, 6.6]),
}


def place(out: Path) -> Place:
    return Place(out=out, reader="R1", folder="sub-01", name="sub-01")


def grid_of(tmp_path: Path, axes: np.ndarray) -> Grid:
    """A scan as a file lies, read into the order in which it is shown."""
    affine = np.eye(4)
    affine[:3, :3], affine[:3, 3] = axes, (10, -20, 30)
    path = tmp_path / "scan.nii.gz"
    voxels = np.random.default_rng(1).normal(100, 5, SHAPE).astype(np.float32)
    image = nib.Nifti1Image(voxels, affine)
    image.set_qform(affine, 1)
    image.set_sform(affine, 1)
    nib.save(image, path)
    shown = read_nifti(path).geometry
    return Grid(geometry=shown, stored=read_nifti_geometry(path), session="baseline")


def opened(out: Path, grid: Grid) -> Kept:
    return take_up(
        place(out), {"baseline": np.zeros(grid.geometry.shape, bool)}, from_outlines=False
    )


def painted(where: int) -> dict:
    return stroke_entry(
        Stroke(visit="baseline", tool="paint", on=np.array([where]), off=np.zeros(0, int))
    )


@pytest.mark.parametrize("axes", AXES.values(), ids=AXES.keys())
def test_a_painted_voxel_is_that_voxel_of_the_file(tmp_path: Path, axes: np.ndarray) -> None:
    grid = grid_of(tmp_path, axes)
    kept = opened(tmp_path, grid)
    shown = (np.array(grid.geometry.shape) * (0.2, 0.6, 0.8)).astype(int)
    kept.add(painted(int(np.ravel_multi_index(tuple(shown), grid.geometry.shape))))
    kept.write_files({"baseline": grid})
    mask = nib.load(kept.place.mask_path("baseline"))
    scan = nib.load(tmp_path / "scan.nii.gz")
    assert mask.shape == scan.shape
    assert np.allclose(mask.affine, scan.affine, atol=1e-5)
    (index,) = np.argwhere(np.asarray(mask.dataobj))
    ras = nib.affines.apply_affine(mask.affine, index)
    lps = grid.geometry.points_lps(shown)
    assert np.allclose(ras, lps * (-1, -1, 1), atol=1e-4)
    assert np.argwhere(
        signed_masks(kept.place, {"baseline": grid})["baseline"].voxels
    ).tolist() == [shown.tolist()]


@pytest.fixture
def grid(tmp_path: Path) -> Grid:
    return grid_of(tmp_path, AXES["RAS"])


def test_what_was_acknowledged_outlives_a_killed_room(tmp_path: Path, grid: Grid) -> None:
    kept = opened(tmp_path, grid)
    kept.add(painted(7))
    kept.add({"what": "score", "visit": "baseline", "name": "asas", "value": True})
    again = opened(tmp_path, grid)  # no file was written but the log
    assert again.reading.version == 2
    assert np.flatnonzero(again.reading.masks["baseline"]).tolist() == [7]
    assert again.reading.scores["baseline"] == {"asas": True}


def test_a_second_tab_that_saw_an_older_version_changes_nothing(tmp_path: Path, grid: Grid) -> None:
    kept = opened(tmp_path, grid)
    kept.add(painted(7), seen=0)
    with pytest.raises(Outrun, match="another tab"):
        kept.add(painted(8), seen=0)
    assert np.flatnonzero(kept.reading.masks["baseline"]).tolist() == [7]


def test_a_full_disk_changes_nothing(
    tmp_path: Path, grid: Grid, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = opened(tmp_path, grid)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr("mri_bme.readings.audit.os.fsync", full)
        with pytest.raises(OutputRefused, match="not kept"):
            kept.add(painted(7))
    assert not kept.reading.masks["baseline"].any()
    kept.add(painted(8))
    assert np.flatnonzero(opened(tmp_path, grid).reading.masks["baseline"]).tolist() == [8]


def test_signing_locks_until_an_amendment(tmp_path: Path, grid: Grid) -> None:
    kept = opened(tmp_path, grid)
    kept.add({"what": "signed"})
    with pytest.raises(OutputRefused, match="signed"):
        kept.add(painted(7))
    kept.add({"what": "amended", "reason": "wrong side"})
    kept.add(painted(7))
    assert [x["what"] for x in _log(kept)] == ["opened", "signed", "amended", "stroke"]


def _log(kept: Kept) -> list[dict]:
    path = kept.place.path / "audit.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_there_is_nothing_to_undo_at_the_start(tmp_path: Path, grid: Grid) -> None:
    with pytest.raises(InvalidVoxels, match="nothing to undo"):
        opened(tmp_path, grid).add({"what": "undo"})


def test_a_mask_changed_behind_the_log_is_not_what_was_signed(tmp_path: Path, grid: Grid) -> None:
    kept = opened(tmp_path, grid)
    kept.add({"what": "signed"})
    kept.write_files({"baseline": grid})
    mask = np.zeros(grid.geometry.shape, bool)
    mask[1, 1, 1] = True
    path = kept.place.mask_path("baseline")
    write_nifti(path, mask, grid.geometry, stored=grid.stored)
    with pytest.raises(UnreadableInput, match="not what was signed"):
        signed_masks(kept.place, {"baseline": grid})


def test_a_mask_of_another_grid_is_refused(tmp_path: Path, grid: Grid) -> None:
    kept = opened(tmp_path, grid)
    kept.write_files({"baseline": grid})
    other = tmp_path / "other"
    other.mkdir()
    elsewhere = grid_of(other, AXES["gapped"])
    write_nifti(
        kept.place.mask_path("baseline"),
        np.zeros(elsewhere.geometry.shape, bool),
        elsewhere.geometry,
        stored=elsewhere.stored,
    )
    with pytest.raises(GeometryMismatch, match="mask of sub-01 by R1"):
        signed_masks(kept.place, {"baseline": grid})


def test_a_reading_of_other_scans_is_not_taken_up(tmp_path: Path, grid: Grid) -> None:
    opened(tmp_path, grid)
    with pytest.raises(UnreadableInput, match="other scans"):
        take_up(place(tmp_path), {"baseline": np.zeros((2, 2, 2), bool)}, from_outlines=False)


def test_readings_are_found_with_what_was_scored(tmp_path: Path, grid: Grid) -> None:
    kept = take_up(
        place(tmp_path),
        {"baseline": np.zeros(grid.geometry.shape, bool)},
        from_outlines=True,
        clock=lambda: datetime(2030, 1, 1, tzinfo=UTC),
    )
    kept.add({"what": "score", "visit": "baseline", "name": "quality", "value": "good"})
    kept.add({"what": "signed"})
    kept.write_files({"baseline": grid})
    ((where, summary),) = find_readings(tmp_path)
    assert where == kept.place
    assert summary["signed"] is True
    assert summary["visits"]["baseline"]["scores"] == {"quality": "good"}
