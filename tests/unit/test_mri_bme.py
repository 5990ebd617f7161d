"""`import mri_bme` is cheap, and its names are the verbs and nouns whatever was imported before."""

import ast
import importlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

import mri_bme

VERBS_NAMED_AS_THEIR_MODULE = (
    "compare_visits",
    "place_rois",
    "register_visits",
    "score_edema",
    "segment_edema",
    "select_series",
)


def in_fresh_python(program: str) -> object:
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_package_itself_loads_no_library() -> None:
    program = "import mri_bme, sys, json; print(json.dumps(sorted(sys.modules)))"
    loaded = in_fresh_python(program)
    assert isinstance(loaded, list)
    assert not {"numpy", "scipy", "pydicom", "SimpleITK", "pandas", "matplotlib"} & set(loaded)


def test_a_verb_stays_a_verb_when_its_module_is_imported_first() -> None:
    names = ", ".join(f"mri_bme.{name}" for name in VERBS_NAMED_AS_THEIR_MODULE)
    program = (
        f"import json\nimport {names}\nimport mri_bme.register_visits.search\n"
        f"from mri_bme import {', '.join(VERBS_NAMED_AS_THEIR_MODULE)}\n"
        f"print(json.dumps([[type(f).__name__, f.__name__] for f in ({names})]))"
    )
    assert in_fresh_python(program) == [["function", n] for n in VERBS_NAMED_AS_THEIR_MODULE]


def test_no_verb_hides_the_modules_of_its_package() -> None:
    program = (
        "import json, pickle\n"
        "import mri_bme.segment_edema.segmentation\n"
        "import mri_bme.place_rois.joint as joint\n"
        "import mri_bme.segment_edema.reference as late\n"
        "verb = mri_bme.segment_edema\n"
        "names = [mri_bme.segment_edema.segmentation.__name__, joint.__name__, late.__name__]\n"
        "print(json.dumps([*names, pickle.loads(pickle.dumps(verb)) is verb]))"
    )
    assert in_fresh_python(program) == [
        "mri_bme.segment_edema.segmentation",
        "mri_bme.place_rois.joint",
        "mri_bme.segment_edema.reference",
        True,
    ]


def test_modules_can_still_be_imported_by_name() -> None:
    module = importlib.import_module("mri_bme.register_visits")
    assert module.register_visits is mri_bme.register_visits
    assert module.register_visits.__module__ == "mri_bme.register_visits"


def test_every_name_is_there_typed_and_listed() -> None:
    tree = ast.parse(Path(str(mri_bme.__file__)).read_text())
    typed = {
        alias.name: str(node.module)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("mri_bme.")
        for alias in node.names
        if alias.name != "show_objects"
    }
    homes = {name: f"mri_bme.{home}" for name, home in mri_bme._HOMES.items()}
    assert typed == homes | {"__version__": "mri_bme.version"}
    assert set(mri_bme.__all__) == set(typed)
    assert set(mri_bme.__all__) <= set(dir(mri_bme))
    for name in mri_bme.__all__:
        assert getattr(mri_bme, name).__class__.__name__ != "module"


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'place_roi'"):
        mri_bme.place_roi  # noqa: B018
    with pytest.raises(ImportError, match="place_roi"):
        exec("from mri_bme import place_roi")
