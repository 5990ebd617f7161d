"""Cases of a verification are kept, and a verification that was stopped goes on."""

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from mri_bme.batch import cluster, verification
from mri_bme.batch.code_version import code_version
from mri_bme.batch.plan import Shard
from mri_bme.batch.verification import check_any, do_items, key_of
from mri_bme.errors import NotEvaluable, RoiNotFound
from mri_bme.findings import Interval
from mri_bme.phantom import Protocol
from mri_bme.sacroiliac import RegionKind
from mri_bme.settings import Settings
from mri_bme.verify import Case, Failure, Measurement, design_cases
from mri_bme.verify.failures import Trial, trials
from mri_bme.verify.lesions import FalseLesion, LesionSeen
from mri_bme.verify.regions import Difference, RegionFound

CASES = design_cases(Protocol(), quick=True)[:4]
SCENE = trials(Protocol(), quick=True)[0]
HELD = Interval(low=0.1, high=1 / 3)


def measured(case: Case, **_: object) -> tuple[Measurement, ...]:
    """Something of every kind that a measurement holds, with digits that have no end."""
    row = Measurement(
        case=case.name,
        seed=case.seed,
        level_ml=case.level_ml,
        condition=case.condition,
        visit="baseline",
        bones="given",
        true_ml=case.level_ml,
        found_ml=case.level_ml / 3,
        interval_ml=HELD,
        registration_error_mm=None,
        change_verdict="unchanged",
        reason="",
        regions=(
            RegionFound(
                region="left", kind=RegionKind.SIDE, true_ml=0.1, found_ml=1 / 7, interval_ml=HELD
            ),
        ),
        differences=(
            Difference(
                region="left",
                kind=RegionKind.SIDE,
                baseline_ml=0.1,
                followup_ml=0.2,
                interval_ml=None,
                verdict="unchanged",
            ),
        ),
        lesions=(LesionSeen(true_ml=0.1, contrast=None, shared=1 / 9, found_ml=0.0),),
        false_lesions=(FalseLesion(found_ml=1 / 11, contrast=1 / 3 + 1),),
    )
    return row, replace(row, visit="week14", found_ml=None, interval_ml=None)


def carried_out(trial: Trial, **_: object) -> Failure:
    return Failure(
        name=trial.name, seed=1, true_ml=6.0, found_ml=None, interval_ml=None, said=("no",)
    )


@pytest.fixture
def done(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of items as they are done."""
    names: list[str] = []

    def measure_case(case: Case, **options: object) -> tuple[Measurement, ...]:
        names.append(case.name)
        return measured(case)

    monkeypatch.setattr(verification, "measure_case", measure_case)
    monkeypatch.setattr(verification, "carry_out", carried_out)
    return names


def test_what_was_stopped_goes_on_and_gives_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, done: list[str]
) -> None:
    """Killed after two of four cases: the other two are done, and all is as done at once."""
    at_once = do_items((*CASES, SCENE), tmp_path / "once", settings=Settings())
    assert len(at_once.rows) == 8
    assert at_once.failures == (carried_out(SCENE),)
    plain = verification.measure_case

    def killed(case: Case, **options: object) -> tuple[Measurement, ...]:
        if case == CASES[2]:
            raise KeyboardInterrupt
        return plain(case)

    monkeypatch.setattr(verification, "measure_case", killed)
    with pytest.raises(KeyboardInterrupt):
        do_items((*CASES, SCENE), tmp_path / "twice", settings=Settings())
    monkeypatch.setattr(verification, "measure_case", plain)
    done.clear()
    again = do_items((*CASES, SCENE), tmp_path / "twice", settings=Settings())
    assert done == [case.name for case in CASES[2:]]
    assert (again.rows, again.failures) == (at_once.rows, at_once.failures)
    assert again.left == ()


def test_a_file_that_was_cut_off_is_done_again(tmp_path: Path, done: list[str]) -> None:
    do_items(CASES, tmp_path, settings=Settings())
    path = tmp_path / "cases" / f"{CASES[0].name}.json"
    path.write_text(path.read_text()[:40])
    done.clear()
    do_items(CASES, tmp_path, settings=Settings())
    assert done == [CASES[0].name]


def test_other_settings_or_another_case_measure_again() -> None:
    other = Settings.model_validate({"segment": {"n_sd": 4.0}})
    keys = {
        key_of(CASES[0], Settings(), true_bones=False),
        key_of(CASES[1], Settings(), true_bones=False),
        key_of(CASES[0], other, true_bones=False),
        key_of(CASES[0], Settings(), true_bones=True),
        key_of(replace(CASES[0], positioning=2.0), Settings(), true_bones=False),
    }
    assert len(keys) == 5


def test_two_shards_make_the_whole(tmp_path: Path, done: list[str]) -> None:
    first = do_items(CASES, tmp_path, settings=Settings(), shard=Shard(number=1, total=2))
    assert len(first.left) == 2
    second = do_items(CASES, tmp_path, settings=Settings(), shard=Shard(number=2, total=2))
    assert second.left == ()
    assert done == [CASES[k].name for k in (0, 2, 1, 3)]
    whole = do_items(CASES, tmp_path, settings=Settings())
    assert len(done) == 4
    assert [row.case for row in whole.rows] == [c.name for c in CASES for _ in range(2)]


def test_a_case_that_fails_is_said_and_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, done: list[str]
) -> None:
    plain = verification.measure_case

    def failing(case: Case, **options: object) -> tuple[Measurement, ...]:
        if case == CASES[1]:
            raise RoiNotFound("the joints were not found")
        return plain(case)

    monkeypatch.setattr(verification, "measure_case", failing)
    found = do_items(CASES, tmp_path, settings=Settings())
    assert found.lost == (f"{CASES[1].name}: the joints were not found",)
    assert found.left == (CASES[1].name,)
    monkeypatch.setattr(verification, "measure_case", plain)
    assert do_items(CASES, tmp_path, settings=Settings()).left == ()


def test_nothing_is_told_of_nothing(tmp_path: Path) -> None:
    with pytest.raises(NotEvaluable, match="none was done"):
        check_any(do_items((), tmp_path, settings=Settings()))


def test_workers_of_a_cluster_do_the_cases(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, done: list[str]
) -> None:
    class HereAndNow:
        def __enter__(self) -> "HereAndNow":
            return self

        def __exit__(self, *error: object) -> None:
            return None

        def wait_for_workers(self, n: int, timeout: float) -> None:
            return None

        def run(self, function) -> dict[str, str]:
            return {"a": code_version()}

        def nthreads(self) -> dict[str, int]:
            return {"a": 1}

        def submit(self, function, *given, pure: bool) -> SimpleNamespace:
            result = function(*given)
            return SimpleNamespace(
                key=f"{len(done)}", status="finished", result=lambda: result, release=lambda: None
            )

        def cancel(self, futures) -> None:
            return None

    monkeypatch.setattr(
        cluster,
        "_distributed",
        lambda: SimpleNamespace(
            Client=lambda address, timeout: HereAndNow(),
            TimeoutError=TimeoutError,
            wait=lambda futures, timeout, return_when: SimpleNamespace(done=futures[:1]),
        ),
    )
    found = do_items(CASES, tmp_path, settings=Settings(), scheduler="tcp://x")
    assert found.left == ()
    assert sorted(done) == sorted(case.name for case in CASES)
    kept = json.loads((tmp_path / "cases" / f"{CASES[0].name}.json").read_text())
    assert kept["rows"][0]["case"] == CASES[0].name
