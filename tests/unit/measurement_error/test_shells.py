"""Shells around lesions, of the size that geometry says."""

import numpy as np
import pytest

from mri_bme.measurement_error.shells import evenly_spread_normals, shell_ml, spread_evenly

SD_MM = 0.5


def test_a_shell_has_the_area_of_a_sphere_times_its_depth_and_lies_where_the_lesion_does() -> None:
    """A sphere of 4.19 mL has a radius of 1 cm; half a millimetre around it is 0.63 mL."""
    lesions = np.zeros((2, 9))
    lesions[0, 1:3], lesions[1, 5] = (4.19 / 4, 3 * 4.19 / 4), 4.19 / 1000
    is_real = np.ones((4096, 2))
    found = shell_ml(lesions, is_real, SD_MM, np.random.default_rng(0))
    sd = np.sqrt(np.mean(found[:, [1, 2, 5]] ** 2, axis=0))  # of both halves of the normal
    half = 4 * np.pi * 1.0**2 * SD_MM / 10 / np.sqrt(2)
    assert sd == pytest.approx([half / 4, 3 * half / 4, half / 100], rel=0.03)
    assert found.min() == 0.0
    assert found[:, [0, 3, 4, 6, 7, 8]].max() == 0.0


def test_inside_an_outline_a_lesion_loses_its_own_shell_and_never_more_than_it_has() -> None:
    lesions = np.zeros((2, 9))
    lesions[0, 1], lesions[1, 5] = 4.19, 0.001
    rng = np.random.default_rng(0)
    found = shell_ml(lesions, np.ones((4096, 2)), 0.0, rng, inward_mm=SD_MM)
    sd = np.sqrt(np.mean(found[:, 1] ** 2))
    assert sd == pytest.approx(4 * np.pi * 1.0**2 * SD_MM / 10 / np.sqrt(2), rel=0.03)
    assert found.max() == 0.0
    assert found[:, 5].min() == pytest.approx(-0.001)


def test_a_lesion_that_is_none_has_missed_nothing() -> None:
    lesions = np.full((1, 9), 0.1)
    rng = np.random.default_rng(0)
    assert shell_ml(lesions, np.zeros((64, 1)), SD_MM, rng).max() == 0.0
    assert shell_ml(np.zeros((1, 9)), np.ones((64, 1)), SD_MM, rng).max() == 0.0


def test_numbers_are_spread_evenly_in_each_column_and_not_alike() -> None:
    numbers = spread_evenly(100, 2, np.random.default_rng(1))
    np.testing.assert_allclose(np.sort(numbers, axis=0)[:, 0], (np.arange(100) + 0.5) / 100)
    assert abs(np.corrcoef(numbers.T)[0, 1]) < 0.3
    normals = evenly_spread_normals(1000, 1, np.random.default_rng(1))
    assert normals.mean() == pytest.approx(0, abs=1e-6)
    assert normals.std() == pytest.approx(1, abs=0.01)
