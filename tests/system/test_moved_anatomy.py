"""Anatomy moved in the reading room gives what `run` gives on the same anatomy, to the byte.

The run is given the folder of the reader as it lies there, with masks and log.
Nothing is replaced here: visits are registered by the marrow that they have after the move.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from moved_anatomy import MOTION, anatomy, motion_of, moved
from read_study import LABELS
from room_client import KEY, Browser

from mri_bme.batch.read_by import READ_TABLES
from mri_bme.batch.recall import recall_subject
from mri_bme.batch.status import read_status
from mri_bme.cli import main
from mri_bme.export.nifti import dicom_storage_geometry, write_nifti
from mri_bme.readings.shelf import ENDINGS
from mri_bme.readings.task import Task
from mri_bme.record.subjects import rows_of
from mri_bme.volume import Volume

pytest.importorskip("starlette")

EVEN = (
    *("--jobs", "1", "--set", 'appearance.when_impossible="flag"'),
    *("--set", "appearance.compare_given=false", "--set", 'segment.judge="rules"'),
)
"""Blobs of tissue are no scan of a person."""
SHAPE = (24, 96, 96)
MOVE = {"what": "joint", "visit": 0, "side": "left", "slice": 12, "reach": 4,
        "line": [[12, 68], [80, 70]]}  # fmt: skip


def quadrants() -> np.ndarray:
    """Two vertical joints, sacrum between them."""
    labels = np.zeros(SHAPE, dtype=np.uint8)
    for level, rows in (("upper", slice(10, 46)), ("lower", slice(46, 84))):
        for side, iliac, sacral in (
            ("right", slice(8, 32), slice(35, 48)),
            ("left", slice(65, 88), slice(48, 62)),
        ):
            labels[4:20, rows, iliac] = LABELS[side, "ilium", level]
            labels[4:20, rows, sacral] = LABELS[side, "sacrum", level]
    return labels


def write_visits(folder: Path) -> Path:
    """Scan the same tissue at two visits, with edema at the first; gives the manifest."""
    folder.mkdir()
    before = anatomy(3)
    after = moved(before, motion_of(*MOTION), before.geometry)
    voxels = before.voxels.copy()
    voxels[8:14, 20:36, 68:80] += 1500
    rows = ["subject,visit,path,rois"]
    stored = dicom_storage_geometry(before.geometry)
    for visit, volume in (("baseline", replace(before, voxels=voxels)), ("week14", after)):
        _write(folder / f"{visit}.nii.gz", volume)
        write_nifti(folder / f"{visit}-rois.nii.gz", quadrants(), volume.geometry, stored=stored)
        rows.append(f"01,{visit},{visit}.nii.gz,{visit}-rois.nii.gz")
    manifest = folder / "manifest.csv"
    manifest.write_text("\n".join(rows) + "\n")
    return manifest


def _write(path: Path, volume: Volume) -> None:
    voxels, stored = volume.voxels.round().astype(np.int16), dicom_storage_geometry(volume.geometry)
    write_nifti(path, voxels, volume.geometry, stored=stored)


def run(source: Path, out: Path, *words: object) -> None:
    with pytest.raises(SystemExit) as ended:
        main([str(word) for word in ("run", source, out, *words, *EVEN)])
    assert not ended.value.code


def test_moved_anatomy_is_measured_as_a_run_measures_it(tmp_path: Path) -> None:
    source = tmp_path / "in"
    out, again = tmp_path / "out", tmp_path / "again"
    manifest = write_visits(source)
    run(source, out, "--manifest", manifest)
    from mri_bme.reading_room.room import Room  # noqa: PLC0415  an extra

    room = Room(out, Task(), key=KEY)
    browser = Browser(room)
    (code,) = browser.codes
    assert browser.act(code, {**MOVE, "version": 0}).json()["moved"] is True
    below = [n for index in range(SHAPE[0]) for n in ((index * 96 + 70) * 96, 26 * 96)]
    erase = {"what": "marrow", "visit": 0, "label": 0, "on": below, "version": 1}
    assert browser.act(code, erase).json()["moved"] is True
    browser.get(f"/api/case/{code}/numbers")
    case = room.case("R1", code)
    done = {"what": "score", "name": "read", "value": True}
    for n in range(2):
        browser.act(code, {**done, "visit": n, "version": 2 + n})
    assert browser.act(code, {"what": "sign", "version": 4}).status_code == 200
    run(source, again, "--manifest", manifest, "--rois-dir", out / "readings" / "R1")
    assert sorted(path.name for path in (again / "corrections").glob("sub-*")) == [
        case.kept.place.anatomy_path("baseline", layer).name for layer in ENDINGS
    ]
    shown, ran = case.program, recall_subject(again, "sub-01").result
    before, after, anew = (
        found.registrations["week14"] for found in (case.subject.result, shown, ran)
    )
    assert anew.quality.accepted
    assert not np.array_equal(anew.moving_from_fixed.b_from_a, before.moving_from_fixed.b_from_a)
    assert after.moving_from_fixed.b_from_a.tobytes() == anew.moving_from_fixed.b_from_a.tobytes()
    assert after.quality == anew.quality
    status = read_status(again, "sub-01")
    assert status is not None
    rows = rows_of("01", shown)
    for table in READ_TABLES:
        assert [dict(row) for row in rows[table]] == [dict(row) for row in status.rows[table]], (
            table
        )
    assert shown.visits[0].burden.regions["total"].edema_ml > 1
    doubts = browser.case(code)["visits"][0]["doubts"]
    assert doubts
    assert {f"baseline: {doubt}" for doubt in doubts} <= set(status.flags)
