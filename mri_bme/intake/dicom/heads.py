"""What the bytes before a value say; heads repeat from file to file, so they are remembered."""

import struct
from functools import lru_cache
from typing import Literal

UNDEFINED = 0xFFFFFFFF
ITEM, ITEM_END, SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
DELIMITERS = (ITEM, ITEM_END, SEQUENCE_END)
MAX_VALUE_BYTES = 4096  # longer values of the wanted tags are no honest header
LONG = -1
MAX_HEADS = 1 << 15  # an export has some thousands; hostile files could make any number

LONG_VRS = frozenset(
    b"OB OW OF OD OL OV UN UC UR UT SQ SV UV".split()  # PS3.5 7.1.2: 32-bit length
)
SHORT_VRS = frozenset(b"AE AS AT CS DA DS DT FL FD IS LO LT PN SH SL SS ST TM UI UL US".split())


class Heads(dict[bytes, tuple[int, int]]):
    """From the eight bytes that begin an element to (bytes to the next one, tag to keep or 0).

    (0, `LONG`) stands for a value with a 32-bit length, which follows, and which nobody
    wants. (0, 0) stands for every head that needs a closer look: undefined or unknown
    values, and tags behind the last wanted one.
    """

    def __init__(self, wanted: frozenset[int], *, explicit: bool, little: bool) -> None:
        self._wanted, self._last = wanted, max(wanted)
        self._explicit, self._order = explicit, "<" if little else ">"
        self.byte_order: Literal["little", "big"] = "little" if little else "big"

    def __missing__(self, head: bytes) -> tuple[int, int]:
        if len(self) >= MAX_HEADS:
            self.clear()
        self[head] = step = self._step(head)
        return step

    def _step(self, head: bytes) -> tuple[int, int]:
        if self._explicit:
            group, element, vr, length = struct.unpack(self._order + "HH2sH", head)
            usual = vr in SHORT_VRS
        else:
            group, element, length = struct.unpack(self._order + "HHI", head)
            usual = length != UNDEFINED
        tag = group << 16 | element
        keep = tag in self._wanted
        if self._explicit and vr in LONG_VRS and not keep and 0 < tag <= self._last:
            return 0, LONG
        if not usual or not 0 < tag <= self._last or (keep and length > MAX_VALUE_BYTES):
            return 0, 0
        return 8 + length, tag if keep else 0


@lru_cache(maxsize=16)
def heads_for(wanted: frozenset[int], *, explicit: bool, little: bool) -> Heads:
    """Share one table between all files of one encoding."""
    return Heads(wanted, explicit=explicit, little=little)
