"""A way through a package is counted as a reader would walk it."""

import subprocess
import sys
from pathlib import Path

from lab.house import ways
from lab.house.ways import Way, stops_of

CALLS_FOLDER = Path(ways.__file__).parent

FILES = {
    "__init__.py": "",
    "start.py": (
        "from toy.middle import halve, Noun\n"
        "def go(n):\n"
        "    noun = Noun(n)\n"
        "    for _ in range(5):\n"
        "        halve(noun.half)\n"
        "    return idle(3.0) + halve(n)\n"
        "def idle(n):\n"
        "    return n\n"
    ),
    "middle.py": (
        "from toy.end import rest\n"
        "class Noun:\n"
        "    def __init__(self, n):\n"
        "        self.n = n\n"
        "    @property\n"
        "    def half(self):\n"
        "        return self.n / 2\n"
        "def halve(n):\n"
        "    return rest(n)\n"
    ),
    "end.py": "def rest(n):\n    return n\n",
}


def walked(folder: Path, what: str) -> tuple[str, ...]:
    package = folder / "toy"
    package.mkdir()
    for name, text in FILES.items():
        (package / name).write_text(text)
    log = folder / "calls.tsv"
    program = (
        "from pathlib import Path\nfrom calls import follow\nfrom toy.start import go\n"
        f"follow(Path({str(package)!r}), Path({str(log)!r}), {what!r})\ngo(8.0)\n"
    )
    subprocess.run(
        [sys.executable, "-c", program],
        env={"PYTHONPATH": f"{CALLS_FOLDER}:{folder}"},
        check=True,
    )
    return stops_of(log.read_text())


def test_loops_properties_and_going_back_do_not_count(tmp_path: Path) -> None:
    # halve is called from two places, its own call of rest is followed once
    assert walked(tmp_path, "everything") == ("start", "middle", "end", "middle")


def test_a_value_is_followed_only_where_it_is_handed_on(tmp_path: Path) -> None:
    assert walked(tmp_path, "text:8.0") == ("start", "middle", "end")


def test_a_return_is_a_stop_where_one_has_been() -> None:
    way = Way(name="", stops=("a", "b", "a", "c", "b"))
    assert (way.n_modules, way.n_returns) == (3, 2)
