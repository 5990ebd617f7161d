"""Bytes that a browser gets are the voxels of the scan, in their order."""

from types import SimpleNamespace

import numpy as np
import pytest
from read_study import GEOMETRY, SHAPE

from mri_bme.reading_room.sent import (
    grey_scale,
    marrow_sent,
    reference_sent,
    t1_sent,
    voxels_sent,
)
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


@pytest.mark.parametrize(("gain", "least"), [(1.0, 0.0), (7.0, 40.0), (0.3, -12.0)])
def test_the_same_multiple_of_marrow_is_sent_as_what_its_voxel_is_sent_as(
    gain: float, least: float
) -> None:
    """Whatever the receiver's gain and the darkest voxel: the window of two visits is one."""
    voxels = np.linspace(least, 400 * gain, int(np.prod(SHAPE))).astype(np.float32)
    volume = Volume(geometry=GEOMETRY, voxels=voxels.reshape(SHAPE))
    threshold = SimpleNamespace(reference_median=100 * gain)
    found = SimpleNamespace(
        visit=SimpleNamespace(volume=volume, t1=None),
        segmentation=SimpleNamespace(threshold=threshold),
    )
    scale = grey_scale(found)
    sent = np.frombuffer(voxels_sent(case_of(volume=volume), 0), "<u2")
    shown = (sent - scale["zero"]) / scale["unit"]
    assert np.allclose(shown, voxels / (100 * gain), atol=1e-3)
    assert (scale["white"], scale["words"]) == (3.0, "× marrow")
