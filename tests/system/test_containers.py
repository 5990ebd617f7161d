"""What the image of a container is made by, and that a bare root file system is enough."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
RECIPES = ("Containerfile", "Apptainer.def", "lab/release/bare_root.sh")


@pytest.mark.parametrize("recipe", RECIPES)
def test_an_installation_comes_from_a_wheelhouse_alone(recipe: str) -> None:
    text = (ROOT / recipe).read_text(encoding="utf-8")
    assert re.search(r"pip wheel .*--wheel-dir", text)
    installs = re.findall(r"pip install [^\n]*", text)
    assert installs
    assert all("--no-index --find-links" in line for line in installs)


def test_the_image_runs_as_an_ordinary_user_and_writes_no_bytecode() -> None:
    text = (ROOT / "Containerfile").read_text(encoding="utf-8")
    last = text[text.rindex("FROM ") :]
    (user,) = re.findall(r"^USER (\d+)$", last, re.MULTILINE)
    assert int(user) > 0
    assert last.index("USER") < last.index("ENTRYPOINT")
    assert "PYTHONDONTWRITEBYTECODE=1" in last
    assert "MRI_BME_KEY_FILE=/key/" in last


def test_nothing_private_enters_the_image() -> None:
    ignored = (ROOT / ".containerignore").read_text(encoding="utf-8").split()
    assert {".git", "results"} <= set(ignored)
    assert (ROOT / ".dockerignore").read_text("utf-8").split() == ignored


@pytest.mark.skipif(
    "MRI_BME_NIGHTLY" not in os.environ or shutil.which("debootstrap") is None or os.geteuid() != 0,
    reason="long: needs MRI_BME_NIGHTLY=1, root and debootstrap",
)
def test_a_bare_root_file_system_without_a_network_is_enough(tmp_path: Path) -> None:
    done = subprocess.run(
        ["bash", str(ROOT / "lab" / "release" / "bare_root.sh"), str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "out" / "changes.csv").is_file()
