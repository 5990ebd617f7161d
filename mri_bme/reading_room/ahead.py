"""What will be asked for next, made ready while nobody waits for anything."""

import logging
import threading
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

from mri_bme.errors import MriBmeError

LOG = logging.getLogger(__name__)

GiveWay = Callable[[], None]
"""Called before each part of the work; comes back when nobody waits for something else."""


class _Closed(Exception):
    """Nobody needs what is being made ready any more."""


class Ahead:
    """Makes things ready in the background, one at a time, and holds the last of them.

    Safe to use from several threads. Whoever waits for an answer comes first: between its parts
    the work stands still as long as anything is being answered, unless just this is waited for.

    Parameters
    ----------
    make : callable
        Makes a thing of this name ready; calls what it is given before each part of it.
    most : int
        Things that are held until they are taken.
    """

    def __init__(self, make: Callable[[str, GiveWay], Any], *, most: int) -> None:
        self._make, self._most = make, most
        self._wanted: deque[str] = deque()
        self._held: OrderedDict[str, Any] = OrderedDict()
        self._changed = threading.Condition()
        self._n_answering = 0
        self._waited_for: Counter[str] = Counter()
        self._worker: threading.Thread | None = None
        self._is_closed = False

    @contextmanager
    def answering(self) -> Iterator[None]:
        """Do nothing in the background while this holds."""
        self._count(1)
        try:
            yield
        finally:
            self._count(-1)

    def _count(self, by: int) -> None:
        with self._changed:
            self._n_answering += by
            self._changed.notify_all()

    @contextmanager
    def waiting_for(self, name: str) -> Iterator[None]:
        """Go on with this very thing while this holds: somebody waits for it."""
        with self._changed:
            self._waited_for[name] += 1
            self._changed.notify_all()
        try:
            yield
        finally:
            with self._changed:
                self._waited_for[name] -= 1

    def want(self, names: Sequence[str]) -> None:
        """Make things ready, before any that were wanted earlier."""
        with self._changed:
            new = [name for name in dict.fromkeys(names) if name not in self._held]
            self._wanted = deque([*new, *(n for n in self._wanted if n not in new)][: self._most])
            if self._wanted and self._worker is None and not self._is_closed:
                self._worker = threading.Thread(target=self._work, name="ahead", daemon=True)
                self._worker.start()

    def taken(self, name: str) -> None:
        """Let go of a thing that somebody else holds now."""
        with self._changed:
            self._held.pop(name, None)
            if name in self._wanted:
                self._wanted.remove(name)

    def rest(self, timeout_s: float) -> bool:
        """Wait until everything that was wanted is ready; tells whether it is."""
        with self._changed:
            return self._changed.wait_for(lambda: self._worker is None, timeout=timeout_s)

    def close(self) -> None:
        """Stop between two parts, and hold nothing any more."""
        with self._changed:
            self._is_closed = True
            self._wanted.clear()
            self._held.clear()
            self._changed.notify_all()

    def _give_way(self, name: str) -> None:
        with self._changed:
            self._changed.wait_for(
                lambda: self._is_closed or not self._n_answering or self._waited_for[name] > 0
            )
            if self._is_closed:
                raise _Closed

    def _next(self) -> str | None:
        with self._changed:
            if self._wanted:
                return self._wanted.popleft()
            self._worker = None
            self._changed.notify_all()
            return None

    def _work(self) -> None:
        while (name := self._next()) is not None:
            try:
                self._give_way(name)
                found = self._make(name, partial(self._give_way, name))
            except (MriBmeError, _Closed):  # whoever asks for it is told what is wrong with it
                continue
            except Exception as error:  # a defect here must not stop what comes after
                LOG.warning(  # the words of such an error may name files of this machine
                    "%s could not be made ready ahead (%s); it is made when it is opened",
                    name,
                    type(error).__name__,
                )
                LOG.debug("why %s could not be made ready", name, exc_info=True)
                continue
            with self._changed:
                if not self._is_closed:
                    self._held[name] = found
                while len(self._held) > self._most:
                    self._held.popitem(last=False)
