"""Drawings of the room lie on the voxel that was pointed at, whatever grid the scan has.

What went wrong in NiiVue, where others draw, does not go wrong here. Its tracker is at
https://github.com/niivue/niivue/issues; the numbers in the tests are of reports there.
"""

import itertools
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest
from read_study import SHAPE, boxes_are_found, leave_study
from reading_browser import Reader, served_here

pytest.importorskip("starlette")

TILT = 0.4  # radians about the axis from right to left, as a semicoronal slab is
SMALLER = (7, 58, 78)
STROKES = ((4, (40, 66), (40, 70)), (2, (12, 30), (14, 30)))
"""Slice, first and last voxel of each: on the left ilium, and on the right of the sacrum."""


@dataclass(frozen=True)
class Storage:
    """How a scan lies in its file: axes, spacing of slices in mm, tilt, and shape as shown."""

    axes: str
    slices_mm: float = 4.0
    tilt: float = 0.0
    shape: tuple[int, int, int] = SHAPE

    @property
    def ras_from_shown(self) -> np.ndarray:
        """Slice, row and column as shown to the patient: backwards, down, to the left."""
        axes = np.array([[0, 0, -1.0], [-self.slices_mm, 0, 0], [0, -1.0, 0]])
        cos, sin = np.cos(self.tilt), np.sin(self.tilt)
        affine = np.eye(4)
        affine[:3, :3] = np.array([[1, 0, 0], [0, cos, -sin], [0, sin, cos]]) @ axes
        affine[:3, 3] = (40, 10, 30)
        return affine

    def write(self, path: Path, voxels: np.ndarray) -> None:
        shown = voxels[tuple(slice(n) for n in self.shape)]
        affine = self.ras_from_shown[:, [2, 1, 0, 3]]
        image = nib.Nifti1Image(np.ascontiguousarray(shown.transpose(2, 1, 0)), affine)
        wanted = nib.orientations.axcodes2ornt(tuple(self.axes))
        turn = nib.orientations.ornt_transform(nib.io_orientation(affine), wanted)
        turned = image.as_reoriented(turn)
        turned.set_qform(turned.affine, 1)
        turned.set_sform(turned.affine, 1)
        nib.save(turned, path)


STORAGES = {
    ("01", "baseline"): Storage("RAS"),
    ("01", "week14"): Storage("LAS"),
    ("02", "baseline"): Storage("LPS"),
    ("02", "week14"): Storage("ASR"),  # as sagittal files are
    ("03", "baseline"): Storage("LPS", tilt=TILT),
    ("03", "week14"): Storage("RAS", slices_mm=5.0, tilt=TILT, shape=SMALLER),
}


@pytest.fixture(scope="module")
def stored_study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("stored")

    def write(path: Path, voxels: np.ndarray) -> None:
        subject, label = path.name.removesuffix(".nii.gz").split("-")
        STORAGES[subject, label].write(path, voxels)

    with boxes_are_found():
        leave_study(root / "out", root, dict.fromkeys(("01", "02", "03"), ((), ())), write=write)
    return root


@pytest.fixture
def study(stored_study: Path, tmp_path: Path) -> Path:
    out = tmp_path / "out"
    shutil.copytree(stored_study / "out", out)
    return out


def places_of(shape: tuple[int, ...], *strokes: Any) -> set[int]:
    return {
        int(np.ravel_multi_index((slice_, row, column), shape))
        for slice_, (row, column), (to_row, to_column) in strokes
        for row, column in itertools.product(
            range(row, to_row + 1), range(column, to_column + 1)
        )
    }  # fmt: skip


def paint(reader: Reader, visit: int, *strokes: Any) -> None:
    reader.use("paint", radius_mm=0.5)
    for slice_, first, last in strokes:
        reader.look_at(slice_, visit=visit)
        reader.drag(first, last)


def mask_of(out: Path, subject: str, label: str) -> Any:
    return nib.load(next((out / "readings/R1" / f"sub-{subject}").glob(f"*{label}*_mask.nii.gz")))


