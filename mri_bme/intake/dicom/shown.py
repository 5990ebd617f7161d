"""What a reader is told of a series: its name, the numbers of its images, the scanner's window."""

import math
from collections.abc import Iterator, Sequence
from typing import Any

from pydicom.dataset import Dataset

from mri_bme.intake.dicom.datasets import quietly, read_dataset
from mri_bme.study import Series, ShownSeries
from mri_bme.volume import reading_order

GROUPS = ("PerFrameFunctionalGroupsSequence", "SharedFunctionalGroupsSequence")


def shown_series(series: Series) -> ShownSeries:
    """Tell what a reader knows a series by, its images in the order of the volume as read.

    The description holds words of the field only (`free_text`). What cannot be read is left
    out: nothing is measured with it.
    """
    named = [series.description or series.contrast.value]
    named += [] if series.number is None else [f"series {series.number}"]
    return ShownSeries(
        words=", ".join(named), images=_image_numbers(series), window=_scanner_window(series)
    )


def _image_numbers(series: Series) -> tuple[int, ...]:
    numbers = [instance.number for instance in series.instances]
    if series.geometry is None or any(number is None for number in numbers):
        return ()
    (axis, *_), (flipped, *_) = reading_order(series.geometry)
    if axis != 0:
        return ()  # what is read as a slice is no image of the series
    known = [number for number in numbers if number is not None]
    return tuple(reversed(known) if flipped else known)


def _scanner_window(series: Series) -> tuple[float, float] | None:
    """Window of the middle slice, in intensities, as DICOM PS3.3 C.11.2.1.2 defines it."""
    if series.is_inverted:
        return None
    middle = list(series.instances)[series.n_slices // 2]
    try:
        with quietly():
            header = read_dataset(middle.path, with_pixels=False)
            for held in _holders(header, middle.frame or 0):
                centre, width = (_first(held.get(f"Window{what}")) for what in ("Center", "Width"))
                if centre is not None and width is not None and width > 1:
                    return centre - 0.5 - (width - 1) / 2, centre - 0.5 + (width - 1) / 2
    except (OSError, ValueError, TypeError, AttributeError, LookupError, EOFError):
        return None
    return None


def _holders(header: Dataset, frame: int) -> Iterator[Dataset]:
    """Parts of a header that may hold a window: of the frame, of all frames, of the object."""
    for sequence, place in zip(GROUPS, (frame, 0), strict=True):
        groups = header.get(sequence)
        if groups and place < len(groups):
            yield from groups[place].get("FrameVOILUTSequence", ())
    yield header


def _first(value: Any) -> float | None:
    """First of one or several numbers; None where it is none."""
    several = isinstance(value, Sequence) and not isinstance(value, str)
    try:
        number = float(value[0] if several else value)
    except (TypeError, ValueError, IndexError):
        return None
    return number if math.isfinite(number) else None
