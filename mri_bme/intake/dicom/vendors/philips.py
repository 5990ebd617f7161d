"""Philips: how many slices were scanned, and the scanner's floating-point scale."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from mri_bme.intake.dicom.elements import parse_header
from mri_bme.intake.dicom.frames import Acquisition, Frame
from mri_bme.intake.dicom.octets import open_octets
from mri_bme.intake.dicom.values import integer_of
from mri_bme.intake.dicom.vendors.blocks import block_tags, block_value
from mri_bme.intake.dicom.vendors.vendor import Vendor

COUNT_GROUP, COUNT_CREATOR, COUNT = 0x2001, b"PHILIPS IMAGING DD 001", 0x18
SCALE_GROUP, SCALE_CREATOR = 0x2005, "Philips MR Imaging DD 001"
SCALE_INTERCEPT, SCALE_SLOPE = 0x0D, 0x0E
FRAME_CREATOR, FRAME_GROUP = "Philips MR Imaging DD 005", 0x0F
_TAGS = frozenset(block_tags(COUNT_GROUP, COUNT))


def describe_frames(frames: Sequence[Frame]) -> None:
    """Note how many slices a series has by its first file, in place."""
    ours = [f for f in frames if f.frame is None]
    if not ours or "PHILIPS" not in ours[0].acquisition.manufacturer.upper():
        return
    n_slices = _n_slices(ours[0].path)
    if n_slices is None:
        return
    made: dict[int, Acquisition] = {}
    for frame in ours:
        a = frame.acquisition
        frame.acquisition = made.setdefault(id(a), replace(a, n_slices_declared=n_slices))


def _n_slices(path: str) -> int | None:
    """Read the count; the element is SL, or unknown to implicit files and then the same."""
    try:
        with open_octets(path) as source:
            header = parse_header(source, _TAGS)
    except OSError:
        return None
    value = b"" if header is None else block_value(header.tags, COUNT_GROUP, COUNT_CREATOR, COUNT)
    if header is None or not value:
        return None
    if len(value) == 4 and not value.strip(b" \0").isdigit():
        return int.from_bytes(value, "little" if header.is_little else "big") or None
    return integer_of(value)


def scale_elements(place: Any) -> tuple[Any, Any]:
    """Scale slope and intercept of a data set of pydicom; None where there is none."""
    return (
        private_element(place, SCALE_GROUP, SCALE_CREATOR, SCALE_SLOPE),
        private_element(place, SCALE_GROUP, SCALE_CREATOR, SCALE_INTERCEPT),
    )


def frame_group(functional_groups: Any) -> Any:
    """Give the private sequence of a frame's functional groups, None where there is none."""
    return private_element(functional_groups, SCALE_GROUP, FRAME_CREATOR, FRAME_GROUP)


def private_element(place: Any, group: int, creator: str, element: int) -> Any:
    """Find an element by its creator, in whichever block that reserved."""
    try:
        return place.private_block(group, creator)[element]
    except KeyError:
        return None


VENDOR = Vendor(name="Philips", describe_frames=describe_frames)
