"""What is installed on its own is needed by nothing else, and says how to install it."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "sample_data"

EXTRAS = {
    "cluster": ("dask", "distributed", "dask_jobqueue"),
    "figures": ("matplotlib",),
    "notebook": ("IPython", "jupyterlab", "pandas"),
    "pacs": ("dicomweb_client", "pynetdicom", "requests"),
    "parquet": ("pyarrow",),
    "read": ("starlette", "uvicorn"),
    "surfaces": ("trimesh",),
    "test": ("hypothesis", "playwright", "pytest", "statsmodels"),
}
NEEDING = (
    "mri_bme.report.figures",
    "mri_bme.report.document.paper",
    "mri_bme.reading_room",
    "mri_bme.pacs",
)
"""Rooms that need an extra, and are entered only after asking for it."""

WITHOUT = """
import sys


class Hidden:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in HIDDEN:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name.partition(".")[0])


sys.meta_path.insert(0, Hidden())
"""

ALL_MODULES = """
import importlib, pkgutil, mri_bme

for found in pkgutil.walk_packages(mri_bme.__path__, "mri_bme.", onerror=lambda name: None):
    if not (found.name.startswith(NEEDING) or found.name.endswith("__main__")):
        importlib.import_module(found.name)
"""

COMMANDS = """
from mri_bme.cli import main

for line in sys.argv[1:]:
    try:
        main(line.split("|"))
    except SystemExit as ended:
        print(ended.code or 0, file=sys.stderr)
"""

REFUSED = (
    ("figures", "report|OUT|--figure|all"),
    ("figures", "export|OUT|DEST|--as|dicom"),
    ("figures", "register|SAMPLE|SAMPLE|--out|t.tfm|--picture|p.png"),
    ("parquet", "run|SAMPLE|DEST|--parquet"),
    ("cluster", "run|SAMPLE|DEST|--scheduler|tcp://127.0.0.1:9"),
    ("read", "read|OUT"),
    ("surfaces", "phantom|DEST|--surfaces|SURFACES"),
    ("pacs", "listen|DEST|--port|11112"),
    ("pacs", "fetch|DEST|--from|pacs@127.0.0.1:104|--study|1.2"),
)


def without_extras(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a program in which no extra can be imported."""
    hidden = tuple(name for names in EXTRAS.values() for name in names)
    text = f"HIDDEN, NEEDING = {hidden!r}, {NEEDING!r}\n{WITHOUT}{program}"
    return subprocess.run(
        [sys.executable, "-c", text, *arguments], capture_output=True, text=True, check=False
    )


def test_every_room_but_those_of_extras_opens_without_them() -> None:
    done = without_extras(ALL_MODULES)
    assert done.returncode == 0, done.stderr[-2000:]


def test_what_needs_an_extra_says_which_before_it_does_anything(
    out: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    dest = tmp_path_factory.mktemp("beside") / "dest"
    bones = tmp_path_factory.mktemp("bones")
    for name in ("sacrum", "left_ilium", "right_ilium"):
        (bones / f"{name}.stl").touch()
    places = {"OUT": str(out), "DEST": str(dest), "SAMPLE": str(SAMPLE), "SURFACES": str(bones)}
    lines = ["|".join(places.get(word, word) for word in line.split("|")) for _, line in REFUSED]
    done = without_extras(COMMANDS, *lines)
    told = done.stderr.splitlines()
    assert len(told) == 2 * len(REFUSED), done.stderr
    for (extra, line), message, code in zip(REFUSED, told[::2], told[1::2], strict=True):
        assert code == "2", line
        assert f"pip install 'mri-bme[{extra}]'" in message, line
    assert not list(dest.rglob("*"))
