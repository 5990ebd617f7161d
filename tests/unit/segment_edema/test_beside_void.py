"""Without T1W edema by a hole of the signal may be none, and is refused where most is so."""

from types import SimpleNamespace

import numpy as np
import pytest
from box_pelvis import semicoronal_geometry

from mri_bme.errors import NotEvaluable
from mri_bme.segment_edema.beside_void import edema_by_voids_ml
from mri_bme.signal.voids import BESIDE_MM
from mri_bme.volume import VolumeGeometry

SHAPE = (4, 60, 60)
GEOMETRY = VolumeGeometry(shape=SHAPE, lps_from_index=semicoronal_geometry().lps_from_index)
VOXEL_ML = GEOMETRY.voxel_volume_ml


def told(edema_columns: slice, t1=None):
    """A hole on the left, 12 mm wide, and edema in some columns of the rest."""
    pixel_mm = GEOMETRY.spacing_mm[2]
    relative = np.ones(SHAPE, np.float32)
    relative[:, :, : round(12 / pixel_mm)] = 0.02
    fraction = np.zeros(SHAPE, np.float32)
    fraction[:, :, edema_columns] = 1
    evidence = SimpleNamespace(
        t1=t1,
        relative=relative,
        geometry=GEOMETRY,
        crop=tuple(slice(0, n) for n in SHAPE),
        quadrants=np.ones(SHAPE, np.uint8),
    )
    return edema_by_voids_ml(fraction, evidence), float(fraction.sum()) * VOXEL_ML


HOLE = round(12 / GEOMETRY.spacing_mm[2])
REACH = int(BESIDE_MM / GEOMETRY.spacing_mm[2])


def test_what_lies_beside_the_hole_may_be_none() -> None:
    found, whole = told(slice(HOLE + REACH - 3, 60))
    assert 0 < found[1] < 0.5 * whole
    assert not found[2:].any()


def test_what_lies_away_from_it_is_edema() -> None:
    found, whole = told(slice(HOLE + REACH + 5, 60))
    assert whole > 1
    assert not found.any()


def test_where_most_of_much_lies_there_it_is_refused() -> None:
    with pytest.raises(NotEvaluable, match=r"within 8 mm of a hole of the signal"):
        told(slice(HOLE + 1, HOLE + REACH))


def test_with_t1w_it_is_asked_there() -> None:
    found, _ = told(slice(HOLE + 1, HOLE + REACH), t1=np.ones(SHAPE, np.float32))
    assert not found.any()
