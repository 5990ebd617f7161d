"""A newcomer's first hour, step by step, in a bare root file system: seconds, megabytes, pictures.

``bash lab/release/first_hour.sh SCRATCH PICTURES EXPORT`` lays out the root, without a network, and
calls this. Pictures are taken of phantoms alone; of EXPORT only seconds are told.
"""

import os
import re
import subprocess
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image

USER = 10001
HOME = "/home/newcomer"
BIN = ".venv/bin/"
MB = 1e6
WIDTH, QUALITY = 1000, 70
SCENARIOS = ("letter", "partial", "unchanged", "worse", "bilateral_severe", "tiny")
BROWSER = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
)
PATIENCE_S = 120
LONGEST = 120  # characters of a last line that are told


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A line that a newcomer types, and why; `is_room` says that it serves a browser."""

    why: str
    line: str
    picture: str = ""
    page: str = ""
    is_room: bool = False


STEPS = (
    Step(why="an environment", line="python3 -m venv .venv"),
    Step(
        why="install, from a wheelhouse",
        line=f'{BIN}pip install --no-index --find-links /wheels "mri-bme[read]"',
    ),
    Step(why="is all well?", line=f"{BIN}mri-bme doctor"),
    Step(why="look at the sample", line=f"{BIN}mri-bme inspect sample_data"),
    Step(
        why="measure the sample",
        line=f"{BIN}mri-bme run sample_data results",
        page="results/sub-*/report.html",
        picture="hour-subject",
    ),
    Step(why="the same line again", line=f"{BIN}mri-bme run sample_data results"),
    Step(why="look at an export of one's own", line=f"{BIN}mri-bme inspect export"),
    Step(why="measure it", line=f"{BIN}mri-bme run export own"),
    Step(
        why="correct the sample in a browser, and sign",
        line=f"{BIN}mri-bme read results",
        picture="hour-correcting",
        is_room=True,
    ),
    Step(
        why="tables and pages as corrected",
        line=f"{BIN}mri-bme report results --read-by R1",
    ),
    *(
        Step(
            why=f"a cohort to try: phantom {number} of {len(SCENARIOS)}",
            line=f"{BIN}mri-bme phantom cohort --scenario {scenario} --seed {number}",
        )
        for number, scenario in enumerate(SCENARIOS, start=1)
    ),
    Step(
        why="measure the cohort",
        line=f"{BIN}mri-bme run cohort cohort-results",
        page="cohort-results/index.html",
        picture="hour-cohort",
    ),
    Step(
        why="its statistics",
        line=f"{BIN}mri-bme stats cohort-results",
        page="cohort-results/stats/*.html",
        picture="hour-statistics",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What a step took, and the last line that it said."""

    step: Step
    seconds: float
    home_mb: float
    said: str


def hour_page(taken: Iterable[Taken]) -> str:
    """Write the steps as a table in Markdown; the last row is the sum.

    Examples
    --------
    >>> step = Step(why="is all well?", line=".venv/bin/mri-bme doctor")
    >>> print(hour_page([Taken(step=step, seconds=2.04, home_mb=812.3, said="all well")]))
    | Step | Line | Seconds | Home, MB | Its last line |
    | --- | --- | ---: | ---: | --- |
    | is all well? | `.venv/bin/mri-bme doctor` | 2.0 | 812 | all well |
    | together | | 2 | | |
    <BLANKLINE>
    """
    steps = tuple(taken)
    lines = [
        "| Step | Line | Seconds | Home, MB | Its last line |",
        "| --- | --- | ---: | ---: | --- |",
        *(
            f"| {one.step.why} | `{one.step.line}` | {one.seconds:.1f} | {one.home_mb:.0f} "
            f"| {_short(one.said)} |"
            for one in steps
        ),
        f"| together | | {sum(one.seconds for one in steps):.0f} | | |",
    ]
    return "\n".join(lines) + "\n"


BEGINNING, END = "<!-- made by first_hour.sh -->\n", "<!-- /made by first_hour.sh -->\n"


def with_hour(page: str, told: str) -> str:
    """Put what a first hour took in the place that a page has for it.

    Raises
    ------
    ValueError
        If the page has no such place.
    """
    before, beginning, rest = page.partition(BEGINNING)
    _, end, after = rest.partition(END)
    if not (beginning and end):
        raise ValueError(f"the page has no place between {BEGINNING.strip()} and {END.strip()}")
    return before + beginning + told + end + after


