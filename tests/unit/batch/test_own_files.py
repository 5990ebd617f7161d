"""What the program made is deleted; what somebody changed or put there is set aside."""

from pathlib import Path

import pytest

from mri_bme.batch.own_files import (
    OWN_NAME,
    keeping_earlier,
    record_own,
    remove_or_set_aside,
    remove_own,
    set_aside_changed,
)
from mri_bme.files import file_sha256


def written(folder: Path, **texts: str) -> Path:
    for name, text in texts.items():
        (folder / name).write_text(text)
    return folder


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} - {OWN_NAME}


def test_what_holds_what_was_recorded_is_deleted_and_nothing_else(tmp_path: Path) -> None:
    folder = written(tmp_path, made="1", edited="2", stranger="3", unnamed="4")
    record_own(folder, ["made", "edited", "unnamed", "missing"])
    written(folder, edited="by hand")
    remove_own(folder, ["made", "edited", "stranger", "missing"])
    assert names(folder) == {"edited.changed", "stranger.changed", "unnamed"}
    assert (folder / "edited.changed").read_text() == "by hand"


def test_claims_add_up_over_commands(tmp_path: Path) -> None:
    folder = written(tmp_path, first="1", second="2")
    record_own(folder, ["first"])
    record_own(folder, ["second"])
    remove_own(folder, ["first", "second"])
    assert list(folder.iterdir()) == []  # nor a record of nothing


@pytest.mark.parametrize("record", ["", "[]", "{", '{"made": 3}'])
def test_a_damaged_record_claims_nothing(tmp_path: Path, record: str) -> None:
    folder = written(tmp_path, made="1", **{OWN_NAME: record})
    remove_own(folder, ["made"])
    assert names(folder) == {"made.changed"}


def test_no_file_that_was_set_aside_is_written_over(tmp_path: Path) -> None:
    for text in ("first", "second", "third"):
        remove_or_set_aside(written(tmp_path, mask=text) / "mask", None)
    held = {path.name: path.read_text() for path in tmp_path.iterdir()}
    assert held == {"mask.changed": "first", "mask.changed2": "second", "mask.changed3": "third"}


def test_a_link_is_taken_away_and_what_it_leads_to_stays(tmp_path: Path) -> None:
    precious = written(tmp_path, precious="mine") / "precious"
    (tmp_path / "link").symlink_to(precious)
    remove_or_set_aside(tmp_path / "link", file_sha256(precious))
    assert names(tmp_path) == {"precious"}


def test_what_was_edited_is_set_aside_under_a_name_of_its_own(tmp_path: Path) -> None:
    folder = written(tmp_path, same="1", edited="2", stranger="3")
    record_own(folder, ["same", "edited", "gone"])
    written(folder, edited="by hand")
    assert set_aside_changed(folder) == ("edited.changed",)
    written(folder, edited="again by hand")
    assert set_aside_changed(folder) == ("edited.changed2",)
    assert names(folder) == {"same", "stranger", "edited.changed", "edited.changed2"}
    assert (folder / "edited.changed").read_text() == "by hand"


def test_an_earlier_file_is_kept_only_where_it_held_something_else(tmp_path: Path) -> None:
    path = tmp_path / "sizes.csv"
    for text, expected in (("1", []), ("1", []), ("2", ["sizes.csv.changed"])):
        with keeping_earlier(path) as kept:
            path.write_text(text)
        assert kept == expected
    assert (tmp_path / "sizes.csv.changed").read_text() == "1"
    assert names(tmp_path) == {"sizes.csv", "sizes.csv.changed"}


def test_an_earlier_file_stays_where_writing_fails(tmp_path: Path) -> None:
    path = tmp_path / "sizes.csv"
    path.write_text("1")
    with pytest.raises(OSError, match="full"), keeping_earlier(path) as kept:
        raise OSError("full")
    assert kept == []
    assert names(tmp_path) == {"sizes.csv"}
