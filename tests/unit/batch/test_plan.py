"""Who is to be done: no subject lost, none doubled, none done twice."""

from pathlib import Path
from shutil import rmtree

import pytest

from mri_bme.batch.inputs import SubjectUnit, VisitUnit, unit_sha256
from mri_bme.batch.plan import Shard, State, bids_label, chosen_units, estimate, plan, with_folders
from mri_bme.batch.status import Effort, SubjectStatus, write_status
from mri_bme.errors import InvalidSettings


def unit_of(subject: str) -> SubjectUnit:
    visit = VisitUnit(label="baseline", day=0, volume=None)
    return SubjectUnit(subject=subject, folder="", visits=(visit,))


def test_names_that_meet_on_disk_are_told_apart() -> None:
    folders = [u.folder for u in with_folders(map(unit_of, ("A-1", "a1", "A2", "sub-3", "Ä")))]
    assert len({folder.lower() for folder in folders}) == 5
    assert {"sub-A2", "sub-3"} <= set(folders)
    assert all(bids_label(folder.removeprefix("sub-")) == folder[4:] for folder in folders)


def test_patterns_and_shards_part_the_cohort_without_loss_or_double() -> None:
    units = with_folders(map(unit_of, (f"{site}{n:02d}" for site in "AB" for n in range(7))))
    assert len(chosen_units(units, subjects=["A*"], exclude=["*03"])) == 6
    parts = [chosen_units(units, shard=Shard.parse(f"{i}/3")) for i in (1, 2, 3)]
    assert sorted(u.subject for part in parts for u in part) == [u.subject for u in units]


@pytest.mark.parametrize("text", ["0/3", "4/3", "1", "a/b", "1/0"])
def test_a_shard_counts_from_one_to_the_number_of_shards(text: str) -> None:
    assert Shard.parse(" 3/3 ") == Shard(number=3, total=3)
    with pytest.raises(InvalidSettings, match="--shard takes i/n"):
        Shard.parse(text)


def test_patterns_that_leave_nobody_are_refused() -> None:
    units = with_folders(map(unit_of, ("A01", "A02")))
    assert [u.subject for u in chosen_units(units, subjects=["sub-A02"])] == ["A02"]
    with pytest.raises(InvalidSettings, match="leave none of 2 subjects"):
        chosen_units(units, subjects=["B*"])


def status_of(unit: SubjectUnit, outcome: str, kind: str = "") -> SubjectStatus:
    return SubjectStatus(
        subject=unit.subject,
        folder=unit.folder,
        visits=("baseline",),
        unit_sha256=unit_sha256(unit),
        status=outcome,
        kind=kind,
        code_version="1",
        settings_sha256="s",
        effort=Effort(seconds=7200.0, peak_memory_mb=900.0),
    )


@pytest.mark.parametrize(
    ("outcome", "kind", "retry", "state"),
    [
        ("ok", "", False, State.DONE),
        ("not_evaluable", "", True, State.DONE),
        ("failed", "error", False, State.FAILED),
        ("failed", "error", True, State.RETRY),
        ("failed", "disk", False, State.RETRY),  # says nothing about the subject
    ],
)
def test_what_a_resumed_run_does_follows_from_how_it_ended(
    tmp_path: Path, outcome: str, kind: str, retry: bool, state: State
) -> None:
    (unit,) = with_folders([unit_of("01")])
    write_status(tmp_path, status_of(unit, outcome, kind))
    same = {"code_version": "1", "settings_sha256": "s", "retry_failed": retry}
    (planned,) = plan([unit], tmp_path, **same)
    assert planned.state is state
    assert planned.is_due == (state in (State.TODO, State.RETRY))
    for changed in ({"code_version": "2"}, {"settings_sha256": "t"}, {"restart": True}):
        (again,) = plan([unit], tmp_path, **{**same, **changed})
        assert again.state is State.TODO


def test_the_estimate_is_that_of_subjects_already_done(tmp_path: Path) -> None:
    units = with_folders(map(unit_of, ("01", "02", "03", "04", "05")))
    write_status(tmp_path, status_of(units[0], "ok"))
    planned = plan(units, tmp_path, code_version="1", settings_sha256="s")
    rmtree(tmp_path / units[0].folder)  # thousands are not read a second time, nor held
    found = estimate(planned, jobs=2)
    assert (found.n_due, found.measured_on) == (4, 1)
    assert found.hours == pytest.approx(4 * 2.0 / 2)  # 2 h a visit, two at a time
    assert found.memory_mb == pytest.approx(2 * 900.0)


def test_a_subject_whose_page_was_deleted_is_to_be_done_again(tmp_path: Path) -> None:
    (unit,) = with_folders([unit_of("01")])
    done = status_of(unit, "ok").model_copy(update={"outputs": {"report.html": "x"}})
    write_status(tmp_path, done)
    page = tmp_path / unit.folder / "report.html"
    same = {"code_version": "1", "settings_sha256": "s"}
    page.write_text("x")
    assert plan([unit], tmp_path, **same)[0].state is State.DONE
    page.unlink()
    assert plan([unit], tmp_path, **same)[0].state is State.TODO
