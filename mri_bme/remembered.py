"""What was computed of the very same objects before, given again.

Results are frozen, so that what was computed of them holds as long as they do. A batch computes
everything once; who measures one subject again and again, a little changed each time, remembers
what did not change.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

Found = TypeVar("Found")
BY_VALUE = (str, int, float, bytes, type(None))


class Remembered:
    """Remembers the last results, each by what it is of. Safe to use from several threads.

    Objects are the same when they are one object, texts and numbers when they are equal. They are
    kept with their result, so that no other object can come to stand in their place.

    Parameters
    ----------
    most : int
        Results that are kept; 0 remembers nothing.

    Examples
    --------
    >>> remembered, marrow = Remembered(most=5), [1, 2, 3]
    >>> remembered.of("total", (marrow,), lambda: sum(marrow))
    6
    >>> remembered.of("total", (marrow,), lambda: print("not asked again"))
    6
    """

    def __init__(self, *, most: int) -> None:
        self._most = most
        self._held: OrderedDict[tuple[Any, ...], tuple[Sequence[object], Any]] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, what: str, objects: Sequence[object], compute: Callable[[], Found]) -> Found:
        """Give what was computed of these objects before, or compute it."""
        key = (what, *(o if isinstance(o, BY_VALUE) else (type(o), id(o)) for o in objects))
        with self._lock:
            held = self._held.get(key)
        found: Found = compute() if held is None else held[1]
        with self._lock:
            if self._most:
                self._held[key] = (objects, found)
                self._held.move_to_end(key)
            while len(self._held) > self._most:
                self._held.popitem(last=False)
        return found


NOTHING = Remembered(most=0)
"""Computes everything anew."""
