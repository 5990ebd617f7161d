"""Wheel and source archive: built twice to the same bytes, and checked as an index would."""

import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from mri_bme.files import file_sha256

ROOT = Path(__file__).parents[2]


def build(folder: Path, source: Path = ROOT) -> tuple[Path, ...]:
    """Build the source archive and, from it, the wheel; give their paths, sorted."""
    _call("build", "--no-isolation", "--outdir", str(folder), str(source))
    return tuple(sorted(folder.iterdir()))


def build_twice(folder: Path, source: Path = ROOT) -> Mapping[str, str]:
    """Build into `folder` and once more elsewhere.

    Returns
    -------
    mapping
        SHA-256 by file name.

    Raises
    ------
    ValueError
        If the second build differs in a byte.
    """
    first = {path.name: file_sha256(path) for path in build(folder, source)}
    with tempfile.TemporaryDirectory() as elsewhere:
        second = {path.name: file_sha256(path) for path in build(Path(elsewhere), source)}
    if first != second:
        differing = sorted(name for name in first | second if first.get(name) != second.get(name))
        raise ValueError(f"two builds of the same source differ: {', '.join(differing)}")
    return first


def check(paths: tuple[Path, ...]) -> None:
    """Hold archives against the rules of package indexes and of good wheels.

    Raises
    ------
    ValueError
        With what the checking program said.
    """
    _call("twine", "check", "--strict", *map(str, paths))
    _call("check_wheel_contents", *(str(path) for path in paths if path.suffix == ".whl"))


def write_bill_of_materials(path: Path, python: str = sys.executable) -> None:
    """Write what an environment holds as CycloneDX, valid and without a time in it.

    Parameters
    ----------
    path : Path
        The JSON file.
    python : str
        Interpreter of an environment in which nothing but the release is installed.
    """
    options = ("--output-reproducible", "--validate", "--output-file", str(path))
    _call("cyclonedx_py", "environment", *options, python)


def _call(module: str, *arguments: str) -> None:
    done = subprocess.run(  # noqa: S603  programs of this environment
        [sys.executable, "-m", module, *arguments], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise ValueError(f"{module} {arguments[0]} failed:\n{done.stdout}{done.stderr}")
