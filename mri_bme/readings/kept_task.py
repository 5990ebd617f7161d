"""The task that readings were made by, kept beside them: ``OUT/readings/task.toml``."""

from pathlib import Path

import tomli_w

from mri_bme.files import write_text
from mri_bme.readings.shelf import READINGS_FOLDER
from mri_bme.readings.task import Task, read_task

TASK_NAME = "task.toml"


def keep_task(out: Path, task: Task) -> None:
    """Keep what readers were asked, so that their agreement is judged by the same limits later."""
    told = task.model_dump(mode="json", exclude_none=True)
    write_text(out / READINGS_FOLDER / TASK_NAME, tomli_w.dumps(told))


def kept_task(out: Path) -> Task | None:
    """Give the task that the room was last opened with; None where none was given.

    Raises
    ------
    InvalidSettings
        If the file was made unreadable.
    """
    path = out / READINGS_FOLDER / TASK_NAME
    return read_task(path) if path.is_file() else None
