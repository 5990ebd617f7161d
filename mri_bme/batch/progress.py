"""How far a run is: a bar on a terminal, plain lines elsewhere, and a log for machines."""

import json
import sys
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn
from rich.progress import TimeRemainingColumn as TimeLeft

from mri_bme.batch.work import Summary
from mri_bme.errors import OutputRefused
from mri_bme.inert import for_terminal

LOG_NAME = "log.jsonl"
PLAIN_LINE_EVERY_S = 10.0


class RunLog:
    """Appends one JSON object per event to a file."""

    def __init__(self, path: Path) -> None:
        try:
            self._stream = path.open("a", encoding="utf-8")
        except OSError as error:
            raise OutputRefused(
                f"cannot write {path.name}: {error.strerror}; choose a writable folder with enough "
                "free space"
            ) from error

    def write(self, event: str, **facts: Any) -> None:
        """Write an event with its time; a full disk loses the line, not the run."""
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        try:
            self._stream.write(json.dumps({"time": now, "event": event} | facts) + "\n")
            self._stream.flush()
        except OSError:
            return

    def close(self) -> None:
        """Close the file."""
        try:
            self._stream.close()
        except OSError:
            return


class ProgressDisplay:
    """Shows subjects done, failed, rate and time left, on standard error."""

    def __init__(self, total: int, *, console: Console | None = None) -> None:
        self._console = console or Console(stderr=True)
        self._counts: Counter[str] = Counter()
        self._total = total
        self._started = time.monotonic()
        self._last_line = self._started
        self._bar: Progress | None = None
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        if self._console.is_terminal and self._total:
            self._bar = Progress(
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TextColumn("{task.fields[tally]}"),
                TimeLeft(),
                console=self._console,
            )
            self._bar.start()
            self._task = self._bar.add_task("subjects", total=self._total, tally="")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def announce(self, text: str) -> None:
        """Say something that must be seen."""
        text = for_terminal(text)
        if self._bar is not None:
            self._bar.console.print(text, highlight=False, markup=False)
        else:
            sys.stderr.write(f"mri-bme: {text}\n")

    def finished(self, summary: Summary) -> None:
        """Count a subject, and say why one could not be measured."""
        self._counts[summary.status] += 1
        if summary.status == "failed":
            self.announce(f"{summary.subject} failed at {summary.stage}: {summary.reason}")
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, advance=1, tally=self._tally())
        elif self._is_line_due():
            self._last_line = time.monotonic()
            self.announce(f"{self._n_done} of {self._total} subjects, {self._tally()}")

    @property
    def _n_done(self) -> int:
        return sum(self._counts.values())

    def _is_line_due(self) -> bool:
        late = time.monotonic() - self._last_line >= PLAIN_LINE_EVERY_S
        return late or self._n_done == self._total

    def _tally(self) -> str:
        minutes = max(time.monotonic() - self._started, 1e-9) / 60
        rate = self._n_done / minutes
        left = (self._total - self._n_done) / rate if rate else 0.0
        return (
            f"{self._counts['not_evaluable']} not evaluable, {self._counts['failed']} failed, "
            f"{rate:.3g} per minute, {left:.0f} min left"
        )
