"""Tables as a reader has them: measured by the code of the run, and attributed."""

from pathlib import Path

import pytest
from read_study import LESION, drawn, sign

from mri_bme.batch.read_by import all_readings, as_read_by, check_read_by, first_readings
from mri_bme.batch.status import read_statuses
from mri_bme.errors import InvalidSettings
from mri_bme.readings.kept_task import keep_task
from mri_bme.readings.task import Task

HALF = (slice(2, 5), slice(15, 21), slice(62, 74))
NEARLY = (slice(2, 5), slice(15, 26), slice(62, 74))
LESION_ML, NEARLY_ML = 3 * 12 * 12 * 0.004, 3 * 11 * 12 * 0.004


@pytest.fixture
def read(study: Path) -> Path:
    sign(study, "R1", "sub-01", {"baseline": drawn(LESION), "week14": drawn(LESION)})
    sign(study, "R2", "sub-01", {"baseline": drawn(LESION), "week14": drawn(HALF)})
    sign(study, "consensus", "sub-01", {"baseline": drawn(HALF), "week14": drawn(HALF)})
    return study


def row(out: Path, read_by: str, table: str, **where: str) -> dict:
    statuses = as_read_by(out, list(read_statuses(out)), read_by)
    wanted = {"subject": "01", "region": "total", **where}
    rows = [r for status in statuses for r in status.rows[table]]
    (found,) = [r for r in rows if all(r[name] == value for name, value in wanted.items())]
    return found


def test_the_programs_rows_are_those_of_the_run(read: Path) -> None:
    statuses = list(read_statuses(read))
    assert tuple(as_read_by(read, statuses, "auto")) == tuple(statuses)
    assert row(read, "auto", "changes")["verdict"] == "resolved"
    assert row(read, "auto", "changes")["read_by"] == "auto"


def test_a_readers_rows_are_measured_on_the_readers_masks(read: Path) -> None:
    visit = row(read, "R1", "visits", visit="week14")
    assert visit["edema_ml"] == pytest.approx(LESION_ML, rel=1e-6)
    assert visit["read_by"] == "R1"
    assert row(read, "R1", "changes")["verdict"] == "unchanged"
    assert row(read, "R2", "changes")["change_ml"] == pytest.approx(-LESION_ML / 2, rel=1e-6)


def test_the_consensus_is_a_reading_of_its_own(read: Path) -> None:
    visit = row(read, "consensus", "visits", visit="baseline")
    assert visit["edema_ml"] == pytest.approx(LESION_ML / 2, rel=1e-6)


def test_what_was_adjudicated_stands_though_readers_differ(read: Path) -> None:
    for table in ("visits", "changes"):
        found = row(
            read, "consensus", table, **({"visit": "baseline"} if table == "visits" else {})
        )
        assert (found["read_by"], found["read_from"]) == ("consensus", "adjudicated")


AGREEING = {"baseline": drawn(LESION), "week14": drawn()}


def agreeing(study: Path, *, second: dict | None = None) -> None:
    sign(study, "R1", "sub-01", AGREEING)
    sign(study, "R2", "sub-01", second or {"baseline": drawn(NEARLY), "week14": drawn()})


def test_readers_who_agree_within_the_limit_have_their_mean_as_consensus(study: Path) -> None:
    agreeing(study)
    visit = row(study, "consensus", "visits", visit="baseline")
    assert visit["edema_ml"] == pytest.approx((LESION_ML + NEARLY_ML) / 2, rel=1e-6)
    assert (visit["read_by"], visit["read_from"]) == ("consensus", "mean of R1, R2")
    change = row(study, "consensus", "changes")
    assert change["change_ml"] == pytest.approx(-(LESION_ML + NEARLY_ML) / 2, rel=1e-6)
    assert (change["verdict"], change["read_from"]) == ("resolved", "mean of R1, R2")


def test_readers_who_differ_have_no_consensus_before_it_is_adjudicated(study: Path) -> None:
    agreeing(study, second={"baseline": drawn(HALF), "week14": drawn()})
    visit = row(study, "consensus", "visits", visit="baseline")
    assert visit["reason"] == (
        "readers differ, not adjudicated yet: baseline: volume differs by 0.864 mL"
    )
    assert "edema_ml" not in visit
    assert "read_from" not in visit
    assert row(study, "consensus", "changes")["verdict"] == "not_evaluable"