def test_a_painted_voxel_comes_back_as_that_voxel_on_its_side_however_the_scan_is_stored(
    study: Path, stored_study: Path, chromium: Any
) -> None:
    """1374: saved drawings lay mirrored; 475: voxels were counted from another corner."""
    with served_here(study) as room:
        reader = Reader(chromium, room.links["R1"])
        for subject in ("01", "02", "03"):
            reader.open(f"sub-{subject}")
            for visit, label in enumerate(("baseline", "week14")):
                paint(reader, visit, *STROKES)
                shape = STORAGES[subject, label].shape
                assert set(reader.drawn(visit)) == places_of(shape, *STROKES)
                assert reader.page.evaluate("room.visit.letters.left") == "R"
            reader.saved()
        assert reader.errors == []
    for (subject, label), storage in STORAGES.items():
        scan = nib.load(stored_study / f"{subject}-{label}.nii.gz")
        mask = mask_of(study, subject, label)
        assert nib.aff2axcodes(scan.affine) == tuple(storage.axes)
        assert mask.shape == scan.shape
        assert np.allclose(mask.affine, scan.affine, atol=1e-4)
        drawn = np.argwhere(np.asarray(mask.dataobj))
        found = nib.affines.apply_affine(mask.affine, drawn)
        shown = np.array(
            np.unravel_index(sorted(places_of(storage.shape, *STROKES)), storage.shape)
        )
        expected = nib.affines.apply_affine(storage.ras_from_shown, shown.T)
        assert sorted(found.round(2).tolist()) == sorted(expected.round(2).tolist())
        assert sum(ras[0] < 0 for ras in found) == 5  # of eight voxels, on the patient's left


def test_a_drawing_on_one_grid_is_not_shown_on_another(study: Path, chromium: Any) -> None:
    """471: the drawing of the image before stayed open over one of another size."""
    with served_here(study) as room:
        reader = Reader(chromium, room.links["R1"])
        reader.open("sub-03")
        paint(reader, 1, STROKES[0])
        assert len(reader.drawn(1)) == 5
        reader.open("sub-01")
        shapes = reader.page.evaluate("room.told.visits.map((v) => [v.shape, v.mask.length])")
        assert shapes == [[list(SHAPE), int(np.prod(SHAPE))]] * 2
        assert reader.drawn(0) == reader.drawn(1) == []
        yellow = (
            "room.views.map((v) => { const c = v.canvas; const d = c.getContext('2d')"
            ".getImageData(0, 0, c.width, c.height).data; let n = 0; for (let i = 0; i < d.length;"
            " i += 4) if (d[i] > 230 && d[i + 1] > 190 && d[i + 2] < 120) n += 1; return n; })"
        )
        reader.look_at(4, visit=1)
        assert reader.page.evaluate(yellow) == [0, 0]
        reader.open("sub-03")
        reader.look_at(4, visit=1)
        assert set(reader.drawn(1)) == places_of(SMALLER, STROKES[0])
        assert reader.page.evaluate(yellow)[1] > 20
        assert reader.errors == []


def test_the_next_case_is_drawn_on_at_once_also_after_clearing(study: Path, chromium: Any) -> None:
    """1339: until the old drawing was closed nothing could be drawn, and then hardly anything."""
    with served_here(study) as room:
        reader = Reader(chromium, room.links["R1"])
        reader.open("sub-01")
        paint(reader, 0, STROKES[0])
        reader.open("sub-03")
        paint(reader, 1, STROKES[1])
        assert set(reader.drawn(1)) == places_of(SMALLER, STROKES[1])
        reader.press("Clear this visit")
        reader.until("!room.told.visits[1].mask.some(Boolean)")
        paint(reader, 1, STROKES[0])
        assert set(reader.drawn(1)) == places_of(SMALLER, STROKES[0])
        reader.page.keyboard.press("ArrowDown")
        reader.until("room.view.slice === 5")
        assert reader.errors == []


def test_masks_are_whole_files_with_what_was_drawn_and_with_nothing(
    study: Path, chromium: Any
) -> None:
    """532: nine bytes were saved, which said ``undefined``."""
    with served_here(study) as room:
        reader = Reader(chromium, room.links["R1"])
        reader.open("sub-02")
        paint(reader, 1, *STROKES)
        reader.written()
        for label, n_voxels in (("baseline", 0), ("week14", 8)):
            mask = mask_of(study, "02", label)
            assert sorted(mask.shape) == sorted(SHAPE)
            assert np.count_nonzero(np.asarray(mask.dataobj)) == n_voxels
        reader.press("Clear this visit")
        reader.until("!room.told.visits[1].mask.some(Boolean)")
        reader.written()
        emptied = mask_of(study, "02", "week14")
        assert sorted(emptied.shape) == sorted(SHAPE)
        assert not np.asarray(emptied.dataobj).any()
        assert reader.errors == []
