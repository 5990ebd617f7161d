"""Whole runs that two readers and an adjudicator read: `--read-by consensus` of each command."""

import csv
from pathlib import Path

import numpy as np
import pytest
from read_study import (
    LESION,
    drawn,
    quadrants,
    scans_in,
    sign,
    write_as_from_dicom,
)

from mri_bme.cli import main
from mri_bme.readings.kept_task import keep_task
from mri_bme.readings.task import Task

NEARLY = (slice(2, 5), slice(15, 26), slice(62, 74))
HALF = (slice(2, 5), slice(15, 21), slice(62, 74))
MARROW = (slice(0, 8), slice(10, 50), slice(37, 43))
TASK = Task(readers=("R1", "R2"), adjudicator="A1", adjudicate_beyond_ml=0.5)
AGREED, ALONE = "12"
EVEN = (
    *("--jobs", "1", "--set", 'appearance.when_impossible="flag"'),
    *("--set", "appearance.compare_given=false"),
)
"""Boxes of even marrow, without air and fluid, are no scan of a person."""
Rows = dict[str, dict[str, str]]


def ended(*words: object) -> int:
    with pytest.raises(SystemExit) as ending:
        main([str(word) for word in words])
    return int(ending.value.code or 0)


def rows(path: Path, **where: str) -> Rows:
    """Rows by subject."""
    wanted = {"region": "total", **where} if path.stem != "subjects" else {}
    with path.open(newline="") as stream:
        found = [r for r in csv.DictReader(stream) if wanted.items() <= r.items()]
    return {row["subject"]: row for row in found}


def read(out: Path, subject: str, *boxes: tuple[slice, ...]) -> None:
    keep_task(out, TASK)
    for reader, box in zip(("R1", "R2"), boxes, strict=False):
        sign(out, reader, f"sub-{subject}", {"baseline": drawn(box)})


AGREED_ML, ADJUDICATED_ML = (432 + 396) / 2 * 0.004, 216 * 0.004


def told(path: Path, subject: str, column: str, **where: str) -> tuple[str, float | str]:
    """Who stands behind a number, and the number; of none the reason."""
    row = rows(path, **where)[subject]
    assert row["read_by"] == "consensus"
    number = row[column]
    return row["read_from"], abs(float(number)) if number else row["reason"]


def test_report_and_stats_tell_the_consensus_and_who_stands_behind_it(
    study: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    visits, changes = study / "visits.csv", study / "changes.csv"
    before = visits.read_bytes()
    read(study, "01", LESION, NEARLY)
    read(study, "02", LESION, HALF)
    assert ended("report", study, "--read-by", "consensus") == 4
    differs = "readers differ, not adjudicated yet: baseline: volume differs by 0.864 mL"
    assert f"mri-bme: sub-02: {differs}\n" in capsys.readouterr().err
    agreed = "mean of R1, R2", pytest.approx(AGREED_ML, rel=1e-4)
    assert told(visits, "01", "edema_ml", visit="baseline") == agreed
    assert told(changes, "01", "change_ml") == agreed
    assert told(visits, "02", "edema_ml", visit="baseline") == ("", differs)
    assert told(changes, "02", "change_ml") == ("", differs)
    sign(study, "consensus", "sub-02", {"baseline": drawn(HALF)})
    (study / "provenance.json").write_text('{"versions": {"mri_bme": "1.0"}, "machine": {}}')
    assert ended("stats", study, "--read-by", "R1", "--claim") == 0
    assert "Edema is that of reader R1." in (study / "stats" / "CLAIM.md").read_text("utf-8")
    assert ended("stats", study, "--read-by", "consensus") == 0
    adjudicated = "adjudicated", pytest.approx(ADJUDICATED_ML, rel=1e-4)
    assert told(study / "stats" / "read" / "changes.csv", "02", "change_ml") == adjudicated
    assert ended("report", study, "--read-by", "consensus") == 0
    assert told(visits, "02", "edema_ml", visit="baseline") == adjudicated
    assert told(visits, "01", "edema_ml", visit="baseline") == agreed
    assert ended("report", study, "--read-by", "auto") == 0
    assert visits.read_bytes() == before


def test_a_run_tells_the_consensus_and_the_next_one_the_program_again(tmp_path: Path) -> None:
    source, out = tmp_path / "in", tmp_path / "out"
    source.mkdir()
    scans_in(source)
    write_as_from_dicom(source / "rois.nii.gz", quadrants())
    write_as_from_dicom(source / "normal.nii.gz", drawn(MARROW).astype(np.uint8))
    lines = [f"{subject},baseline,01-baseline.nii.gz,rois.nii.gz,normal.nii.gz" for subject in "12"]
    manifest = tmp_path / "m.csv"
    manifest.write_text("\n".join(["subject,visit,path,rois,reference", *lines]) + "\n")
    words = ["run", source, out, "--manifest", manifest, *EVEN]
    assert ended(*words) == 0
    before = (out / "visits.csv").read_bytes()
    read(out, AGREED, LESION, NEARLY)
    read(out, ALONE, LESION)
    assert ended(*words, "--read-by", "consensus") == 4
    found = rows(out / "visits.csv")
    assert found[AGREED]["read_from"] == "mean of R1, R2"
    assert float(found[AGREED]["edema_ml"]) == pytest.approx(414 * 0.004, rel=1e-4)
    assert (found[ALONE]["edema_ml"], found[ALONE]["read_by"]) == ("", "consensus")
    assert "lesions.csv" in rows(out / "subjects.csv")[AGREED]["flags"]
    subject = rows(out / "subjects.csv")[ALONE]
    assert (subject["status"], subject["stage"]) == ("not_evaluable", "reading")
    assert subject["reason"].startswith("read by R1 only")
    assert ended(*words) == 0
    assert (out / "visits.csv").read_bytes() == before
