"""A coil's field is found and undone; edema is not taken for one."""

import numpy as np
import pytest

from mri_bme.signal.shading import fit_shading, log_linear_field, shading_gain, steadied
from mri_bme.volume import VolumeGeometry

SHAPE = (12, 60, 80)
GEOMETRY = VolumeGeometry(
    shape=SHAPE,
    lps_from_index=np.array(
        [[0, 0, 1.5, -60], [4, 0, 0, -20], [0, -1.5, 0, 45], [0, 0, 0, 1]], dtype=float
    ),
)
SLOPES = np.array([0.0, 0.25, 0.3, -0.2])


@pytest.fixture
def marrow_and_reference() -> tuple[np.ndarray, np.ndarray]:
    marrow = np.zeros(SHAPE, dtype=bool)
    marrow[:, 6:-6, 6:-6] = True
    reference = np.zeros(SHAPE, dtype=bool)
    reference[3:9, 20:40, 32:48] = True
    return marrow, reference


def noisy_marrow() -> np.ndarray:
    return np.random.default_rng(0).normal(200, 12, SHAPE).astype(np.float32)


def test_a_log_linear_field_is_found(marrow_and_reference) -> None:
    field = fit_shading(
        noisy_marrow() * shading_gain(SLOPES, GEOMETRY), *marrow_and_reference, GEOMETRY
    )
    assert field[1:] == pytest.approx(SLOPES[1:], abs=0.03)


def test_edema_of_a_third_of_the_marrow_is_no_field(marrow_and_reference) -> None:
    voxels = noisy_marrow()
    voxels[:, :, 54:] *= 2.2
    field = fit_shading(voxels, *marrow_and_reference, GEOMETRY)
    assert np.abs(field[1:]).max() < 0.05


def test_gain_separates_along_the_axes() -> None:
    points = GEOMETRY.points_lps(np.moveaxis(np.indices(SHAPE), 0, -1))
    offset = (points - GEOMETRY.centre_lps_mm) / 80.0
    field = np.array([0.1, 0.25, 0.3, -0.2])
    assert shading_gain(field, GEOMETRY) == pytest.approx(
        np.exp(field[0] + offset @ field[1:]), rel=1e-5
    )


def test_a_fit_follows_the_mode_that_it_starts_at() -> None:
    rng = np.random.default_rng(1)
    logs = np.concatenate([rng.normal(0, 0.05, 300), rng.normal(1, 0.05, 500)])
    design = np.column_stack([np.ones(800), rng.uniform(-1, 1, (800, 3))])

    def near(off: np.ndarray) -> np.ndarray:
        return np.clip(1 - (off / 0.4) ** 2, 1e-6, None) ** 2

    for start in (0.0, 1.0):
        field = log_linear_field(
            design, logs, near, start=np.array([start, 0, 0, 0]), slope_penalty=1e-3
        )
        assert field[0] == pytest.approx(start, abs=0.02)


def test_steadying_stays_within_slices() -> None:
    voxels = np.zeros(SHAPE, dtype=np.float32)
    voxels[5, 30, 40] = 1
    blurred = steadied(voxels, GEOMETRY.spacing_mm)
    assert blurred[[4, 6]].max() == 0
    assert blurred[5].sum() == pytest.approx(1, rel=1e-3)
    assert blurred[5].max() < 0.5
