"""Bytes that a browser gets are the voxels of the scan, in their order."""

from types import SimpleNamespace

import numpy as np
from read_study import GEOMETRY, SHAPE

from mri_bme.reading_room.sent import marrow_sent, reference_sent, t1_sent, voxels_sent
from mri_bme.volume import Volume


def case_of(**visit) -> SimpleNamespace:
    found = SimpleNamespace(visit=SimpleNamespace(**visit))
    return SimpleNamespace(
        visits=("baseline",),
        found=lambda _: found,
        anatomy=lambda _: None,
        subject=SimpleNamespace(grids={"baseline": SimpleNamespace(geometry=GEOMETRY)}),
    )


def test_grey_values_fill_sixteen_bits_in_order() -> None:
    voxels = np.arange(np.prod(SHAPE), dtype=np.float32).reshape(SHAPE)
    case = case_of(volume=Volume(geometry=GEOMETRY, voxels=voxels), t1=None)
    sent = np.frombuffer(voxels_sent(case, 0), "<u2")
    assert (sent[0], sent[-1]) == (0, 65535)
    assert np.all(np.diff(sent.astype(int)) >= 0)
    assert t1_sent(case, 0) == b""


def test_a_visit_without_anatomy_is_sent_empty_maps() -> None:
    case = case_of(volume=None, t1=None)
    assert marrow_sent(case, 0) == reference_sent(case, 0) == bytes(int(np.prod(SHAPE)))
    assert voxels_sent(case, 0) == b""
