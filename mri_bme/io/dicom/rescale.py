"""From stored values to the intensities they stand for: public and private scales."""

import math
import struct
from pathlib import Path
from typing import Any

from pydicom.dataset import Dataset

from mri_bme.io.dicom.datasets import quietly, read_dataset
from mri_bme.io.dicom.decoding import UnreadablePixels

PHILIPS_SCALE_INTERCEPT, PHILIPS_SCALE_SLOPE = 0x2005100D, 0x2005100E
PHILIPS_FRAME_GROUP = 0x2005140F


def frame_rescale(dataset: Dataset, index: int) -> tuple[float, float]:
    """Slope and intercept of one frame of an enhanced object (or of the object).

    Raises
    ------
    UnreadablePixels
        If they are no numbers: guessing would change every intensity.
    """
    with quietly():
        try:
            place = _rescale_place(dataset, index)
            slope = float(place.get("RescaleSlope") or 1)
            intercept = float(place.get("RescaleIntercept") or 0)
        except MemoryError:
            raise
        except Exception as error:
            raise UnreadablePixels("its rescale slope or intercept is no number") from error
    return slope, intercept


def _rescale_place(dataset: Dataset, index: int) -> Dataset:
    per_frame = dataset.get("PerFrameFunctionalGroupsSequence") or []
    shared = dataset.get("SharedFunctionalGroupsSequence") or []
    for group in (*per_frame[index : index + 1], *shared[:1]):
        items = group.get("PixelValueTransformationSequence")
        if items:
            item: Dataset = items[0]
            return item
    return dataset


def philips_scale(path: Path, index: int | None) -> dict[str, float]:
    """Private scale slope and intercept of one frame, and its public rescale."""
    try:
        dataset = read_dataset(path, with_pixels=False)
        with quietly():
            place = _philips_place(dataset, index)
            slope, intercept = frame_rescale(dataset, index or 0)
            found = {
                "PhilipsRescaleSlope": slope,
                "PhilipsRescaleIntercept": intercept,
                "PhilipsScaleSlope": _first_number(place.get(PHILIPS_SCALE_SLOPE)),
                "PhilipsScaleIntercept": _first_number(place.get(PHILIPS_SCALE_INTERCEPT)),
            }
    except MemoryError:
        raise
    except Exception:
        return {}
    return {key: value for key, value in found.items() if value is not None}


def _philips_place(dataset: Dataset, index: int | None) -> Dataset:
    """Find the data set that holds the private scale: the frame's private group, or the object."""
    frames = dataset.get("PerFrameFunctionalGroupsSequence") or []
    if index is None or not frames:
        return dataset
    group = frames[index].get(PHILIPS_FRAME_GROUP)
    return group.value[0] if group is not None and group.value else dataset


def _first_number(element: Any) -> float | None:
    if element is None:
        return None
    value = element.value
    if isinstance(value, bytes):  # private VR unknown in implicit files
        value = struct.unpack("<f", value[:4])[0] if len(value) >= 4 else None
    number = value[0] if isinstance(value, (list, tuple)) else value
    return float(number) if number is not None and math.isfinite(float(number)) else None
