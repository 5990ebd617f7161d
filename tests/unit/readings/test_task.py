"""A task says what is read; what it cannot mean is refused in words."""

from pathlib import Path

import pytest

from mri_bme.errors import InvalidSettings
from mri_bme.readings.task import Task, read_task


def written(folder: Path, text: str) -> Path:
    path = folder / "TASK.toml"
    path.write_text(text)
    return path


def test_without_a_task_one_reader_corrects() -> None:
    task = read_task(None)
    assert (task.readers, task.outlines, task.is_blind) == (("R1",), "before", False)


def test_a_blind_task(tmp_path: Path) -> None:
    text = 'readers = ["R1", "R2"]\nvisits = "hidden"\noutlines = "after"\nask = ["sparcc"]\n'
    task = read_task(written(tmp_path, text))
    assert task.is_blind
    assert task.readers == ("R1", "R2")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('readers = ["R1", "r1"]', "two readers"),
        ('readers = ["auto"]', "cannot be called"),
        ('readers = ["consensus"]', "cannot be called"),
        ('readers = ["../R1"]', "readers"),
        ("readers = []", "readers"),
        ("repeat_share = 1.5", "repeat_share"),
        ('outlines = "sometimes"', "outlines"),
        ('ask = ["horoscope"]', "ask"),
        ("colour = 1", "colour"),
        ("readers = ", "TOML"),
    ],
)
def test_what_a_task_cannot_mean_is_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(InvalidSettings, match=said):
        read_task(written(tmp_path, text))


def test_a_missing_task_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidSettings, match=r"no file TASK\.toml"):
        read_task(tmp_path / "TASK.toml")


def test_outlines_before_are_not_blind() -> None:
    assert not Task(outlines="before").is_blind
    assert Task(outlines="never").is_blind
