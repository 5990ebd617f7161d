"""What the documents say of the code is so: the drawing is current, and every name exists."""

import ast
import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer

from lab.house.rooms import rooms_of, with_house
from mri_bme.cli import COMMANDS, FLAGS, HELP, app_with

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "mri_bme"
DOCUMENTS = sorted([*(ROOT / "docs").rglob("*.md"), ROOT / "CONTRIBUTING.md", ROOT / "README.md"])
QUOTED = re.compile(r"`([^`\n]+)`")
PLACE = re.compile(r"(?P<path>[\w./-]+\.(?:py|md|toml|onnx|j2|css|js))(?:::(?P<name>[\w.]+))?")
DOTTED = re.compile(r"(?:python -m )?(?P<module>(?:mri_bme|lab)(?:\.\w+)+)")
LINK = re.compile(r"\]\(([^)#:\s]+)\)")
MADE_BY_A_RUN = frozenset({"settings.toml", "detectable.toml", "proposed.toml", "task.toml"})


def quoted(document: Path) -> list[str]:
    return QUOTED.findall(document.read_text(encoding="utf-8"))


def found(path: str) -> Path | None:
    """The file that a document means: from the root, from the package, or a page by its name."""
    bases = (ROOT, PACKAGE, ROOT / "docs", PACKAGE / "place_rois")
    return next((base / path for base in bases if (base / path).exists()), None)


@cache
def names_in(path: Path) -> frozenset[str]:
    """Every function, class, method, field and constant of a module."""
    return frozenset(_names(ast.parse(path.read_text(encoding="utf-8")).body, ""))


def _names(body: list[ast.stmt], within: str) -> Iterator[str]:
    for node in body:
        match node:
            case ast.FunctionDef():
                yield within + node.name
            case ast.ClassDef():
                yield within + node.name
                yield from _names(node.body, f"{within}{node.name}.")
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                yield within + name


def wrong(text: str) -> str:
    """Why what stands in quotes is not so; empty where it is, or is no name of our code."""
    place, dotted = PLACE.fullmatch(text), DOTTED.match(text)
    if place and place["path"] not in MADE_BY_A_RUN:
        path = found(place["path"])
        if path is None:
            return "there is no such file"
        if place["name"] and place["name"] not in names_in(path):
            return "the file has no such name"
    elif dotted:
        module, _, name = dotted["module"].rpartition(".")
        paths = [p for m in (dotted["module"], module) for p in _files_of(m) if p.is_file()]
        if not paths:
            return "there is no such module"
        whole = {p for p in _files_of(dotted["module"]) if p.is_file()}
        if not whole and not any(_has(p, name) for p in paths):
            return "the module has no such name"
    elif text.endswith("/") and re.fullmatch(
        r"(?:mri_bme|lab|docs|tests|record|settings|signal)/[\w/]*", text
    ):
        return "" if found(text) else "there is no such folder"
    return ""


def _files_of(module: str) -> tuple[Path, Path]:
    path = ROOT / module.replace(".", "/")
    return path.with_suffix(".py"), path / "__init__.py"


def _has(path: Path, name: str) -> bool:
    return re.search(rf"\b{name}\b", path.read_text(encoding="utf-8")) is not None


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_file_function_and_module_that_a_document_names_exists(document: Path) -> None:
    mistakes = {text: why for text in quoted(document) if (why := wrong(text))}
    assert not mistakes


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_link_leads_somewhere(document: Path) -> None:
    links = LINK.findall(document.read_text(encoding="utf-8"))
    assert [link for link in links if not (document.parent / link).exists()] == []


@pytest.mark.parametrize(
    "text",
    [
        "pipeline.py::analyse_subject",
        "score_edema/burdens.py",
        "findings.py::EdemaBurden.region",
        "mri_bme.pipelines",
        "mri_bme.measurement_error.VERDICT_RULES",
        "tests/unity/",
    ],
)
def test_a_wrong_name_is_noticed(text: str) -> None:
    assert wrong(text)


def test_every_page_can_be_found_from_the_first_one() -> None:
    docs = ROOT / "docs"
    first, tasks = docs / "README.md", docs / "how-to" / "README.md"
    linked = {
        (page.parent / link).resolve()
        for page in (first, tasks)
        for link in LINK.findall(page.read_text(encoding="utf-8"))
    }
    assert set(docs.rglob("*.md")) - linked - {first} == set()


def test_the_house_is_drawn_as_it_stands() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    assert page == with_house(page, rooms_of(ROOT)), "run: python -m lab.house page"


LINE = re.compile(r"(?:^(?:\$ )?|`)(?:\.venv/bin/)?mri-bme ([^`#\n]+)", re.MULTILINE)
MADE_UP = {"how-to/command.md": "lesions"}  # the command that the page shows how to add


@cache
def options_of(command: str) -> frozenset[str]:
    group: Any = typer.main.get_command(app_with(command))
    return frozenset(option for one in group.commands[command].params for option in one.opts)


def lines_of(document: Path) -> Iterator[list[str]]:
    """Words of every line with which a document calls the program, continued lines whole."""
    text = re.sub(r"\\\n\s*", " ", document.read_text(encoding="utf-8"))
    for found in LINE.finditer(text):
        yield shlex.split(found[1].replace("'mri-bme", "mri-bme"), comments=True)


def unknown_words(words: list[str]) -> list[str]:
    """What a line names that the program does not have: its command, or options."""
    command = next((word for word in words if not word.startswith("-")), "")
    options = {w.split("=")[0] for word in words if (w := word.strip("[]")).startswith("--")} - {
        *FLAGS,
        *HELP,
    }
    if command in {"", "COMMAND"}:
        return sorted(options - {"--version", "--install-completion", "--show-completion"})
    if command not in COMMANDS:
        return [command]
    return sorted(options - options_of(command))


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_line_of_a_document_is_one_that_the_program_understands(document: Path) -> None:
    own = (
        MADE_UP.get(document.relative_to(ROOT / "docs").as_posix())
        if "docs" in str(document)
        else None
    )
    unknown = {
        " ".join(words): wrong for words in lines_of(document) if (wrong := unknown_words(words))
    }
    assert not {line for line, wrong in unknown.items() if wrong != [own]}, unknown


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ("run in out --job 2", ["--job"]),
        ("rum in out", ["rum"]),
        ("run in out --jobs=2 --quiet", []),
        ("--versions", ["--versions"]),
    ],
)
def test_a_line_that_the_program_does_not_understand_is_noticed(
    line: str, wrong: list[str]
) -> None:
    assert unknown_words(line.split()) == wrong
