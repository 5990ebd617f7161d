"""What is released is the same bytes each time, and passes the checks of others."""

import importlib.util
import json
import os
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

from lab.release import artefacts
from lab.release.artefacts import build_twice, check, write_bill_of_materials
from mri_bme.version import __version__

IN_GATE = "MRI_BME_GATE" in os.environ
pytestmark = pytest.mark.skipif(
    not IN_GATE and importlib.util.find_spec("twine") is None,
    reason="the tools of a release are not installed (pip install '.[release]')",
)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ...]:
    folder = tmp_path_factory.mktemp("release")
    return tuple(folder / name for name in sorted(build_twice(folder)))


def test_two_builds_are_the_same_bytes_and_pass_the_checks(built: tuple[Path, ...]) -> None:
    names = [path.name for path in built]
    assert names == [f"mri_bme-{__version__}-py3-none-any.whl", f"mri_bme-{__version__}.tar.gz"]
    check(built)


def test_what_others_made_is_shipped_with_its_licence(built: tuple[Path, ...]) -> None:
    with zipfile.ZipFile(built[0]) as wheel:
        names = wheel.namelist()
        (notice,) = (name for name in names if name.endswith("licenses/NOTICE"))
        said = wheel.read(notice).decode()
    assert any(name.endswith("licenses/LICENSE") for name in names)
    for name in names:
        if name.endswith((".npz", ".onnx")):
            assert name in said, "data of others must be named in NOTICE"


def test_the_source_archive_holds_what_its_tests_need(built: tuple[Path, ...]) -> None:
    with tarfile.open(built[1]) as archive:
        tops = {name.split("/")[1] for name in archive.getnames() if "/" in name}
    needed = {"mri_bme", "lab", "tests", "docs", "notebooks", "sample_data", "mkdocs.yml", "NOTICE"}
    assert needed <= tops


def test_a_build_that_differs_is_noticed(monkeypatch, tmp_path: Path) -> None:
    def build(folder: Path, source: Path) -> tuple[Path, ...]:
        path = folder / "a.whl"
        path.write_text(str(folder))
        return (path,)

    monkeypatch.setattr(artefacts, "build", build)
    with pytest.raises(ValueError, match=r"differ: a\.whl"):
        build_twice(tmp_path)


def test_what_a_check_says_is_told(tmp_path: Path) -> None:
    wrong = tmp_path / "mri_bme-0.1.0-py3-none-any.whl"
    wrong.write_bytes(b"no wheel")
    with pytest.raises(ValueError, match="twine check failed"):
        check((wrong,))


def test_the_bill_of_materials_lists_what_is_installed(
    built: tuple[Path, ...], tmp_path: Path
) -> None:
    venv.create(tmp_path / "clean", with_pip=False)
    (packages,) = (tmp_path / "clean").rglob("site-packages")
    with zipfile.ZipFile(built[0]) as wheel:
        wheel.extractall(packages, [name for name in wheel.namelist() if ".dist-info/" in name])
    (python,) = (tmp_path / "clean").glob("*/python" if os.name != "nt" else "*/python.exe")
    write_bill_of_materials(tmp_path / "bill.json", str(python))
    bill = json.loads((tmp_path / "bill.json").read_text(encoding="utf-8"))
    assert bill["bomFormat"] == "CycloneDX"
    listed = {one["name"]: one["version"] for one in bill["components"]}
    assert listed == {"mri-bme": __version__}
    assert "timestamp" not in bill["metadata"]
