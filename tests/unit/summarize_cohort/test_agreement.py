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


def test_icc_and_its_interval_are_those_of_irr() -> None:
    """The example of `irr::icc` in R, ``icc(anxiety, "twoway", "agreement")``.

    irr prints ICC(A,1) = 0.198, -0.039 < ICC < 0.494 for its 20 subjects and 3 raters.
    """
    anxiety = [
        [3, 3, 3, 4, 5, 5, 2, 3, 5, 2, 2, 6, 1, 5, 2, 2, 1, 2, 4, 3],
        [3, 6, 4, 6, 2, 4, 2, 4, 3, 3, 2, 3, 3, 3, 2, 2, 1, 3, 3, 4],
        [2, 1, 4, 4, 3, 2, 1, 6, 1, 1, 1, 2, 3, 3, 1, 1, 3, 3, 2, 2],
    ]
    found = intraclass_correlation(np.array(anxiety).T)
    assert found.n == 20
    assert found.value == pytest.approx(0.198, abs=0.0005)
    assert (found.ci_low, found.ci_high) == pytest.approx((-0.039, 0.494), abs=0.0005)


def test_intervals_of_limits_and_of_the_detectable_change_by_hand() -> None:
    # Differences of the 17 pairs: mean -2.118, SD 38.765 (Bland & Altman give -2.1 and 38.8)
    _, low, high = bland_altman(WRIGHT, MINI)
    # limits -2.118 -+ 1.960 * 38.765; their standard error sqrt(1/17 + 1.960^2 / (2 * 16)) of
    # the SD is 0.4229 * 38.765 = 16.395 (16.3 by the sqrt(3/17) of 1986), t of 16 is 2.120
    assert (low.value, high.value) == pytest.approx((-78.10, 73.86), abs=0.01)
    assert (low.ci_low, low.ci_high) == pytest.approx((-78.10 - 34.76, -78.10 + 34.76), abs=0.01)
    assert (high.ci_low, high.ci_high) == pytest.approx((73.86 - 34.76, 73.86 + 34.76), abs=0.01)
    # 1.960 * 38.765 = 75.98; chi-squared of 16 at 97.5 and 2.5 % is 28.845 and 6.908, as printed
    # in tables: 75.98 * sqrt(16 / 28.845) to 75.98 * sqrt(16 / 6.908)
    sdc = smallest_detectable_change(WRIGHT, MINI)
    assert sdc.value == pytest.approx(75.98, abs=0.01)
    assert (sdc.ci_low, sdc.ci_high) == pytest.approx((56.59, 115.63), abs=0.02)
