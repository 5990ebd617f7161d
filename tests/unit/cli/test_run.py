"""What `mri-bme run` hands on, and its last line, which says what the index says."""

import csv
from pathlib import Path
from typing import Any

import pytest
from read_study import LESION, drawn, scans_in, sign

from mri_bme.batch.run import RunOutcome
from mri_bme.cli import main
from mri_bme.cli.run import _closing, _duration
from mri_bme.record.rows import ONE_VISIT
from mri_bme.report.cohort import CohortPage, CohortRow, verdict_counts


@pytest.mark.parametrize(
    ("n_ok", "n_single", "words"),
    [
        (3, 0, "mri-bme: 3 measured"),
        (3, 1, "mri-bme: 3 measured (1 of them one visit: no change to measure)"),
        (2, 2, "mri-bme: 2 measured (one visit: no change to measure)"),
    ],
)
def test_the_last_line_says_what_was_made_and_where_to_look(
    n_ok: int, n_single: int, words: str
) -> None:
    outcome = RunOutcome(counts={"ok": n_ok}, n_single=n_single, n_computed=n_ok)
    said = _closing(outcome, Path("out"))
    assert said.startswith(f"{words}; open {Path('out') / 'index.html'}")
    assert said.count("\n") == 1


def test_a_run_that_found_nothing_to_do_says_so() -> None:
    said = _closing(RunOutcome(counts={"ok": 2}), Path("out"))
    assert "2 measured, already done" in said


@pytest.mark.parametrize(
    ("counts", "n_left", "words"),
    [
        ({"ok": 1}, 0, "check the quadrants; to correct them: mri-bme read 'my out'"),
        ({"ok": 3}, 0, "then: mri-bme stats 'my out'"),
        ({"ok": 3}, 2, "run again to resume"),
    ],
)
def test_the_last_line_says_what_to_do_next(counts, n_left: int, words: str) -> None:
    assert words in _closing(RunOutcome(counts=counts, n_left=n_left), Path("my out"))


def test_nobody_is_sent_to_statistics_before_all_is_done() -> None:
    assert "stats" not in _closing(RunOutcome(counts={"ok": 3}, n_left=2), Path("out"))


def test_the_index_counts_them_apart() -> None:
    rows = [
        CohortRow(subject_id=str(n), status="ok", verdict=verdict)
        for n, verdict in enumerate(("decreased", ONE_VISIT, ONE_VISIT))
    ]
    assert verdict_counts(CohortPage(rows=tuple(rows))) == (("decreased", 1), (ONE_VISIT, 2))


def test_the_tables_of_a_run_are_those_of_the_reader_who_is_asked_for(
    study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []

    def already_done(*_: Any, options: Any, **__: Any) -> RunOutcome:
        asked.append(options)
        return RunOutcome(counts={"ok": 2})

    monkeypatch.setattr("mri_bme.cli.run.run_units", already_done)
    sign(study, "R1", "sub-02", {"baseline": drawn(LESION), "week14": drawn()})
    manifest = scans_in(tmp_path / "scans")
    words = ["run", str(manifest.parent), str(study), "--manifest", str(manifest)]
    with pytest.raises(SystemExit):
        main([*words, "--read-by", "R1"])
    assert asked[0].read_by == "R1"
    with (study / "visits.csv").open(newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if row["region"] == "total"]
    assert {row["read_by"] for row in rows} == {"R1"}
    volumes = {(row["subject"], row["visit"]): row["edema_ml"] for row in rows}
    assert float(volumes["02", "baseline"]) == pytest.approx(432 * 0.004)
    assert volumes["01", "baseline"] == ""  # whom R1 did not read


@pytest.mark.parametrize(
    ("hours", "words"), [(0.002, "under a minute"), (0.5, "30 min"), (2.25, "2.2 h")]
)
def test_the_time_that_a_run_takes_is_never_nothing(hours: float, words: str) -> None:
    assert _duration(hours) == words
