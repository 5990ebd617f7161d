"""Agreement against published worked examples."""

import numpy as np
import pytest

from mri_bme.summarize_cohort.agreement import (
    bland_altman,
    intraclass_correlation,
    smallest_detectable_change,
)

# Peak flow by two meters, Bland & Altman, Lancet 327:307-310, 1986, first readings
WRIGHT = [494, 395, 516, 434, 476, 557, 413, 442, 650, 433, 417, 656, 267, 478, 178, 423, 427]
MINI = [512, 430, 520, 428, 500, 600, 364, 380, 658, 445, 432, 626, 260, 477, 259, 350, 451]
# Six targets, four judges: Shrout & Fleiss, Psychol Bull 86:420-428, 1979, table 2
JUDGES = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]


def test_bland_altman_reproduces_the_peak_flow_example() -> None:
    bias, low, high = bland_altman(WRIGHT, MINI)
    assert bias.value == pytest.approx(-2.1, abs=0.05)
    sd = (high.value - low.value) / (2 * 1.96)
    assert sd == pytest.approx(38.8, abs=0.05)
    assert (bias.ci_low, bias.ci_high) == pytest.approx((-22.0, 17.8), abs=0.1)
    assert bias.value - 2 * sd == pytest.approx(-79.7, abs=0.1)


def test_icc_reproduces_shrout_and_fleiss() -> None:
    found = intraclass_correlation(np.array(JUDGES))
    assert found.value == pytest.approx(0.29, abs=0.005)
    # psych::ICC of R gives 0.019 to 0.761 for these data
    assert (found.ci_low, found.ci_high) == pytest.approx((0.019, 0.761), abs=0.001)


def test_icc_of_absolute_agreement_is_lowered_by_a_bias() -> None:
    first = np.arange(10.0)
    assert intraclass_correlation(np.column_stack([first, first])).value == pytest.approx(1.0)
    assert intraclass_correlation(np.column_stack([first, first + 3])).value < 0.75


def test_smallest_detectable_change_is_the_half_width_of_the_limits_of_agreement() -> None:
    _, low, high = bland_altman(WRIGHT, MINI)
    sdc = smallest_detectable_change(WRIGHT, MINI)
    assert sdc.value == pytest.approx((high.value - low.value) / 2)
    assert sdc.ci_low < sdc.value < sdc.ci_high
