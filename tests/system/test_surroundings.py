"""Locale, time zone, hash seed, threads and the place of the files change no result."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from mri_bme.export.phantom_files import write_phantom
from mri_bme.phantom import PhantomSubject

HERE = {"LC_ALL": "C", "TZ": "UTC", "PYTHONHASHSEED": "1", "OMP_NUM_THREADS": "1"}
ELSEWHERE = {
    "LC_ALL": "en_US.UTF-8",
    "TZ": "Pacific/Kiritimati",
    "PYTHONHASHSEED": "2",
    "OMP_NUM_THREADS": "2",
    "OPENBLAS_NUM_THREADS": "2",
    "ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS": "2",
}
RESULTS = ("*.csv", "*.nii.gz", "*.tfm", "report.html")


def results_of(scans: Path, out: Path, surroundings: dict[str, str]) -> dict[str, bytes]:
    """Run in some surroundings; what was found, by name."""
    command = [sys.executable, "-m", "mri_bme", "run", str(scans), str(out), "--jobs", "1"]
    environment = {k: v for k, v in os.environ.items() if k not in {"LANG", *ELSEWHERE}}
    done = subprocess.run(
        command, env=environment | surroundings, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    found = (path for pattern in RESULTS for path in out.rglob(pattern))
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in found}


@pytest.mark.skipif("MRI_BME_NIGHTLY" not in os.environ, reason="long: needs MRI_BME_NIGHTLY=1")
def test_results_are_the_same_bytes_in_other_surroundings(
    small_phantom: PhantomSubject, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    write_phantom(small_phantom, tmp_path / "scans")
    here = results_of(tmp_path / "scans", tmp_path / "out", HERE)
    mounted = tmp_path_factory.mktemp("mnt") / "Größe 1" / "scans"
    shutil.copytree(tmp_path / "scans", mounted)
    there = results_of(mounted, mounted.parent / "results of it", ELSEWHERE)
    assert {"changes.csv", "visits.csv", "lesions.csv"} <= here.keys()
    assert here.keys() == there.keys()
    assert [name for name in here if here[name] != there[name]] == []
