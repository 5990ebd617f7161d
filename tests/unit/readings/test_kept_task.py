"""The task is kept beside the readings, and its limits with it."""

from pathlib import Path

import pytest

from mri_bme.errors import InvalidSettings
from mri_bme.readings.kept_task import TASK_NAME, keep_task, kept_task
from mri_bme.readings.task import Task


def test_a_task_comes_back_as_it_was_given(tmp_path: Path) -> None:
    task = Task(readers=("R1", "R2"), visits="hidden", outlines="never", ask=("masks", "sparcc"),
                adjudicator="A1", adjudicate_beyond_ml=0.3, repeat_share=0.2)  # fmt: skip
    keep_task(tmp_path, task)
    assert kept_task(tmp_path) == task
    keep_task(tmp_path, Task(readers=("R3",)))
    assert kept_task(tmp_path) == Task(readers=("R3",))


def test_without_a_task_there_is_none(tmp_path: Path) -> None:
    assert kept_task(tmp_path) is None


def test_a_task_that_was_made_unreadable_is_refused(tmp_path: Path) -> None:
    keep_task(tmp_path, Task())
    (tmp_path / "readings" / TASK_NAME).write_text("readers = 3")
    with pytest.raises(InvalidSettings, match="is no task"):
        kept_task(tmp_path)
