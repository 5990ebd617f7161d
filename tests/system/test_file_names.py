"""File names are often names of people: none leaves a manifest, whatever is wrong with its file."""

import re
from pathlib import Path

import nibabel
import numpy as np
import pytest
from dicom_files import one_slice, save
from every_byte import contents

from mri_bme.cli import main

NAMES = {
    "cut": "=cmd zqxwv1 \x1b]0;zqxwv2\x07.nii.gz",
    "no volume": "-zqxwv3.nii",
    "drawn elsewhere": "zqxwv4.seg.nrrd",
    "no lines": "@zqxwv5.mrk.json",
    "empty lines": "zqxwv6.csv",
    "no label map": "zqxwv7.dcm",
    "folder": "zqxwv8",
    "gone": "zqxwv9.nii.gz",
    "slice": "zqxwv10.dcm",
    "pair": "zqxwv11.hdr",
}
MARK = re.compile(rb"zqxwv\d*|\x1b|=cmd")


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    """Every kind of file under a name that nobody else may see, each wrong in its way."""
    folder = tmp_path / "in"
    folder.mkdir()
    for name in NAMES.values():
        if name not in (NAMES["folder"], NAMES["gone"], NAMES["slice"]):
            (folder / name).write_bytes(b"\x1f\x8b" + bytes(400))
    (folder / NAMES["folder"]).mkdir()
    save(one_slice(0), folder / NAMES["slice"])
    good = scan(folder / "good.nii.gz")
    rows = [f"{n:02d},baseline,{name}," for n, name in enumerate(NAMES.values())]
    rows += [f"5{n},baseline,{good},{name}" for n, name in enumerate(NAMES.values())]
    path = folder / "manifest.csv"
    path.write_text("\n".join(["subject,visit,path,bones", *rows]) + "\n")
    return path


def run(*arguments: object) -> None:
    with pytest.raises(SystemExit) as stop:
        main([str(argument) for argument in arguments])
    assert stop.value.code in (0, 3, 4)


def scan(path: Path) -> str:
    voxels = np.random.default_rng(1).normal(100, 9, (24, 24, 6)).astype(np.float32)
    nibabel.save(nibabel.Nifti1Image(voxels, np.diag([6, 6, 9, 1.0])), path)
    return path.name


@pytest.mark.parametrize("column", ["bones", "joint", "rois", "reference", "t1"])
def test_no_file_name_leaves_a_run(
    manifest: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], column: str
) -> None:
    manifest.write_text(manifest.read_text().replace("bones", column))
    run("run", manifest.parent, tmp_path / "out", "--manifest", manifest, "--jobs", 1)
    assert marks(tmp_path / "out", capsys) == set()
    lines = (tmp_path / "out" / "subjects.csv").read_text()
    assert lines.count("failed") >= len(NAMES)  # each has its row, and its reason


@pytest.mark.parametrize("command", ["inspect", "dry run"])
def test_no_file_name_leaves_a_look(
    manifest: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    if command == "inspect":
        run("inspect", manifest.parent, "--manifest", manifest)
    else:
        run("run", manifest.parent, tmp_path / "out", "--manifest", manifest, "--dry-run")
    assert marks(tmp_path / "out", capsys) == set()


def marks(out: Path, capsys: pytest.CaptureFixture[str]) -> set[tuple[str, bytes]]:
    """Where a mark is, on the terminal or in any byte that was written."""
    said = capsys.readouterr()
    assert said.out + said.err
    places = [("terminal", (said.out + said.err).encode()), *contents(out)]
    return {(where, mark) for where, data in places for mark in MARK.findall(data) if not_png(mark)}


def not_png(mark: bytes) -> bool:
    """Tell a mark from a byte of a picture that happens to be an escape."""
    return mark != b"\x1b"
