"""Sample sizes against published tables."""

import numpy as np
from statsmodels.stats.power import TTestIndPower, TTestPower

from mri_bme.summarize_cohort.planning import subjects_before_after, subjects_per_arm


def test_sample_sizes_are_cohens() -> None:
    # Cohen 1988, table 2.4.1: d = 0.5, two-sided 5 %, power 80 % needs 64 per arm
    assert subjects_per_arm(1.0, 2.0) == 64
    for difference in (0.8, 1.7, 4.0):
        theirs = TTestIndPower().solve_power(difference / 2, alpha=0.05, power=0.8)
        assert subjects_per_arm(difference, 2.0) == int(np.ceil(theirs))
        paired = TTestPower().solve_power(difference / 2, alpha=0.05, power=0.8)
        assert subjects_before_after(-difference, 2.0) == int(np.ceil(paired))
