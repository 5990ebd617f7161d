"""What one vendor's headers say in private: a module each, all of them named here."""

from collections.abc import Mapping, Sequence

from mri_bme.intake.dicom.frames import Frame
from mri_bme.intake.dicom.vendors import ge, philips, siemens, uih

VENDORS = (siemens.VENDOR, ge.VENDOR, philips.VENDOR, uih.VENDOR)
HEADER_TAGS = tuple(tag for vendor in VENDORS for tag in vendor.header_tags)


def header_facts(found: Mapping[int, bytes], little: bool) -> dict[str, float]:
    """Fields of `Acquisition` that the private elements of a file say."""
    return {
        name: value
        for vendor in VENDORS
        if vendor.header_facts is not None
        for name, value in vendor.header_facts(found, little).items()
    }


def describe_frames(frames: Sequence[Frame]) -> None:
    """Add to the frames of a series what each vendor's elements say of it."""
    for vendor in VENDORS:
        if vendor.describe_frames is not None:
            vendor.describe_frames(frames)
