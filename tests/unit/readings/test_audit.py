"""A log only grows: whatever else is done to it shows."""

import json
from pathlib import Path

import pytest

from mri_bme.errors import OutputRefused, UnreadableInput
from mri_bme.readings.audit import append, line_hash, read_audit


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "R1" / "audit.jsonl"
    for n in range(4):
        append(path, {"what": "stroke", "n": n})
    return path


def lines_of(log: Path) -> list[str]:
    return log.read_text().splitlines()


def test_every_line_holds_the_hash_of_the_one_before(log: Path) -> None:
    lines = read_audit(log)
    assert [line["n"] for line in lines] == [0, 1, 2, 3]
    assert [line["before"] for line in lines[1:]] == [line["hash"] for line in lines[:-1]]
    assert all(line["hash"] == line_hash(line) for line in lines)


def test_a_changed_line_is_found(log: Path) -> None:
    log.write_text(log.read_text().replace('"n": 2', '"n": 7'))
    with pytest.raises(UnreadableInput, match="line 3"):
        read_audit(log)


def test_a_changed_line_with_its_hash_made_anew_is_found_at_the_next(log: Path) -> None:
    lines = lines_of(log)
    line = json.loads(lines[1]) | {"n": 9}
    lines[1] = json.dumps(line | {"hash": line_hash(line)})
    log.write_text("\n".join(lines) + "\n")
    with pytest.raises(UnreadableInput, match="line 3"):
        read_audit(log)


@pytest.mark.parametrize("order", [(0, 2, 3), (0, 2, 1, 3), (1, 2, 3)])
def test_removed_and_reordered_lines_are_found(log: Path, order: tuple[int, ...]) -> None:
    lines = lines_of(log)
    log.write_text("".join(lines[n] + "\n" for n in order))
    with pytest.raises(UnreadableInput, match="changed or removed"):
        read_audit(log)


def test_a_half_written_last_line_is_left_out_and_then_taken_away(log: Path) -> None:
    whole = log.read_bytes()
    log.write_bytes(whole + b'{"what": "stro')
    assert len(read_audit(log)) == 4
    append(log, {"what": "stroke", "n": 4})
    assert [line["n"] for line in read_audit(log)] == [0, 1, 2, 3, 4]


def test_nothing_is_added_to_a_log_whose_end_was_changed(log: Path) -> None:
    log.write_text(log.read_text().replace('"n": 3', '"n": 8'))
    with pytest.raises(UnreadableInput, match="last line"):
        append(log, {"what": "stroke"})


def test_a_full_disk_leaves_the_log_as_it_was(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = log.read_bytes()

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("mri_bme.readings.audit.os.fsync", full)
    with pytest.raises(OutputRefused, match="not kept"):
        append(log, {"what": "stroke", "n": 4})
    assert log.read_bytes() == before


def test_no_log_is_no_line(tmp_path: Path) -> None:
    assert read_audit(tmp_path / "audit.jsonl") == []
