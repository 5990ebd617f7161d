"""What users install is what was tested: the package and nothing beside it."""

import importlib.metadata
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import lab
import mri_bme

ROOT = Path(__file__).parents[2]
IN_GATE = "MRI_BME_GATE" in os.environ
LEFT_BEHIND = {"__pycache__", ".pyc"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Names of all files in a wheel built from this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    builder = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    done = subprocess.run(builder, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (path,) = folder.glob("*.whl")
    with zipfile.ZipFile(path) as archive:
        return archive.namelist()


def test_the_wheel_holds_the_package_and_nothing_else(wheel: list[str]) -> None:
    tops = {name.split("/")[0] for name in wheel}
    assert len(tops) == 2
    assert {top.split("-")[0] for top in tops} == {"mri_bme"}


def test_the_wheel_holds_every_file_of_the_package(wheel: list[str]) -> None:
    ours = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "mri_bme").rglob("*")
        if path.is_file() and not LEFT_BEHIND & {path.suffix, path.parent.name}
    }
    assert {name for name in wheel if name.startswith("mri_bme/")} == ours


def is_installed_as_a_wheel() -> bool:
    try:
        distribution = importlib.metadata.distribution("mri-bme")
    except importlib.metadata.PackageNotFoundError:
        return False
    origin = json.loads(distribution.read_text("direct_url.json") or "{}")
    return not origin.get("dir_info", {}).get("editable", False)


@pytest.mark.skipif(
    not IN_GATE and not is_installed_as_a_wheel(), reason="a checkout is tested, not a wheel"
)
def test_tests_and_the_programs_they_start_use_the_installed_wheel() -> None:
    assert is_installed_as_a_wheel()
    installed = importlib.metadata.distribution("mri-bme").locate_file("mri_bme")
    assert "site-packages" in str(installed)
    program = "import mri_bme; print(mri_bme.__file__)"
    started = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    for found in (str(mri_bme.__file__), started.stdout.strip()):
        assert Path(found).parent == Path(str(installed))
    assert Path(str(lab.__file__)).parent == ROOT / "lab"
