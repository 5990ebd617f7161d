"""Tests lie where their subject lies: a module of the package has a test of its own name."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
UNIT = ROOT / "tests" / "unit"
WITHOUT_TESTS_OF_THEIR_OWN = frozenset(
    {
        "intake/dicom/__init__.py",
        "intake/dicom/datasets.py",
        "intake/dicom/days.py",
        "intake/dicom/elements.py",
        "intake/dicom/frames.py",
        "intake/dicom/geometry.py",
        "intake/dicom/grouping.py",
        "intake/dicom/heads.py",
        "intake/dicom/index.py",
        "intake/dicom/links.py",
        "intake/dicom/merging.py",
        "intake/dicom/multiframe.py",
        "intake/dicom/octets.py",
        "intake/dicom/parting.py",
        "intake/dicom/pixels.py",
        "intake/dicom/rescale.py",
        "intake/dicom/series.py",
        "intake/dicom/values.py",
        "intake/dicom/vendors/__init__.py",
        "intake/dicom/vendors/blocks.py",
        "intake/dicom/vendors/uih.py",
    }
)
"""Modules still to be given a test; take a name away with each that is written."""


def mirrored(module: Path) -> str:
    """Where the test of a module is to be looked for, below `tests/unit`.

    The test of a package's own `__init__` bears the name of the package, that of a
    `__main__` is a ``test_main.py``.
    """
    package = module.parent.name or "mri_bme"
    stem = package if module.stem == "__init__" else module.stem.strip("_")
    return (module.parent / f"test_{stem}.py").as_posix()


def holds_something_to_test(path: Path) -> bool:
    """Whether a module holds more than constants, re-exports, errors and settings' fields."""
    found = ast.walk(ast.parse(path.read_text()))
    return any(isinstance(node, ast.FunctionDef) for node in found)


def modules(package: str) -> dict[str, Path]:
    folder = ROOT / package
    return {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*.py"))}


def untested() -> set[str]:
    return {
        name
        for name, path in modules("mri_bme").items()
        if holds_something_to_test(path) and not (UNIT / mirrored(Path(name))).is_file()
    }


def test_every_module_has_a_test_of_its_own_name() -> None:
    assert untested() <= WITHOUT_TESTS_OF_THEIR_OWN


def test_modules_that_have_one_are_no_longer_listed() -> None:
    assert untested() >= WITHOUT_TESTS_OF_THEIR_OWN


def test_every_unit_test_has_its_module() -> None:
    known = {mirrored(Path(name)) for name in modules("mri_bme")}
    known |= {f"lab/{mirrored(Path(name))}" for name in modules("lab")}
    strays = {path.relative_to(UNIT).as_posix() for path in UNIT.rglob("test_*.py")} - known
    assert not strays


@pytest.mark.parametrize(
    ("text", "has"),
    [
        ("from a import b\n__all__ = ['b']\n", False),
        ("class NotFound(Exception):\n    '''Nothing there.'''\n", False),
        ("def half(x):\n    return x / 2\n", True),
        ("class A:\n    def half(self):\n        return 1\n", True),
    ],
)
def test_re_exports_and_errors_hold_nothing_to_test(tmp_path: Path, text: str, has: bool) -> None:
    (tmp_path / "m.py").write_text(text)
    assert holds_something_to_test(tmp_path / "m.py") == has
