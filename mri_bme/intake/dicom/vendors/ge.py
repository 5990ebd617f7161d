"""GE: which part of the signal an image shows, and how many slices were scanned."""

from collections.abc import Sequence
from dataclasses import replace

from mri_bme.intake.dicom.elements import parse_header
from mri_bme.intake.dicom.frames import Acquisition, Frame
from mri_bme.intake.dicom.octets import open_octets
from mri_bme.intake.dicom.vendors.blocks import block_tags, block_value
from mri_bme.intake.dicom.vendors.vendor import Vendor

KIND_GROUP, KIND_CREATOR, KIND = 0x0043, b"GEMS_PARM_01", 0x2F
COUNT_GROUP, COUNT_CREATOR, COUNT = 0x0021, b"GEMS_RELA_01", 0x4F
KINDS = {1: "phase", 2: "real", 3: "imaginary"}  # 0 is magnitude
_TAGS = frozenset(block_tags(KIND_GROUP, KIND) + block_tags(COUNT_GROUP, COUNT))


def describe_frames(frames: Sequence[Frame]) -> None:
    """Label phase, real and imaginary images of one series and note its slices, in place.

    What says so lies behind everything else that is read of a header, so one file is
    asked, and all of them only where several images share a position.
    """
    ours = [f for f in frames if f.frame is None and f.acquisition.component == "magnitude"]
    if not ours or not ours[0].acquisition.manufacturer.upper().startswith("GE"):
        return
    is_mixed = len({frame.position for frame in ours}) < len(ours)
    first = _asked(ours[0])
    made: dict[tuple[int, str, int | None], Acquisition] = {}
    for frame in ours:
        component, n_slices = _asked(frame) if is_mixed else first
        a = frame.acquisition
        if component != a.component or n_slices is not None:
            key = (id(a), component, n_slices)
            frame.acquisition = made.setdefault(
                key, replace(a, component=component, n_slices_declared=n_slices)
            )


def _asked(frame: Frame) -> tuple[str, int | None]:
    try:
        with open_octets(frame.path) as source:
            header = parse_header(source, _TAGS)
    except OSError:
        header = None
    if header is None:
        return "magnitude", None
    order = "little" if header.is_little else "big"
    kind = block_value(header.tags, KIND_GROUP, KIND_CREATOR, KIND)[:2]
    count = block_value(header.tags, COUNT_GROUP, COUNT_CREATOR, COUNT)[:2]
    number = int.from_bytes(kind, "little" if order == "little" else "big") if kind else 0
    n_slices = int.from_bytes(count, "little" if order == "little" else "big") if count else 0
    return KINDS.get(number, "magnitude"), n_slices or None


VENDOR = Vendor(name="GE", describe_frames=describe_frames)