@pytest.mark.parametrize(("limit", "how"), [(0.1, None), (0.2, "mean of R1, R2")])
def test_the_limit_is_that_of_the_task(study: Path, limit: float, how: str | None) -> None:
    agreeing(study)
    keep_task(study, Task(readers=("R1", "R2"), adjudicate_beyond_ml=limit))
    assert row(study, "consensus", "visits", visit="baseline").get("read_from") == how


def test_one_reading_is_no_consensus_and_the_program_no_reader(study: Path) -> None:
    sign(study, "R1", "sub-01", AGREEING)
    visit = row(study, "consensus", "visits", visit="baseline")
    assert visit["reason"].startswith("read by R1 only")
    assert "edema_ml" not in visit
    nobody = row(study, "consensus", "visits", subject="02", visit="baseline")
    assert nobody["reason"].startswith("not read")


def test_who_is_no_reader_of_the_task_has_no_part_in_the_consensus(study: Path) -> None:
    agreeing(study)
    sign(study, "OTHER", "sub-01", {"baseline": drawn(), "week14": drawn(LESION)})
    assert "readers differ" in row(study, "consensus", "visits", visit="baseline")["reason"]
    keep_task(study, Task(readers=("R1", "R2")))
    found = row(study, "consensus", "visits", visit="baseline")
    assert found["read_from"] == "mean of R1, R2"


def test_sparcc_counts_where_it_was_scored(study: Path) -> None:
    slices = {n: {"quadrants": ["left_ilium_upper"], "deep": ["left"]} for n in range(6)}
    sign(study, "R1", "sub-01", AGREEING, scores={"week14": {"sparcc": {"first": 1}}})
    scored = {"week14": {"sparcc": {"first": 1, "slices": slices}}}
    sign(study, "R2", "sub-01", AGREEING, scores=scored)
    assert row(study, "consensus", "visits", visit="baseline")["reason"] == (
        "readers differ, not adjudicated yet: week14: SPARCC differs by 12"
    )


def test_the_mean_is_that_of_readers_without_the_consensus(read: Path) -> None:
    visit = row(read, "mean", "visits", visit="week14")
    assert visit["edema_ml"] == pytest.approx(0.75 * LESION_ML, rel=1e-6)
    change = row(read, "mean", "changes")
    assert change["change_ml"] == pytest.approx(-0.25 * LESION_ML, rel=1e-6)
    assert (change["read_by"], change["read_from"]) == ("mean", "mean of R1, R2")


def test_a_subject_that_was_not_read_has_no_numbers_and_the_reason(read: Path) -> None:
    other = row(read, "R1", "visits", subject="02", visit="baseline")
    assert other["evaluable"] is False
    assert other["reason"] == "not read by R1"
    assert "edema_ml" not in other
    assert other["read_by"] == "R1"


def test_who_only_scored_has_no_volumes(study: Path) -> None:
    sign(study, "R3", "sub-01", {}, scores={"baseline": {"impression": 4}})
    sign(study, "R3", "sub-02", {}, scores={"baseline": {"impression": 0, "read": True}})
    assert "edema_ml" not in row(study, "R3", "visits", visit="baseline")
    none = row(study, "R3", "visits", subject="02", visit="baseline")
    assert none["edema_ml"] == 0  # read, and nothing drawn


@pytest.mark.parametrize("who", ["R9", "r1"])
def test_a_reader_who_signed_nothing_is_refused(read: Path, who: str) -> None:
    with pytest.raises(InvalidSettings, match="auto, mean, consensus, R1, R2"):
        check_read_by(read, who)


def test_without_readings_there_is_only_the_program(study: Path) -> None:
    check_read_by(study, "auto")
    with pytest.raises(InvalidSettings, match="choose one of auto"):
        check_read_by(study, "mean")


def test_second_readings_are_no_result(read: Path) -> None:
    sign(read, "R1", "sub-01", {"baseline": drawn(HALF)}, again=True)
    assert len(list(all_readings(read, "sub-01"))) == 4
    assert dict(first_readings(read, "sub-01"))["R1"].visits[0].segmentation.counted_ml == (
        pytest.approx(LESION_ML)
    )
