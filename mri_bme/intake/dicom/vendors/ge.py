"""Which part of the signal a GE image shows; only a private element says so."""

from collections.abc import Sequence
from dataclasses import replace

from mri_bme.intake.dicom.elements import parse_header, whole
from mri_bme.intake.dicom.frames import Acquisition, Frame
from mri_bme.intake.dicom.octets import open_octets

IMAGE_KIND = 0x0043102F  # GEMS_PARM_01, in every GE conformance statement
KINDS = {1: "phase", 2: "real", 3: "imaginary"}  # 0 is magnitude


def label_ge_components(frames: Sequence[Frame]) -> None:
    """Label phase, real and imaginary images of one series, in place.

    The element lies behind everything else that is read of a header, so one file is
    asked, and all of them only where several images share a position.
    """
    unlabelled = [f for f in frames if f.frame is None and f.acquisition.component == "magnitude"]
    if not unlabelled or not unlabelled[0].acquisition.manufacturer.upper().startswith("GE"):
        return
    is_mixed = len({frame.position for frame in unlabelled}) < len(unlabelled)
    first = _kind_of(unlabelled[0])
    labelled: dict[tuple[int, str], Acquisition] = {}
    for frame in unlabelled:
        component = _kind_of(frame) if is_mixed else first
        a = frame.acquisition
        if component is not None:
            key = (id(a), component)
            frame.acquisition = labelled.setdefault(key, replace(a, component=component))


def _kind_of(frame: Frame) -> str | None:
    try:
        with open_octets(frame.path) as source:
            header = parse_header(source, frozenset({IMAGE_KIND}))
    except OSError:
        return None
    kind = None if header is None else whole(header, IMAGE_KIND)
    return None if kind is None else KINDS.get(kind)
