"""How far a run is: a bar on a terminal, plain lines elsewhere, and a log for machines."""

import json
import sys
import threading
import time
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn

from mri_bme.batch.underway import Underway, Watch
from mri_bme.batch.work import Summary
from mri_bme.errors import OutputRefused
from mri_bme.inert import for_terminal
from mri_bme.loudness import Loudness

LOG_NAME = "log.jsonl"
PLAIN_LINE_EVERY_S = 10.0
TICK_S = 0.5
SECONDS_SAID_BELOW = 100
SECONDS_PER_HOUR = 5400  # minutes are said up to an hour and a half
SHOWN_UNDERWAY = 2


class RunLog:
    """Appends one JSON object per event to a file."""

    def __init__(self, path: Path) -> None:
        try:
            self._stream = path.open("a", encoding="utf-8", newline="\n")
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
    """Shows subjects done, failed, what is in work and time left, on standard error.

    Parameters
    ----------
    total : int
        Subjects to be done.
    console : Console, optional
        Where a bar is drawn; standard error by itself.
    loudness : Loudness
        Failures are said in any case; the rest not with `QUIET`.
    watch : Watch, optional
        Knows which subjects are in work.
    expected_s : float
        How long all may take; believed until enough is done to tell by.
    """

    def __init__(
        self,
        total: int,
        *,
        console: Console | None = None,
        loudness: Loudness = Loudness.NORMAL,
        watch: Watch | None = None,
        expected_s: float = 0.0,
    ) -> None:
        self._console = console or Console(stderr=True)
        self._counts: Counter[str] = Counter()
        self._total = total
        self._loudness = loudness
        self._watch = watch
        self._expected_s = expected_s
        self._started = time.monotonic()
        self._last_line = self._started
        self._bar: Progress | None = None
        self._task: TaskID | None = None
        self._ended = threading.Event()
        self._ticker: threading.Thread | None = None

    def __enter__(self) -> Self:
        if not self._total or self._loudness is Loudness.QUIET:
            return self
        if self._console.is_terminal:
            self._bar = Progress(
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TextColumn("{task.fields[tally]}"),
                console=self._console,
            )
            self._bar.start()
            self._task = self._bar.add_task("subjects", total=self._total, tally=self._tally(()))
        self._ticker = threading.Thread(target=self._tick_until_ended, daemon=True)
        self._ticker.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ended.set()
        if self._ticker is not None:
            self._ticker.join()
        if self._bar is not None:
            self._bar.stop()

    def announce(self, text: str) -> None:
        """Say something that must be seen."""
        text = for_terminal(text)
        if self._bar is not None:
            self._bar.console.print(text, highlight=False, markup=False)
        else:
            sys.stderr.write(f"mri-bme: {text}\n")

    def finished(self, summary: Summary, index: int, *, detail: str = "") -> None:
        """Count a subject, and say why one could not be measured."""
        self._counts[summary.status] += 1
        if self._watch is not None:
            self._watch.finished(index)
        if summary.status == "failed":
            self.announce(f"{summary.subject} failed at {summary.stage}: {summary.reason}")
        if detail and self._loudness is Loudness.VERBOSE:
            self.announce(f"{summary.subject}: {detail}")
        self.tick(is_last=self._n_done == self._total)

    def tick(self, *, is_last: bool = False) -> None:
        """Show how far the run is now; without a terminal, every ten seconds."""
        if self._loudness is Loudness.QUIET:
            return
        underway = self._watch.now() if self._watch is not None else ()
        if self._bar is not None and self._task is not None:
            done = self._n_done + sum(one.share for one in underway)
            self._bar.update(
                self._task,
                completed=done,
                description=_in_work(underway) or "subjects",
                tally=self._tally(underway),
            )
        elif is_last or time.monotonic() - self._last_line >= PLAIN_LINE_EVERY_S:
            self._last_line = time.monotonic()
            words = [f"{self._n_done} of {self._total} subjects", _in_work(underway)]
            self.announce(", ".join([*filter(None, words), self._tally(underway)]))

    def _tick_until_ended(self) -> None:
        while not self._ended.wait(TICK_S):
            self.tick()

    @property
    def _n_done(self) -> int:
        return sum(self._counts.values())

    def _tally(self, underway: Sequence[Underway]) -> str:
        words = [
            f"{self._counts[name]} {text}"
            for name, text in (("not_evaluable", "not evaluable"), ("failed", "failed"))
            if self._counts[name]
        ]
        if self._n_done < self._total:
            words.append(f"about {in_words(self._left_s(underway))} left")
        return ", ".join(words) or f"{in_words(time.monotonic() - self._started)}"

    def _left_s(self, underway: Sequence[Underway]) -> float:
        """Believe what was expected at first, and what was seen the more, the more is done."""
        elapsed = time.monotonic() - self._started
        done = (self._n_done + sum(one.share for one in underway)) / self._total
        if not done:
            return max(self._expected_s - elapsed, 1.0)
        seen = elapsed / done
        return (1 - done) * (done * seen + (1 - done) * (self._expected_s or seen))


def in_words(seconds: float) -> str:
    """Say a time as roughly as it is known.

    Examples
    --------
    >>> in_words(7.3), in_words(130), in_words(9000)
    ('7 s', '2 min', '2.5 h')
    """
    if seconds < SECONDS_SAID_BELOW:
        return f"{max(seconds, 1):.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < SECONDS_PER_HOUR else f"{seconds / 3600:.1f} h"


def _in_work(underway: Sequence[Underway]) -> str:
    shown = [f"{one.subject}: {one.stage}" for one in underway[:SHOWN_UNDERWAY]]
    more = [f"{len(underway) - SHOWN_UNDERWAY} more"] if len(underway) > SHOWN_UNDERWAY else []
    return "; ".join([*shown, *more])
