"""The functional groups of an enhanced object, straight from its bytes.

An object has thousands of frames, each described by a dozen sequences of which most
repeat from frame to frame. Here a sequence is cut out whole and looked into once.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from mri_bme.intake.dicom.elements import RawHeader
from mri_bme.intake.dicom.heads import (
    ITEM,
    ITEM_END,
    LONG_VRS,
    MAX_HEADS,
    SEQUENCE_END,
    SHORT_VRS,
    UNDEFINED,
)

MAX_DEPTH = 64  # sequences and items, one in the other
MAX_HEADER_BYTES = 1 << 28  # a frame takes some kilobytes
SHARED_GROUPS, FRAME_GROUPS = 0x52009229, 0x52009230
Value = tuple[bytes, bytes]
"""Value representation (empty in implicit files) and value."""
Elements = dict[int, Value]
_LONG, _DELIMITER = -1, -1
_NOTHING: frozenset[int] = frozenset()


class DamagedGroups(Exception):
    """The bytes stop making sense."""


@dataclass(frozen=True, slots=True)
class Encoding:
    """How elements are written."""

    explicit: bool
    little: bool

    @property
    def byte_order(self) -> Literal["little", "big"]:
        """Byte order in Python's words."""
        return "little" if self.little else "big"

    def inside(self, vr: bytes) -> "Encoding":
        """Tell how the items of a sequence are written: those in UN are implicit (PS3.5 6.2.2)."""
        return Encoding(explicit=False, little=True) if vr == b"UN" else self


def read_elements(
    data: bytes, start: int, end: int, encoding: Encoding, *, wanted: frozenset[int], last: int = 0
) -> tuple[Elements, int]:
    """Read wanted elements up to `end` or an item delimiter; say where the next one begins.

    A wanted sequence is given as the bytes of its items; behind the element `last`
    nothing is read, and where that ends is not looked for.

    Raises
    ------
    DamagedGroups, struct.error
        If an element reaches beyond `end`.
    """
    steps, order = _steps_for(encoding, wanted), encoding.byte_order
    found: Elements = {}
    position = start
    while position + 8 <= end:
        tag, begin, length, vr = steps[data[position : position + 8]]
        begin += position
        if tag == _DELIMITER:
            return found, begin
        if length == _LONG:
            length = int.from_bytes(data[begin - 4 : begin], order)
        stop = position = begin + length
        if length == UNDEFINED and tag and tag == last:
            stop = position = end
        elif length == UNDEFINED:
            stop, position = _end_of_items(data, begin, end, encoding.inside(vr))
        if position > end:
            raise DamagedGroups("an element reaches beyond its item")
        if tag:
            found[tag] = vr, data[begin:stop]
            if tag == last:
                break
    return found, position


class _Steps(dict[bytes, tuple[int, int, int, bytes]]):
    """What the first eight bytes of an element say; they repeat from frame to frame.

    Tag when it is wanted (`_DELIMITER` at the end of an item), bytes before the value,
    its length or `_LONG` when that follows, and its value representation.
    """

    def __init__(self, encoding: Encoding, wanted: frozenset[int]) -> None:
        self._encoding, self._wanted = encoding, wanted
        self.byte_order = encoding.byte_order

    def inside(self, vr: bytes) -> "_Steps":
        """Give the steps through the items of a sequence."""
        return _steps_for(self._encoding.inside(vr), self._wanted) if vr == b"UN" else self

    def __missing__(self, head: bytes) -> tuple[int, int, int, bytes]:
        if len(self) >= MAX_HEADS:
            self.clear()
        self[head] = step = self._step(head)
        return step

    def _step(self, head: bytes) -> tuple[int, int, int, bytes]:
        order = "<" if self._encoding.little else ">"
        group, element, vr, length = struct.unpack(order + "HH2sH", head)
        tag = group << 16 | element
        if tag in (ITEM_END, SEQUENCE_END):
            return _DELIMITER, 8, 0, b""
        kept = tag if tag in self._wanted else 0
        if tag == ITEM or not self._encoding.explicit:
            return kept, 8, int(struct.unpack(order + "I", head[4:])[0]), b""
        if vr in LONG_VRS:
            return kept, 12, _LONG, vr
        if vr not in SHORT_VRS:
            raise DamagedGroups(f"element {tag:08x} has no value representation")
        return kept, 8, length, vr


