"""What is in work is known from the markers that stages leave."""

from pathlib import Path

import pytest

from mri_bme.batch.inputs import SubjectUnit, VisitUnit
from mri_bme.batch.stages import CHEAP, MARKER_NAME, SECTIONS_OF
from mri_bme.batch.underway import SHARE_OF_STAGE, Watch, share_done


def unit(name: str, *labels: str) -> SubjectUnit:
    visits = tuple(VisitUnit(label=label, day=None, volume=None) for label in labels)
    return SubjectUnit(subject=name, folder=f"sub-{name}", visits=visits)


def mark(out: Path, one: SubjectUnit, stage: str) -> None:
    (out / one.folder).mkdir(exist_ok=True)
    (out / one.folder / MARKER_NAME).write_text(stage)


def test_only_subjects_that_can_be_in_work_are_looked_at(tmp_path: Path) -> None:
    units = [unit(name, "baseline") for name in ("01", "02", "03")]
    for one in units:
        mark(tmp_path, one, "rois baseline")
    watch = Watch(units, tmp_path, n_workers=1)
    assert [one.subject for one in watch.now()] == ["01"]
    watch.finished(0)
    assert [one.subject for one in watch.now()] == ["02"]
    watch.finished(1)
    watch.finished(2)
    assert watch.now() == ()


def test_a_subject_without_a_marker_has_not_started(tmp_path: Path) -> None:
    assert Watch([unit("01", "baseline")], tmp_path, n_workers=2).now() == ()


def test_the_share_grows_from_stage_to_stage() -> None:
    stages = [
        *("read", "read baseline", "read week14"),
        *("appearance baseline", "rois baseline", "rois week14"),
        *("registration baseline week14", "edema baseline", "score week14"),
        *("change baseline week14", "write", "report"),
    ]
    shares = [share_done(stage, unit("01", "baseline", "week14")) for stage in stages]
    assert shares[0] == 0.0
    assert shares == sorted(set(shares))
    assert shares[-1] < 1.0


def test_a_stage_that_is_not_known_does_not_go_back(tmp_path: Path) -> None:
    one = unit("01", "baseline")
    watch = Watch([one], tmp_path, n_workers=1)
    mark(tmp_path, one, "edema baseline")
    (before,) = watch.now()
    mark(tmp_path, one, "fat baseline")
    (after,) = watch.now()
    assert after.stage == "fat baseline"
    assert after.share == before.share > 0


@pytest.mark.parametrize("stage", ["", "start", "a stage of tomorrow"])
def test_an_unknown_stage_has_done_nothing(stage: str) -> None:
    assert share_done(stage, unit("01", "baseline")) == 0.0


def test_every_stage_that_is_remembered_or_cheap_has_its_share() -> None:
    assert {*SECTIONS_OF, *CHEAP} <= set(SHARE_OF_STAGE)
