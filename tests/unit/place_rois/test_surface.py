"""The smooth surface of least cost is found where it was put."""

import numpy as np
import pytest

from mri_bme.place_rois.surface import least_cost_surface


def cost_around(surface: np.ndarray, n: int = 60) -> np.ndarray:
    return np.abs(np.arange(n) - surface[..., None]).astype(np.float32)


def test_a_tilted_plane_is_found_whatever_a_few_lines_say() -> None:
    rows, columns = np.indices((20, 30))
    plane = np.rint(10 + 0.5 * rows + 0.5 * columns)
    cost = cost_around(plane)
    np.testing.assert_allclose(least_cost_surface(cost, penalty=(0.5, 0.5)), plane, atol=1.0)
    cost[8, 12] = cost_around(np.array(50.0))
    found = least_cost_surface(cost, penalty=(2.0, 2.0))
    assert found[8, 12] == pytest.approx(plane[8, 12], abs=2.0)


def test_a_place_that_is_forbidden_is_not_crossed() -> None:
    cost = cost_around(np.full((12, 12), 30.0))
    cost[:, :, 28:33] = np.inf
    found = least_cost_surface(cost, penalty=(1.0, 1.0))
    assert not ((found > 27.5) & (found < 32.5)).any()


def test_one_direction_is_as_good_as_the_other() -> None:
    rng = np.random.default_rng(0)
    cost = rng.uniform(0, 1, (10, 12, 20)).astype(np.float32) + cost_around(
        np.full((10, 12), 9.0), 20
    )
    found = least_cost_surface(cost, penalty=(0.3, 0.7))
    turned = least_cost_surface(np.swapaxes(cost, 0, 1), penalty=(0.7, 0.3), smooth=(5, 3))
    np.testing.assert_array_equal(turned.T, found)
