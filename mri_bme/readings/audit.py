"""A log that only grows: JSON lines, each holding the hash of the one before.

Whoever changes, removes or reorders a line breaks the chain from there on, which `read_audit`
says. A line that a power cut left half-written was never acknowledged to anybody; the next
`append` takes it away.
"""

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mri_bme.errors import OutputRefused, UnreadableInput

START = "0" * 64
HASH = "hash"
BEFORE = "before"


def append(path: Path, entry: Mapping[str, Any]) -> dict[str, Any]:
    """Add a line; when this returns, it is on the disk.

    Returns
    -------
    dict
        The line as it was written, with the hashes ``before`` and ``hash``.

    Raises
    ------
    OutputRefused
        If the disk is full or the folder cannot be written to. The log is then as it was.
    UnreadableInput
        If the last line does not hold its own hash.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a+b", buffering=0) as stream:  # what failed is not tried when it closes
            end = _cut_unfinished(stream)
            line = chained(entry, _last_hash(stream, end))
            _write(stream, end, json.dumps(line, ensure_ascii=False, sort_keys=True) + "\n")
    except OSError as error:
        raise OutputRefused(
            f"cannot write {path.name}: {error.strerror or error}; the change was not kept, free "
            "some space and repeat it"
        ) from error
    return line


def chained(entry: Mapping[str, Any], before: str) -> dict[str, Any]:
    """Give an entry the hash of the line before and its own."""
    line = {**entry, BEFORE: before}
    return {**line, HASH: line_hash(line)}


def line_hash(line: Mapping[str, Any]) -> str:
    """SHA-256 of everything in a line but its own hash."""
    held = {name: value for name, value in line.items() if name != HASH}
    text = json.dumps(held, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def read_audit(path: Path) -> list[dict[str, Any]]:
    """Read a log and hold every line against the one before.

    Returns
    -------
    list of dict
        Empty when there is no log yet. A last line without its end is left out.

    Raises
    ------
    UnreadableInput
        If a line was changed, removed or put elsewhere; the message says which.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return []
    except OSError as error:
        raise UnreadableInput(f"{path.name} cannot be read: {error.strerror}") from error
    lines: list[dict[str, Any]] = []
    before = START
    for number, text in enumerate(content[: content.rfind(b"\n") + 1].splitlines(), start=1):
        line = _parsed(text, path.name, number)
        if line.get(BEFORE) != before or line.get(HASH) != line_hash(line):
            raise UnreadableInput(
                f"line {number} of {path.name} is not what was written: it, or the line before, "
                "was changed or removed; take the log from a backup"
            )
        before = str(line[HASH])
        lines.append(line)
    return lines


def _parsed(text: bytes, name: str, number: int) -> dict[str, Any]:
    try:
        line = json.loads(text)
    except ValueError as error:
        raise UnreadableInput(f"line {number} of {name} is not JSON; take it from a backup") from (
            error
        )
    if not isinstance(line, dict):
        raise UnreadableInput(f"line {number} of {name} is no entry; take it from a backup")
    return line


def _cut_unfinished(stream: Any) -> int:
    """Take away a last line without its end; give the length of the log."""
    stream.seek(0)
    content = stream.read()
    end = int(content.rfind(b"\n")) + 1
    if end < len(content):
        stream.truncate(end)
    return end


def _last_hash(stream: Any, end: int) -> str:
    if not end:
        return START
    stream.seek(0)
    last = stream.read(end).splitlines()[-1]
    line = _parsed(last, "the log", 0)
    if line.get(HASH) != line_hash(line):
        raise UnreadableInput("the last line of the log was changed; take it from a backup")
    return str(line[HASH])


def _write(stream: Any, end: int, text: str) -> None:
    """Write and bring to the disk, or leave the log as it was."""
    left = memoryview(text.encode())
    try:
        while left:
            left = left[os.write(stream.fileno(), left) :]
        os.fsync(stream.fileno())
    except OSError:
        os.truncate(stream.fileno(), end)
        raise
