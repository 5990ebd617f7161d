"""Private elements, found by who reserved their block: the same number means many things."""

from collections.abc import Mapping

BLOCKS = (0x10, 0x11, 0x12)  # where what reserves more than one block puts them


def block_tags(group: int, *elements: int) -> tuple[int, ...]:
    """Every place of the creators of a group, and of these of its elements."""
    creators = tuple(group << 16 | block for block in BLOCKS)
    places = (group << 16 | block << 8 | element for block in BLOCKS for element in elements)
    return (*creators, *places)


def block_value(found: Mapping[int, bytes], group: int, creator: bytes, element: int) -> bytes:
    """Value of an element in the block that `creator` reserved (PS3.5 7.8); empty for none."""
    for block in BLOCKS:
        if found.get(group << 16 | block, b"").strip(b" \0").upper() == creator:
            return found.get(group << 16 | block << 8 | element, b"")
    return b""