@lru_cache(maxsize=64)
def _steps_for(encoding: Encoding, wanted: frozenset[int]) -> _Steps:
    return _Steps(encoding, wanted)


def _end_of_items(data: bytes, position: int, end: int, encoding: Encoding) -> tuple[int, int]:
    """Where the items of a sequence of undefined length end, and where the next element begins."""
    steps = _steps_for(encoding, _NOTHING)
    around = [steps]
    while position + 8 <= end:
        tag, begin, length, vr = steps[data[position : position + 8]]
        begin += position
        if tag == _DELIMITER:
            around.pop()
            if not around:
                return position, begin
            steps, position = around[-1], begin
            continue
        if length == _LONG:
            length = int.from_bytes(data[begin - 4 : begin], steps.byte_order)
        if length != UNDEFINED:
            position = begin + length
            continue
        steps, position = steps.inside(vr), begin
        around.append(steps)
        if len(around) > MAX_DEPTH:
            raise DamagedGroups("sequences are nested deeper than any image needs")
    raise DamagedGroups("a sequence never ends")


def _item_head(data: bytes, position: int, encoding: Encoding) -> tuple[int, int, int]:
    group, element, length = struct.unpack_from(
        "<HHI" if encoding.little else ">HHI", data, position
    )
    return position + 8, group << 16 | element, length


def read_items(sequence: Value, encoding: Encoding, wanted: frozenset[int]) -> Iterator[Elements]:
    """Read the wanted elements of every item of a sequence."""
    vr, data = sequence
    encoding = encoding.inside(vr)
    position = 0
    while position + 8 <= len(data):
        position, tag, length = _item_head(data, position, encoding)
        if tag == SEQUENCE_END:
            return
        if tag != ITEM:
            raise DamagedGroups("a sequence holds something other than items")
        end = len(data) if length == UNDEFINED else position + length
        if end > len(data):
            raise DamagedGroups("an item reaches beyond its sequence")
        found, after = read_elements(data, position, end, encoding, wanted=wanted)
        position = after if length == UNDEFINED else end
        yield found


class FirstItems:
    """The first item of sequences, each looked into once however often it repeats."""

    def __init__(self, encoding: Encoding, wanted: frozenset[int]) -> None:
        self._encoding, self._wanted = encoding, wanted
        self._known: dict[Value, Elements] = {}

    def of(self, sequence: Value | None) -> Elements:
        """Give its wanted elements; none of a sequence that is missing or empty."""
        if sequence is None:
            return {}
        if sequence not in self._known:
            self._known[sequence] = next(read_items(sequence, self._encoding, self._wanted), {})
        return self._known[sequence]


class GroupedObject:
    """An object's top-level elements, and the groups that its frames share.

    Parameters
    ----------
    header : RawHeader
        Of a file that is still open.
    on_top, in_groups, in_items : frozenset of int
        Wanted elements of the object, sequences of its groups, and elements of their
        items.

    Raises
    ------
    DamagedGroups, struct.error
        If the bytes make no sense.
    """

    def __init__(
        self,
        header: RawHeader,
        *,
        on_top: frozenset[int],
        in_groups: frozenset[int],
        in_items: frozenset[int],
    ) -> None:
        n_head = 12 if header.explicit else 8  # of the pixel data
        n_bytes = (header.pixel_offset or 0) - n_head - header.start
        if n_bytes > MAX_HEADER_BYTES:
            raise DamagedGroups("its header is larger than any scanner's")
        data = header.data.read(header.start, n_bytes)
        self.encoding = Encoding(explicit=header.explicit, little=header.is_little)
        wanted = on_top | {SHARED_GROUPS, FRAME_GROUPS}
        self.top, _ = read_elements(
            data, 0, len(data), self.encoding, wanted=wanted, last=FRAME_GROUPS
        )
        self.first = FirstItems(self.encoding, in_items)
        self._in_groups = in_groups
        self.shared: Elements = next(self._groups(SHARED_GROUPS), {})

    def frame_groups(self) -> Iterator[Elements]:
        """Give the groups of every frame."""
        return self._groups(FRAME_GROUPS)

    def _groups(self, tag: int) -> Iterator[Elements]:
        sequence = self.top.get(tag)
        return read_items(sequence, self.encoding, self._in_groups) if sequence else iter(())
