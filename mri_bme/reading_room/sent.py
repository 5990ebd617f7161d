"""Voxels of a case as a browser gets them: slice by slice, row by row."""

import numpy as np

from mri_bme.pipeline import VisitResult
from mri_bme.reading_room.open_case import OpenCase
from mri_bme.volume import Volume

BRIGHTEST = 65535


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


def _grey(volume: Volume) -> bytes:
    voxels = volume.voxels
    low, high = float(voxels.min()), float(voxels.max())
    scaled = (voxels - low) * (BRIGHTEST / max(high - low, 1e-6))
    return bytes(np.rint(scaled).astype("<u2").tobytes())


def _nothing(case: OpenCase, place: int) -> bytes:
    return bytes(int(np.prod(case.subject.grids[case.visits[place]].geometry.shape)))


def _visit_at(case: OpenCase, place: int) -> VisitResult:
    return case.found(case.visits[place])
