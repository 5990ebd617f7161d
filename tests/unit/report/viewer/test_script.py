"""The viewer's modules become one script."""

import re
from importlib import resources

import pytest

from mri_bme.report.viewer.script import MODULES, viewer_module, viewer_script, viewer_style


def test_every_module_is_in_the_script() -> None:
    folder = resources.files("mri_bme.report.viewer").joinpath("js")
    files = {path.name.removesuffix(".js") for path in folder.iterdir() if ".js" in path.name}
    assert files == set(MODULES)


def test_the_script_imports_and_exports_nothing() -> None:
    assert not re.search(r"^\s*(import|export)\b", viewer_script(), re.MULTILINE)


def test_no_name_is_declared_by_two_modules() -> None:
    found = re.findall(
        r"^(?:export )?(?:async )?(?:function|class|const|let) (\w+)",
        "\n".join(map(viewer_module, MODULES)),
        re.MULTILINE,
    )
    assert len(found) > 40
    assert sorted(found) == sorted(set(found))


@pytest.mark.parametrize("name", MODULES)
def test_modules_import_only_what_comes_before_them(name: str) -> None:
    before = {"./" + other + ".js" for other in MODULES[: MODULES.index(name)]}
    assert set(re.findall(r'from "(.*?)"', viewer_module(name))) <= before


def test_nothing_ends_the_element_that_holds_it_or_asks_the_net() -> None:
    for text in (viewer_script(), viewer_style()):
        assert "</" not in text
        assert not re.search(r"https?://|url\(|@import|\bfetch\(|XMLHttpRequest|WebSocket", text)
