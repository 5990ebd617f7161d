"""How near a joint is to another one, and to lines that were read by eye."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from coronal_grid import N_COLUMNS, N_ROWS, N_SLICES, coronal_grid
from typer.testing import CliRunner

from lab.benchmark import rois as benchmark
from lab.benchmark.__main__ import app
from lab.benchmark.rois import CLOSE_MM, column_means, joint_within, within_lines
from lab.labelled_scans import STIR_SHIFT_MM, JointReading, LabelledScan
from mri_bme.sacroiliac import BoneLabel
from mri_bme.settings import RoiSettings
from mri_bme.volume import Volume


def pelvis() -> np.ndarray:
    """Two joints, 1 mm from voxel to voxel."""
    bones = np.full((N_SLICES, N_ROWS, N_COLUMNS), BoneLabel.SACRUM, dtype=np.uint8)
    bones[:, :, :10] = BoneLabel.RIGHT_ILIUM
    bones[:, :, 50:] = BoneLabel.LEFT_ILIUM
    return bones


def lines(left: int) -> JointReading:
    """The right line on the joint, the left one in a column."""
    return {
        bone: {index: [(0, column), (N_ROWS - 1, column)] for index in range(N_SLICES)}
        for bone, column in ((BoneLabel.RIGHT_ILIUM, 9), (BoneLabel.LEFT_ILIUM, left))
    }


@pytest.mark.parametrize(("off_mm", "percent"), [(0, 100.0), (3, 100.0), (4, 50.0)])
def test_a_joint_is_near_to_lines_up_to_three_millimetres(off_mm: int, percent: float) -> None:
    found = within_lines(pelvis(), coronal_grid(), lines(50 + off_mm), RoiSettings())
    assert found == pytest.approx(percent)


def test_a_slice_without_a_line_is_not_near_to_the_next_one() -> None:
    drawn = lines(50)
    del drawn[BoneLabel.LEFT_ILIUM][1]
    found = within_lines(pelvis(), coronal_grid(), drawn, RoiSettings())
    assert found == pytest.approx(100 * (2 * N_SLICES - 1) / (2 * N_SLICES))


def test_a_joint_found_in_part_is_right_and_does_not_cover_the_drawn_one() -> None:
    found = pelvis()
    found[:, 10:] = BoneLabel.BACKGROUND
    found[1] = BoneLabel.BACKGROUND
    covered, right = joint_within(found, pelvis(), coronal_grid(), RoiSettings())
    assert right == 100
    rows_near = 10 + CLOSE_MM
    assert covered == pytest.approx(100 * rows_near / N_ROWS * (N_SLICES - 1) / N_SLICES)


def test_each_held_out_subject_is_measured_with_its_own_weights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def rows(folder: Path, weights: Path) -> Iterator[tuple[str, list[str]]]:
        yield "drawn", ["", "94.6"]
        yield "stir", [weights.read_text(), ""]

    for name, dice in (("sub-1", "0.90"), ("sub-3", "0.93")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "bones.onnx").write_text(dice)
    subjects = [Path(f"data/sub-{i}") for i in (1, 2, 3)]
    monkeypatch.setattr(benchmark, "labelled_folders", lambda _: subjects)
    monkeypatch.setattr(benchmark, "_rows", rows)
    shown = CliRunner().invoke(app, ["rois", "data", "--held-out", str(tmp_path)])
    assert shown.stdout.splitlines()[1:] == [
        "sub-1,drawn,,94.6",
        "sub-1,stir,0.90,",
        "sub-3,drawn,,94.6",
        "sub-3,stir,0.93,",
        "mean,drawn,,94.6",
        "mean,stir,0.92,",
    ]


def test_means_leave_out_what_is_blank_and_keep_what_is_undefined() -> None:
    assert column_means([["1.0", "", "nan"], ["2.5", "3", "1.0"]]) == ["1.8", "3", "nan"]


def test_what_is_found_on_stir_is_compared_where_it_was_drawn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bones, volume = pelvis(), coronal_grid()
    monkeypatch.setitem(STIR_SHIFT_MM, "sub-1", (0.0, 5.0))
    drawn = LabelledScan(name="sub-1", t1=volume, stir=coronal_grid(), bones=bones)

    def found(on: Volume, *_: object, **__: object) -> tuple[np.ndarray, float, tuple[str, ...]]:
        return (bones if on is volume else np.roll(bones, -5, axis=2)), 1.0, ()

    monkeypatch.setattr(benchmark, "read_labelled_scan", lambda _: drawn)
    monkeypatch.setattr(benchmark, "automatic_bones", found)
    monkeypatch.setattr(benchmark, "_reference_offsets", lambda *_: ["0.0", "0.0"])
    rows = dict(benchmark._rows(Path("sub-1"), None))
    for contrast in ("t1w", "stir", "stir and t1w"):
        assert float(rows[contrast][2]) == 1.0  # sacrum
        assert rows[contrast][6] == "100.0"  # joint
