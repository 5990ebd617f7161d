"""Attacks on whole runs of the command: codes, choices, files beside the one named, Ctrl-C."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dicom_files import one_slice, save, save_series

import mri_bme
from mri_bme.cli import main
from mri_bme.export.nifti import write_nifti
from mri_bme.volume import VolumeGeometry

GRID = VolumeGeometry(shape=(6, 20, 24), lps_from_index=np.diag([-8.0, -5.0, 5.0, 1.0]))
ENVIRONMENT = os.environ | {"PYTHONPATH": str(Path(str(mri_bme.__file__)).parents[1])}
NIGHTLY = pytest.mark.skipif(
    not os.environ.get("MRI_BME_NIGHTLY"), reason="takes long: MRI_BME_NIGHTLY=1"
)


def run(*arguments: object) -> int:
    try:
        main(["run", *map(str, arguments), "--jobs", "1"])
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def manifest_of(folder: Path, *subjects: str) -> Path:
    """One small scan, under the codes of several subjects."""
    folder.mkdir(exist_ok=True)
    voxels = np.random.default_rng(0).normal(100, 9, GRID.shape).astype(np.float32)
    write_nifti(folder / "scan.nii.gz", voxels, GRID, stored=GRID)
    path = folder / "manifest.csv"
    rows = [f"{subject},baseline,scan.nii.gz" for subject in subjects]
    path.write_text("\n".join(["subject,visit,path", *rows]) + "\n")
    return path


def subjects_of(out: Path, table: str = "subjects.csv") -> list[str]:
    with (out / table).open(newline="") as stream:
        return [row["subject"] for row in csv.DictReader(stream)]


def totals_of(out: Path) -> list[str]:
    with (out / "visits.csv").open(newline="") as stream:
        return sorted(r["subject"] for r in csv.DictReader(stream) if r["region"] == "total")


@pytest.mark.parametrize("pair", [("A1", "a1"), ("02-01", "0201")])
def test_codes_that_differ_by_case_or_a_dash_have_their_rows_once(
    tmp_path: Path, pair: tuple[str, str]
) -> None:
    first, second = pair
    out = tmp_path / "out"
    for codes in ((first,), (first, second), (second, first)):
        assert run(tmp_path, out, "--manifest", manifest_of(tmp_path / "in", *codes)) in {3, 4}
        assert sorted(subjects_of(out)) == sorted(codes)
        assert totals_of(out) == sorted(codes)
    left = [path.name.lower() for path in out.glob("sub-*")]
    assert len(set(left)) == len(left) >= 2  # apart on file systems that ignore case, too


def test_to_exclude_12_leaves_1_and_2(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text('[run]\nexclude = "12"\n')
    manifest = manifest_of(tmp_path / "in", "1", "2", "12")
    assert run(tmp_path, tmp_path / "out", "--manifest", manifest, "--config", config) in {3, 4}
    assert subjects_of(tmp_path / "out") == ["1", "2"]


def status_of(out: Path) -> dict[str, Any]:
    (path,) = out.glob("sub-*/status.json")
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def test_a_series_named_by_one_file_is_measured_again_when_another_one_changed(
    tmp_path: Path,
) -> None:
    source, out = tmp_path / "in", tmp_path / "out"
    save_series(source / "series")
    manifest = source / "manifest.csv"
    manifest.write_text("subject,visit,path\n1,baseline,series/IM0000\n")
    run(source, out, "--manifest", manifest)
    first = status_of(out)
    run(source, out, "--manifest", manifest)
    assert status_of(out)["run_id"] == first["run_id"]  # nothing to do
    changed = one_slice(4)
    changed.PixelData = bytes(len(changed.PixelData))
    before = (source / "series" / "IM0004").stat()
    save(changed, source / "series" / "IM0004")
    os.utime(source / "series" / "IM0004", ns=(before.st_atime_ns, before.st_mtime_ns))
    run(source, out, "--manifest", manifest)
    again = status_of(out)
    assert again["run_id"] != first["run_id"]
    assert [i["sha256"] for i in again["inputs"]] != [i["sha256"] for i in first["inputs"]]


def interrupted(name: str, source: Path) -> "subprocess.CompletedProcess[str]":
    """Run with a Ctrl-C at the moment that a module is loaded, however fast the machine is."""
    program = (
        "import os, signal, sys\n"
        "def hear(event, arguments):\n"
        f"    if event == 'import' and arguments[0] == {name!r}:\n"
        "        os.kill(os.getpid(), signal.SIGINT)\n"
        "from mri_bme.__main__ import main\n"
        "sys.addaudithook(hear)\n"
        f"sys.argv = ['mri-bme', 'run', {str(source)!r}, {str(source.parent / 'out')!r}]\n"
        "main()\n"
    )
    return subprocess.run(
        [sys.executable, "-c", program],
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.mark.parametrize("name", ["typer", "numpy", "scipy", "mri_bme.batch.discover"])
def test_ctrl_c_while_libraries_load_is_one_line(name: str, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    done = interrupted(name, tmp_path / "in")
    assert done.returncode == 130
    assert done.stderr == "mri-bme: interrupted; run the same command again to go on\n"
    assert not (tmp_path / "out").exists()


@NIGHTLY
@pytest.mark.parametrize("seconds", [0.1, 0.2, 0.5, 1, 1.5, 2])
def test_ctrl_c_at_any_time_is_no_traceback(seconds: float, tmp_path: Path) -> None:
    manifest = manifest_of(tmp_path / "in", "1", "2", "3")
    line = ["run", str(tmp_path / "in"), str(tmp_path / "out"), "--manifest", str(manifest)]
    program = (
        "import sys\n"
        "from mri_bme.__main__ import main\n"
        "print('here', flush=True)\n"  # before, it is the interpreter that is interrupted
        "main()\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program, *line, "--jobs", "1"],
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "here\n"
    time.sleep(seconds)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=120)
    assert process.returncode in {130, 3, 4}  # 3, 4: what ran was finished, and this is its end
    assert all(line.startswith("mri-bme: ") for line in errors.splitlines()), errors
    assert len(errors.splitlines()) == 1 or "press Ctrl-C again to abandon" in errors


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
def test_a_key_that_anyone_can_read_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    key, out = tmp_path / "key", tmp_path / "out"
    monkeypatch.setenv("MRI_BME_KEY_FILE", str(key))
    save_series(tmp_path / "in")
    key.write_bytes(bytes(range(32)))
    for mode in (0o644, 0o640, 0o604):
        key.chmod(mode)
        assert run(tmp_path / "in", out) == 1
        assert "chmod 600" in capsys.readouterr().err
    assert not out.exists()
    key.chmod(0o600)
    assert run(tmp_path / "in", out) in {3, 4}
    assert key.read_bytes() == bytes(range(32))
