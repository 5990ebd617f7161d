"""Siemens: mosaics, and b-values of scanners older than the public element."""

from collections.abc import Mapping

from mri_bme.intake.dicom.values import integer_of, number_of
from mri_bme.intake.dicom.vendors.blocks import block_tags, block_value
from mri_bme.intake.dicom.vendors.vendor import Vendor

GROUP, CREATOR = 0x0019, b"SIEMENS MR HEADER"
TILES, B_VALUE = 0x0A, 0x0C
HEADER_TAGS = block_tags(GROUP, TILES, B_VALUE)  # they lie before the pixel description


def header_facts(found: Mapping[int, bytes], little: bool) -> dict[str, float]:
    """Count the slices of a mosaic, and give the b-value."""
    facts = {}
    tiles = _tiles(block_value(found, GROUP, CREATOR, TILES), little)
    b_value = number_of(block_value(found, GROUP, CREATOR, B_VALUE))
    if tiles > 1:
        facts["n_tiles"] = float(tiles)
    if b_value is not None:
        facts["b_value"] = b_value
    return facts


def _tiles(value: bytes, little: bool) -> int:
    """Read the count; the element is US, or IS in implicit files."""
    if len(value) == 2 and not value.strip(b" \0").isdigit():
        return int.from_bytes(value, "little" if little else "big")
    return integer_of(value) or 1


VENDOR = Vendor(name="Siemens", header_tags=HEADER_TAGS, header_facts=header_facts)
