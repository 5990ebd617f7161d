"""What was tried against the program, and what became of it: the table of docs/robustness.md.

``python -m lab.robustness`` runs the tests that attack and writes one row per attack between the
markers of the page; with ``MRI_BME_NIGHTLY=1`` the long ones too. Rows of suites that are not named
stay as they were. The exit code is that of pytest.
"""

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "robustness.md"
BEGIN, END = "<!-- attempts: written by lab.robustness -->", "<!-- end of attempts -->"
SUITES = {
    "test_attacks": "Damaged, edited or removed",
    "test_attacks_on_runs": "Whole runs attacked",
    "test_faults": "Faults at any touch of a file",
    "test_batch_disturbed": "Runs disturbed",
    "test_bad_input": "Bad input",
    "test_fuzz": "Bytes at random",
    "test_leaks": "Marks in headers",
    "test_file_names": "Marks in file names",
    "test_silence": "Calls and files outside",
}
"""Modules of tests/system, and what they attack by."""
VERDICTS = {"passed": "held", "failed": "DID NOT HOLD", "skipped": "not tried here"}


@dataclass(slots=True)
class Attack:
    """One test with all its variants; `outcomes` counts them."""

    suite: str
    name: str
    n_attempts: int = 0
    outcomes: dict[str, int] = field(default_factory=dict)

    @property
    def verdict(self) -> str:
        """Worst of the outcomes, in words."""
        worst = next(o for o in ("failed", "passed", "skipped") if self.outcomes.get(o))
        return VERDICTS[worst]


class Collector:
    """A pytest plugin that keeps the outcome of every test."""

    def __init__(self) -> None:
        self.attacks: dict[tuple[str, str], Attack] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count a test once: as failed where any phase of it failed."""
        if report.when != "call" and report.outcome == "passed":
            return
        path, name = report.nodeid.split("::")
        suite = Path(path).stem
        test = name.split("[")[0].removeprefix("test_").replace("_", " ")
        attack = self.attacks.setdefault((suite, test), Attack(suite=suite, name=test))
        attack.outcomes[report.outcome] = attack.outcomes.get(report.outcome, 0) + 1
        if report.outcome != "skipped":
            told = dict(report.user_properties).get("attempts", 1)
            attack.n_attempts += int(str(told))


def table(attacks: Iterable[Attack]) -> str:
    """Write the rows, suite by suite, and their sum."""
    found = list(attacks)
    lines = ["| Attack | Attempts | Verdict |", "| --- | ---: | --- |"]
    for suite, title in SUITES.items():
        own = [attack for attack in found if attack.suite == suite]
        lines += [f"| **{title}** | | |"] if own else []
        lines += [f"| {a.name} | {a.n_attempts or ''} | {a.verdict} |" for a in own]
    lost = sum(attack.outcomes.get("failed", 0) for attack in found)
    total = sum(attack.n_attempts for attack in found)
    missing = [title for suite, title in SUITES.items() if suite not in {a.suite for a in found}]
    lines += ["", f"Not run for this table: {', '.join(missing).lower()}."] if missing else []
    return "\n".join([*lines, "", f"{total} attempts in all; {lost} tests did not hold."])


def rows_of_page(page: str) -> list[Attack]:
    """Read the table of a page back, as far as it tells: how often, and the worst that came."""
    titles = {title: suite for suite, title in SUITES.items()}
    outcomes = {verdict: outcome for outcome, verdict in VERDICTS.items()}
    found: list[Attack] = []
    suite = ""
    for line in page.split(BEGIN)[1].split(END, maxsplit=1)[0].splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) != 3:
            continue
        suite = titles.get(cells[0].strip("*"), suite)
        if cells[2] in outcomes:
            attack = Attack(suite=suite, name=cells[0], n_attempts=int(cells[1] or 0))
            attack.outcomes[outcomes[cells[2]]] = 1
            found.append(attack)
    return found


def with_table(page: str, text: str) -> str:
    """Put a table between the markers of a page."""
    before, rest = page.split(BEGIN)
    return f"{before}{BEGIN}\n{text}\n{END}{rest.split(END)[1]}"


def main(arguments: Sequence[str]) -> int:
    """Run the suites named, or all, and write the page."""
    chosen = [name for name in SUITES if name in arguments] or list(SUITES)
    collector = Collector()
    paths = [str(ROOT / "tests" / "system" / f"{name}.py") for name in chosen]
    code = pytest.main(["-q", "-p", "no:randomly", *paths], plugins=[collector])
    page = PAGE.read_text()
    kept = [attack for attack in rows_of_page(page) if attack.suite not in chosen]
    PAGE.write_text(with_table(page, table([*kept, *collector.attacks.values()])))
    return int(code)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
