"""United Imaging: many slices tiled in one image."""

from collections.abc import Sequence

from mri_bme.intake.dicom.elements import parse_header
from mri_bme.intake.dicom.frames import Frame
from mri_bme.intake.dicom.octets import open_octets
from mri_bme.intake.dicom.values import integer_of
from mri_bme.intake.dicom.vendors.blocks import block_tags, block_value
from mri_bme.intake.dicom.vendors.vendor import Vendor

GROUP, CREATOR, TILES = 0x0065, b"IMAGE PRIVATE HEADER", 0x50
_TAGS = frozenset(block_tags(GROUP, TILES))


def describe_frames(frames: Sequence[Frame]) -> None:
    """Mark grids as damaged, in place."""
    for frame in frames:
        if frame.frame is None and "UIH" in frame.acquisition.manufacturer.upper():
            frame.damage = frame.damage or _grid(frame.path)


def _grid(path: str) -> str | None:
    try:
        with open_octets(path) as source:
            header = parse_header(source, _TAGS)
    except OSError:
        return None
    found = {} if header is None else header.tags
    if (integer_of(block_value(found, GROUP, CREATOR, TILES)) or 1) > 1:
        return "it is a UIH grid (many slices tiled in one image); export single slices"
    return None


VENDOR = Vendor(name="United Imaging", describe_frames=describe_frames)
