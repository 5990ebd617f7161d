"""Bodies are measured as they are and with voxels of other sizes, and counted by kind."""

import numpy as np
import pytest
from box_pelvis import SHAPE, box_pelvis, semicoronal_geometry

from lab.benchmark import body_size as module
from lab.benchmark.body_size import Body, body, told
from mri_bme.volume import Volume

GEOMETRY = semicoronal_geometry()
VOLUME = Volume(
    geometry=GEOMETRY, voxels=np.random.default_rng(0).normal(100, 5, SHAPE).astype(np.float32)
)


def test_a_body_is_flagged_at_the_sizes_that_no_adult_has(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SIZES", (0.7, 1.0, 1.4))
    found = body("boxes", VOLUME, box_pelvis(GEOMETRY))
    assert found.between_joints_mm == pytest.approx(100, abs=1)
    assert found.flagged_at == (0.7, 1.4)


def test_bodies_are_counted_by_kind() -> None:
    one = Body(kind="a", between_joints_mm=90, section_mm2=6400, size=0.9, flagged_at=(0.7, 0.8))
    two = Body(kind="a", between_joints_mm=110, section_mm2=6400, size=1.1, flagged_at=(0.7,))
    line, counts = told([one, two])
    assert line.startswith("a (2): joints 100.0 mm (90.0 to 110.0), section 80.0 mm squared")
    assert "0.7: 2, 0.8: 1," in counts
