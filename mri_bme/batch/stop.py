"""Ctrl-C: once to finish what is running, twice to abandon it; SIGTERM abandons at once."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType


@dataclass(kw_only=True, eq=False)
class Stop:
    """Whether the run was asked to stop, and how soon."""

    finish: bool = False
    abandon: bool = False
    signal_number: int | None = None

    def ask(self, number: int, *, at_once: bool) -> None:
        """Ask to finish what is running; ask again, or `at_once`, to abandon it."""
        self.abandon = self.finish or at_once
        self.finish = True
        self.signal_number = number


@contextmanager
def listening(stop: Stop, announce: Callable[[str], None]) -> Iterator[Stop]:
    """Turn SIGINT and SIGTERM into requests to `stop` inside the block."""

    def heard(number: int, _frame: FrameType | None) -> None:
        stop.ask(number, at_once=number == signal.SIGTERM)
        announce(
            "abandoning what is running"
            if stop.abandon
            else "finishing the subjects that are running; press Ctrl-C again to abandon them"
        )

    before = {number: signal.signal(number, heard) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
