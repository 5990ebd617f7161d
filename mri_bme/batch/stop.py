"""Ctrl-C or SIGTERM: once to finish what is running, twice to abandon it."""

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

    def ask(self, number: int) -> None:
        """Ask to finish what is running; ask again to abandon it."""
        self.abandon = self.finish
        self.finish = True
        self.signal_number = number


@contextmanager
def listening(stop: Stop, announce: Callable[[str], None]) -> Iterator[Stop]:
    """Turn SIGINT and SIGTERM into requests to `stop` inside the block."""

    def heard(number: int, _frame: FrameType | None) -> None:
        stop.ask(number)
        again = "press Ctrl-C again" if number == signal.SIGINT else "send SIGTERM again"
        announce(
            "abandoning what is running"
            if stop.abandon
            else f"finishing the subjects that are running; {again} to abandon them"
        )

    before = {number: signal.signal(number, heard) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
