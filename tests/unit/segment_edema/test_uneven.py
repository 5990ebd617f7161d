"""A strong field is taken out of both series; a weak one leaves them as they are."""

import numpy as np
from box_pelvis import SHAPE, box_pelvis, semicoronal_geometry
from numpy.typing import NDArray

from mri_bme.place_rois import place_rois
from mri_bme.segment_edema.uneven import without_common_field
from mri_bme.volume import Volume

GEOMETRY = semicoronal_geometry()
RNG = np.random.default_rng(1)
FLUID, T1 = (RNG.normal(100, 5, SHAPE).astype(np.float32) for _ in range(2))
ROIS = place_rois(Volume(geometry=GEOMETRY, voxels=FLUID), bones=box_pelvis(GEOMETRY))


def evened(dip: float) -> tuple[NDArray[np.float32], ...]:
    across_mm = np.arange(SHAPE[2]) - SHAPE[2] / 2
    gain = (1 - dip * np.exp(-((across_mm / 50) ** 2))).astype(np.float32)
    fluid, t1 = FLUID * gain, T1 * gain
    assert ROIS.reference is not None
    even = without_common_field(
        fluid,
        t1,
        marrow=ROIS.quadrants > 0,
        reference=ROIS.reference.voxels,
        joint_distance_mm=ROIS.joint_distance_mm,
        geometry=GEOMETRY,
    )
    assert even[1] is not None
    return fluid, t1, even[0], even[1]


def test_a_weak_field_changes_no_voxel() -> None:
    fluid, t1, even, even_t1 = evened(0.05)
    assert even is fluid
    assert even_t1 is t1


def test_a_strong_one_is_taken_out_of_both_series_alike() -> None:
    fluid, t1, even, even_t1 = evened(0.4)
    np.testing.assert_allclose(even / fluid, even_t1 / t1, rtol=1e-5)
    marrow = ROIS.quadrants > 0
    assert np.std(even[marrow]) < 0.6 * np.std(fluid[marrow])
