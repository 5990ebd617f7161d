"""From stored values to the intensities they stand for: public and private scales."""

import math
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydicom.dataset import Dataset

from mri_bme.intake.dicom.datasets import quietly, read_dataset
from mri_bme.intake.dicom.decoding import UnreadablePixels
from mri_bme.intake.dicom.elements import RawHeader, parse_header
from mri_bme.intake.dicom.functional_groups import DamagedGroups, GroupedObject
from mri_bme.intake.dicom.octets import open_octets
from mri_bme.intake.dicom.values import number_of
from mri_bme.intake.dicom.vendors import philips

TRANSFORM, INTERCEPT, SLOPE = 0x00289145, 0x00281052, 0x00281053
_RESCALE, _TRANSFORM = frozenset({SLOPE, INTERCEPT}), frozenset({TRANSFORM})


def rescale_of(slope: bytes, intercept: bytes) -> tuple[float, float]:
    """Slope and intercept as numbers; those that are absent are 1 and 0.

    Raises
    ------
    UnreadablePixels
        If they are no numbers or the slope is 0: guessing would change every intensity.
    """
    found = []
    for text, default in ((slope.strip(b" \0"), 1.0), (intercept.strip(b" \0"), 0.0)):
        value = number_of(text) if text else default
        if value is None:
            raise UnreadablePixels("its rescale slope or intercept is no number")
        found.append(value)
    if found[0] == 0:
        raise UnreadablePixels("its rescale slope is 0, which makes every voxel the same")
    return found[0], found[1]


def frame_rescales(header: RawHeader, indices: Sequence[int]) -> list[tuple[float, float]]:
    """Slope and intercept of frames of an enhanced object: their own, shared, or the object's.

    Raises
    ------
    UnreadablePixels
        If they cannot be read or make no sense.
    """
    try:
        return _frame_rescales(header, indices)
    except (DamagedGroups, struct.error) as error:
        raise UnreadablePixels(f"its functional groups cannot be read ({error})") from error


def _frame_rescales(header: RawHeader, indices: Sequence[int]) -> list[tuple[float, float]]:
    found = GroupedObject(header, on_top=_RESCALE, in_groups=_TRANSFORM, in_items=_RESCALE)
    groups = [group.get(TRANSFORM) for group in found.frame_groups()]
    shared = found.shared.get(TRANSFORM)
    rescales = []
    for index in indices:
        own = groups[index] if index < len(groups) else None
        place = found.first.of(own or shared) or found.top
        slope, intercept = (place.get(tag, (b"", b""))[1] for tag in (SLOPE, INTERCEPT))
        rescales.append(rescale_of(slope, intercept))
    return rescales


def philips_scale(path: Path, index: int | None) -> dict[str, float]:
    """Private scale slope and intercept of one frame, and its public rescale."""
    try:
        dataset = read_dataset(path, with_pixels=False)
        with quietly():
            place = _philips_place(dataset, index)
            slope, intercept = _public_rescale(path, index or 0)
            own_slope, own_intercept = philips.scale_elements(place)
            found = {
                "PhilipsRescaleSlope": slope,
                "PhilipsRescaleIntercept": intercept,
                "PhilipsScaleSlope": _first_number(own_slope),
                "PhilipsScaleIntercept": _first_number(own_intercept),
            }
    except MemoryError:
        raise
    except Exception:
        return {}
    return {key: value for key, value in found.items() if value is not None}


def _public_rescale(path: Path, index: int) -> tuple[float, float]:
    with open_octets(path) as source:
        header = parse_header(source, _RESCALE)
        if header is None or header.pixel_offset is None:
            raise UnreadablePixels("it holds no pixel data")
        return frame_rescales(header, [index])[0]


def _philips_place(dataset: Dataset, index: int | None) -> Dataset:
    """Find the data set that holds the private scale: the frame's private group, or the object."""
    frames = dataset.get("PerFrameFunctionalGroupsSequence") or []
    if index is None or not frames:
        return dataset
    group = philips.frame_group(frames[index])
    return group.value[0] if group is not None and group.value else dataset


def _first_number(element: Any) -> float | None:
    if element is None:
        return None
    value = element.value
    if isinstance(value, bytes):  # private VR unknown in implicit files
        value = struct.unpack("<f", value[:4])[0] if len(value) >= 4 else None
    number = value[0] if isinstance(value, (list, tuple)) else value
    return float(number) if number is not None and math.isfinite(float(number)) else None
