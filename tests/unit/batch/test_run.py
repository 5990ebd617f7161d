"""The engine keeps its promises whatever the subjects do."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from fake_cohort import make_units, table_bytes
from fake_run import RECIPE

from mri_bme.batch.lock import locked
from mri_bme.batch.plan import Shard, chosen_units
from mri_bme.batch.run import RunOptions, RunOutcome, run_units
from mri_bme.batch.status import read_status, read_statuses
from mri_bme.errors import InvalidSettings, OutputRefused
from mri_bme.settings import Settings
from mri_bme.study import Unread

GOOD = {f"{n:02d}": f"{n} {n / 2}" for n in range(1, 7)}


def run(units, out: Path, **options) -> RunOutcome:
    settings = options.pop("settings", Settings())
    options = RunOptions(**({"jobs": 1} | options))
    return run_units(units, out, settings=settings, recipe=RECIPE, options=options)


def test_tables_do_not_depend_on_the_number_of_workers(tmp_path: Path) -> None:
    units = make_units(tmp_path / "in", GOOD)
    assert run(units, tmp_path / "one", jobs=1).is_all_measured
    assert run(units, tmp_path / "three", jobs=3).is_all_measured
    assert table_bytes(tmp_path / "one") == table_bytes(tmp_path / "three")
    assert b"01,baseline,3,true" in table_bytes(tmp_path / "one")["visits.csv"]


def test_every_failure_is_a_row_that_names_its_stage_and_the_rest_goes_on(tmp_path: Path) -> None:
    bad = {"a-error": "1 raise", "b-memory": "memory", "c-dead": "die", "d-late": "hang"}
    units = make_units(tmp_path / "in", GOOD | bad | {"e-gone": "1"})
    (tmp_path / "in" / "e-gone.txt").unlink()
    outcome = run(units, tmp_path / "out", jobs=2, timeout_s=3.0)
    assert outcome.counts == {"ok": 6, "failed": 5}
    found = {s.subject: (s.kind, s.stage) for s in read_statuses(tmp_path / "out")}
    assert found["a-error"] == ("error", "read baseline")
    assert found["b-memory"] == ("memory", "read baseline")
    assert found["c-dead"] == ("killed", "read baseline")
    assert found["d-late"] == ("timeout", "read baseline")
    assert found["e-gone"] == ("input", "read baseline")
    table = (tmp_path / "out" / "visits.csv").read_text()
    assert "d-late,baseline,,false,took longer than 3 s" in table


def test_errors_never_carry_values_into_outputs(tmp_path: Path) -> None:
    run(make_units(tmp_path / "in", {"01": "raise"}), tmp_path / "out", jobs=1)
    written = [p.read_bytes() for p in (tmp_path / "out").rglob("*") if p.is_file()]
    assert not any(b"secret" in text or str(tmp_path).encode() in text for text in written)


def test_a_worker_killed_once_costs_nothing(tmp_path: Path) -> None:
    units = make_units(tmp_path / "in", GOOD | {"07": "7 die-once"})
    assert run(units, tmp_path / "out").is_all_measured
    assert b"07,week14,14," in table_bytes(tmp_path / "out")["visits.csv"]


def test_resume_does_only_what_is_not_done(tmp_path: Path) -> None:
    units = make_units(tmp_path / "in", GOOD | {"07": "raise", "08": "die"})
    run(units, tmp_path / "out")
    before = table_bytes(tmp_path / "out")
    again = run(units, tmp_path / "out")
    assert again.n_computed == 1  # a lost worker says nothing about its subject; an error does
    assert table_bytes(tmp_path / "out") == before
    assert run(units, tmp_path / "out", retry_failed=True).n_computed == 2


def test_a_changed_input_is_done_again_and_a_touched_one_is_not(tmp_path: Path) -> None:
    units = make_units(tmp_path / "in", GOOD)
    run(units, tmp_path / "out")
    run_id = read_status(tmp_path / "out", "sub-02").run_id
    (tmp_path / "in" / "01.txt").write_text("100")
    (tmp_path / "in" / "02.txt").write_text(GOOD["02"])  # same bytes, later
    run(units, tmp_path / "out")
    assert b"01,baseline,200," in table_bytes(tmp_path / "out")["visits.csv"]
    assert read_status(tmp_path / "out", "sub-02").run_id == run_id


def test_other_settings_are_refused_until_restart_which_keeps_untouched_stages(
    tmp_path: Path,
) -> None:
    units = make_units(tmp_path / "in", {"01": "1"})
    run(units, tmp_path / "out")
    other = Settings.model_validate({"compare": {"min_covered_fraction": 0.25}})
    with pytest.raises(InvalidSettings, match=r"compare\.min_covered_fraction was 0\.5, is 0\.25"):
        run(units, tmp_path / "out", settings=other)
    assert run(units, tmp_path / "out", settings=other, restart=True).n_computed == 1
    stages = read_status(tmp_path / "out", "sub-01").stages
    assert [stage.remembered for stage in stages] == [True] * 4


def test_two_runs_cannot_share_an_output(tmp_path: Path) -> None:
    units = make_units(tmp_path / "in", {"01": "1"})
    with (
        locked(tmp_path / "out"),
        pytest.raises(OutputRefused, match=r"in use by process \d+ on .*, started 20"),
    ):
        run(units, tmp_path / "out")


def test_shards_share_an_output_and_leave_the_same_tables(tmp_path: Path) -> None:
    units = make_units(tmp_path / "in", GOOD)
    run(units, tmp_path / "whole")
    for text in ("1/2", "2/2"):
        shard = Shard.parse(text)
        run(chosen_units(units, shard=shard), tmp_path / "parts", shard=shard, jobs=1)
    assert table_bytes(tmp_path / "parts") == table_bytes(tmp_path / "whole")


def test_the_log_holds_one_json_object_per_event(tmp_path: Path) -> None:
    run(make_units(tmp_path / "in", GOOD), tmp_path / "out")
    events = [json.loads(line) for line in (tmp_path / "out/log.jsonl").read_text().splitlines()]
    assert [e["event"] for e in events] == ["start", *["subject"] * 6, "end"]


def test_what_reached_no_subject_is_written_counted_and_no_success(tmp_path: Path) -> None:
    units, out = make_units(tmp_path / "in", GOOD), tmp_path / "out"
    lost = (Unread(subject="01", n_files=4, reason="cannot be read"),)
    outcome = run(units, out, unread=(*lost, Unread(subject="", n_files=1, reason="an archive")))
    assert outcome.n_unread == 5
    assert not outcome.is_all_measured
    assert (out / "unread.csv").read_text() == (
        "subject,n_files,reason\n01,4,cannot be read\n,1,an archive\n"
    )
    assert run(units, out).is_all_measured
    assert not (out / "unread.csv").exists()


def test_doubts_of_a_subject_that_failed_are_kept(tmp_path: Path) -> None:
    (unit,) = make_units(tmp_path / "in", {"01": "1 raise"})
    visits = tuple(replace(visit, doubts=("known by name only",)) for visit in unit.visits)
    run((replace(unit, visits=visits, defects=("two people",)),), tmp_path / "out")
    (status,) = read_statuses(tmp_path / "out")
    doubts = [f"{visit.label}: known by name only" for visit in visits]
    assert status.flags == ("two people", *doubts)
