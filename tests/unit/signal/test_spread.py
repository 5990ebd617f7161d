"""The robust SD is the SD of normal values, and stays it when a third does not belong."""

import numpy as np
import pytest
from scipy.stats import norm

from mri_bme.signal.spread import SD_PER_MAD, robust_sd


def test_the_factor_is_that_of_a_normal_distribution() -> None:
    assert pytest.approx(1 / norm.ppf(0.75), abs=5e-5) == SD_PER_MAD


def test_normal_values_have_their_own_sd() -> None:
    values = norm.ppf((np.arange(2001) + 0.5) / 2001, loc=100, scale=7)
    assert robust_sd(values) == pytest.approx(7, rel=1e-3)


def test_a_vessel_in_the_reference_moves_it_little() -> None:
    values = norm.ppf((np.arange(2001) + 0.5) / 2001, loc=100, scale=7)
    with_vessel = np.concatenate([values, np.full(200, 900.0)])
    assert robust_sd(with_vessel) == pytest.approx(7, rel=0.15)
    assert with_vessel.std() > 100


def test_deviations_may_be_taken_from_a_known_value() -> None:
    residuals = np.array([-3.0, 1.0, 2.0, 4.0])
    assert robust_sd(residuals, about=0.0) == pytest.approx(2.5 * SD_PER_MAD)
