"""Voxels of a case as a browser gets them: slice by slice, row by row."""

from typing import Any

import numpy as np

from mri_bme.pipeline import VisitResult
from mri_bme.reading_room.open_case import OpenCase
from mri_bme.volume import Volume

BRIGHTEST = 65535
WHITE_IN_MARROW = 3.0  # times normal marrow, as on the page of a subject
WHITE_PERCENT = 99.5  # of a scan whose normal marrow is not known
T1_WHITE_PERCENT = 99.0
DARKEST = 0.02  # share of the brightest voxel that is shown as white at least


def voxels_sent(case: OpenCase, place: int) -> bytes:
    """Give the grey values of a visit: unsigned 16 bit, little-endian."""
    volume = _visit_at(case, place).visit.volume
    return b"" if volume is None else _grey(volume)


def t1_sent(case: OpenCase, place: int) -> bytes:
    """Give those of T1W, laid on the scan; nothing where there is none."""
    t1 = _visit_at(case, place).visit.t1
    return b"" if t1 is None else _grey(t1)


def marrow_sent(case: OpenCase, place: int) -> bytes:
    """Give the quadrant labels of a visit, a byte each, as the reader has them."""
    anatomy = case.anatomy(case.visits[place])
    return _nothing(case, place) if anatomy is None else anatomy.quadrants.tobytes()


def reference_sent(case: OpenCase, place: int) -> bytes:
    """Give normal marrow of a visit, a byte each, as the reader has it."""
    anatomy = case.anatomy(case.visits[place])
    return _nothing(case, place) if anatomy is None else anatomy.reference.tobytes()


def grey_scale(result: VisitResult) -> dict[str, Any]:
    """Say how the grey values of a visit are sent, and which is white at first.

    In multiples of normal marrow, also where nothing is as bright: equal marrow is equally bright
    on the page. Where that is not known, in parts of the brightest.
    """
    volume, found = result.visit.volume, result.segmentation
    if volume is None:
        return {"zero": 0.0, "unit": float(BRIGHTEST), "white": 1.0, "words": "of the brightest"}
    if found is None:
        brightest = float(np.percentile(volume.voxels, WHITE_PERCENT))
        return _scale(volume, brightest, white=1.0, words="of the brightest")
    marrow = found.threshold.reference_median
    return _scale(volume, marrow, white=WHITE_IN_MARROW, words="× marrow")


def t1_grey_scale(t1: Volume) -> dict[str, Any]:
    """Say the same of T1W, in parts of its brightest."""
    brightest = float(np.percentile(t1.voxels, T1_WHITE_PERCENT))
    return _scale(t1, brightest, white=1.0, words="of the brightest of T1W")


def _scale(volume: Volume, unit: float, *, white: float, words: str) -> dict[str, Any]:
    """Tell what is sent of 0 and of a unit more; white is no darker than `DARKEST`."""
    low, high = float(volume.voxels.min()), float(volume.voxels.max())
    span = max(high - low, 1e-6)
    return {
        "zero": -low / span * BRIGHTEST,
        "unit": max(unit / span, DARKEST / white) * BRIGHTEST,
        "white": white,
        "words": words,
    }


def _grey(volume: Volume) -> bytes:
    voxels = volume.voxels
    low, high = float(voxels.min()), float(voxels.max())
    scaled = (voxels - low) * (BRIGHTEST / max(high - low, 1e-6))
    return bytes(np.rint(scaled).astype("<u2").tobytes())


def _nothing(case: OpenCase, place: int) -> bytes:
    return bytes(int(np.prod(case.subject.grids[case.visits[place]].geometry.shape)))


def _visit_at(case: OpenCase, place: int) -> VisitResult:
    return case.found(case.visits[place])