def machine_words(root: Path, *, before_mb: float) -> str:
    """Say when and on what a first hour was taken, and how large the root was before."""
    facts = dict(
        line.split("=", 1)
        for line in (root / "etc/os-release").read_text("utf-8").splitlines()
        if "=" in line
    )
    system = f"{facts['NAME']} {facts['VERSION_ID']}".replace('"', "").replace(" GNU/Linux", "")
    python = max(root.glob("usr/bin/python3.*[0-9]")).name.removeprefix("python")
    return (
        f"{date.today():%B %Y}, {system} with Python {python}, {os.cpu_count()} cores. The bare "
        f"root takes {before_mb:.0f} MB before.\n"
    )


def _short(said: str) -> str:
    words = said.replace("|", "/").removeprefix("mri-bme: ")
    return words if len(words) <= LONGEST else words[: LONGEST - 2].rsplit(" ", 1)[0] + " …"


def first_hour(root: Path, pictures: Path, steps: Iterable[Step] = STEPS) -> Iterator[Taken]:
    """Take the steps as an ordinary user within `root`, and pictures of what they made."""
    home = root / HOME.lstrip("/")
    for step in steps:
        started = time.monotonic()
        said = _corrected(root, step, pictures) if step.is_room else _call(root, step.line)
        seconds = time.monotonic() - started
        if step.page:
            (page,) = home.glob(step.page)
            with _browser() as tab:
                tab.goto(page.as_uri())
                tab.wait_for_timeout(1500)
                _keep(tab, pictures / f"{step.picture}.jpg")
        yield Taken(step=step, seconds=seconds, home_mb=_megabytes(home), said=said)


def _within(root: Path, line: str) -> list[str]:
    env = (f"HOME={HOME}", "PATH=/usr/bin:/bin", "LC_ALL=C.UTF-8", "PYTHONUNBUFFERED=1")
    inside = ("/usr/bin/env", "-i", *env, "sh", "-c", f"cd {HOME} && exec {line}")
    return ["chroot", f"--userspec={USER}:{USER}", str(root), *inside]


def _call(root: Path, line: str) -> str:
    done = subprocess.run(  # noqa: S603  lines of this module
        _within(root, line),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        raise ValueError(f"{line} ended with {done.returncode}:\n{done.stdout}")
    said = [one.strip() for one in done.stdout.splitlines() if one.strip()]
    return said[-1] if said else ""


def _corrected(root: Path, step: Step, pictures: Path) -> str:
    """Reject the first lesion, look at both visits, sign, and end the room."""
    room = subprocess.Popen(  # noqa: S603  as above
        _within(root, step.line), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert room.stdout is not None  # noqa: S101  for the type checker
    try:
        link = next(found[1] for line in room.stdout if (found := re.search(r"(http\S+)", line)))
        with _browser() as tab:
            tab.goto(link)
            _until(tab, "window.room && room.acts && room.numbers")
            tab.evaluate(_ON_A_LESION)
            x, y = tab.evaluate("room.view.pointOf(...window.at)")
            tab.mouse.click(x, y)
            tab.mouse.move(x + 1, y)
            tab.keyboard.press("r")
            tab.keyboard.press("1")
            _until(tab, _SAVED)
            _keep(tab, pictures / f"{step.picture}.jpg")
            for visit in range(2):
                tab.evaluate(f"room.activate({visit})")
                tab.locator("#read").check()
            _until(tab, _SAVED)
            tab.locator("#sign").click()
            _until(tab, "room.told.signed")
    finally:
        room.terminate()
        room.wait(timeout=PATIENCE_S)
    return "signed by R1"


_SAVED = "room.acts.isEmpty && room.numbers && room.numbers.version === room.acts.version"
_ON_A_LESION = """() => {
  const { mask, shape: [, rows, columns] } = room.told.visits[0];
  const first = mask.findIndex(Boolean);
  const slice = Math.floor(first / (rows * columns)), rest = first % (rows * columns);
  room.activate(0);
  room.goTo(slice);
  window.at = [Math.floor(rest / columns), rest % columns];
}"""


def _until(tab: Any, condition: str) -> None:
    tab.wait_for_function(f"() => Boolean({condition})", timeout=PATIENCE_S * 1000)


@contextmanager
def _browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright  # noqa: PLC0415  a tool of the tests

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path="/usr/bin/chromium", args=list(BROWSER))
        yield browser.new_page(viewport={"width": 1300, "height": 850})
        browser.close()


def _keep(tab: Any, path: Path) -> None:
    shot = Image.open(BytesIO(tab.screenshot())).convert("RGB")
    shot.thumbnail((WIDTH, WIDTH))
    shot.save(path, quality=QUALITY, optimize=True)


def _megabytes(folder: Path) -> float:
    return sum(one.lstat().st_blocks * 512 for one in folder.rglob("*")) / MB
