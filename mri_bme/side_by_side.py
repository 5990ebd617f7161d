"""Things that do not hang on each other, done at the same time where somebody waits for them.

A batch measures as many subjects at once as there are cores, each of them one thing after the
other. Who waits for one subject lets its parts go side by side: results are the same to the bit.
"""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

One = TypeVar("One")
Found = TypeVar("Found")

_HANDS: ContextVar[Executor | None] = ContextVar("hands", default=None)


@contextmanager
def side_by_side(n_hands: int) -> Iterator[None]:
    """Let `each` do so many things at once in this block, and in this thread alone.

    What is done side by side does its own parts one after the other.

    Parameters
    ----------
    n_hands : int
        Threads; 1 changes nothing.
    """
    if n_hands < 2:
        yield
        return
    with ThreadPoolExecutor(n_hands) as hands:
        token = _HANDS.set(hands)
        try:
            yield
        finally:
            _HANDS.reset(token)


def each(act: Callable[[One], Found], things: Iterable[One]) -> list[Found]:
    """Do something to each of several things, and give what comes of it in their order.

    Raises
    ------
    Exception
        What the first of them raised.

    Examples
    --------
    >>> with side_by_side(2):
    ...     each(abs, (-1, 2, -3))
    [1, 2, 3]
    """
    hands = _HANDS.get()
    return list(map(act, things) if hands is None else hands.map(act, things))
