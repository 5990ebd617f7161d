"""Whether two measurements of the same thing agree: readers, methods, versions."""

import numpy as np
import scipy
from scipy.special import ndtri

from mri_bme.measurement_error import change_beyond_bias
from mri_bme.summarize_cohort.statistic import CONFIDENCE, Statistic, too_few
from mri_bme.volume import FloatArray

LIMITS_SOURCE = "Bland & Altman, Stat Methods Med Res 8:135-160, 1999"
ICC_SOURCE = (
    "two-way random effects, single measures, absolute agreement: Shrout & Fleiss, Psychol Bull "
    "86:420-428, 1979; interval of McGraw & Wong, Psychol Methods 1:30-46, 1996"
)
SDC_SOURCE = "1.96 x SD of differences = 1.96 x sqrt(2) x SEM, Bland & Altman 1999; de Vet 2006"
Z = float(ndtri((1 + CONFIDENCE) / 2))
NO_INTERVAL = "raters agree on all, or subjects do not differ on average: no interval"
LEAST_SHARE = 1e-12  # of a sum of squares, or of an ICC below one; less is rounding


def bland_altman(first: FloatArray, second: FloatArray) -> list[Statistic]:
    """Bias (first minus second) and limits of agreement, with exact and large-sample intervals.

    The interval of the bias is Student's; that of a limit takes
    ``var = sd^2 (1/n + z^2 / (2 (n - 1)))``, as in the source.
    """
    differences = np.asarray(first, np.float64) - np.asarray(second, np.float64)
    n = len(differences)
    note = too_few(n)
    names = ("bias", "limit_of_agreement_low", "limit_of_agreement_high")
    if note:
        return [Statistic(statistic=name, n=n, note=note, source=LIMITS_SOURCE) for name in names]
    bias, sd = float(differences.mean()), float(differences.std(ddof=1))
    t = float(scipy.stats.t.ppf((1 + CONFIDENCE) / 2, n - 1))
    half_widths = (t * sd / np.sqrt(n), *[t * sd * np.sqrt(1 / n + Z**2 / (2 * (n - 1)))] * 2)
    values = (bias, bias - Z * sd, bias + Z * sd)
    return [
        Statistic(
            statistic=name,
            n=n,
            value=value,
            ci_low=float(value - half),
            ci_high=float(value + half),
            source=LIMITS_SOURCE,
        )
        for name, value, half in zip(names, values, half_widths, strict=True)
    ]


def smallest_detectable_change(first: FloatArray, second: FloatArray) -> Statistic:
    """Smallest change beyond measurement error, from two measurements of one state.

    The interval follows from the chi-squared distribution of the variance.
    """
    differences = np.asarray(first, np.float64) - np.asarray(second, np.float64)
    n = len(differences)
    note = too_few(n)
    if note:
        return Statistic(statistic="sdc", n=n, note=note, source=SDC_SOURCE)
    sdc = change_beyond_bias(differences)
    tails = scipy.stats.chi2.ppf([(1 + CONFIDENCE) / 2, (1 - CONFIDENCE) / 2], n - 1)
    low, high = sdc * np.sqrt((n - 1) / tails)
    return Statistic(
        statistic="sdc",
        n=n,
        value=sdc,
        ci_low=float(low),
        ci_high=float(high),
        source=SDC_SOURCE,
    )


def intraclass_correlation(ratings: FloatArray) -> Statistic:
    """ICC(2,1), absolute agreement.

    Parameters
    ----------
    ratings : array of shape (n_subjects, n_raters)
        Without missing values.
    """
    ratings = np.asarray(ratings, dtype=np.float64)
    n, k = ratings.shape
    note = too_few(n)
    if note or k < 2 or np.ptp(ratings) == 0:
        reason = note or "all ratings are equal"
        return Statistic(statistic="icc_2_1", n=n, note=reason, source=ICC_SOURCE)
    rows, columns, error = _mean_squares(ratings)
    value = (rows - error) / (rows + (k - 1) * error + k * (columns - error) / n)
    low, high = _icc_interval(rows, columns, error, value=float(value), n=n, k=k)
    return Statistic(
        statistic="icc_2_1",
        n=n,
        value=float(value),
        ci_low=low,
        ci_high=high,
        note="" if low is not None else NO_INTERVAL,
        source=ICC_SOURCE,
    )


def _mean_squares(ratings: FloatArray) -> tuple[float, float, float]:
    n, k = ratings.shape
    deviations = ratings - ratings.mean()
    total = (deviations**2).sum()
    of_rows = k * (deviations.mean(axis=1) ** 2).sum()
    of_columns = n * (deviations.mean(axis=0) ** 2).sum()
    squares = np.array([of_rows, of_columns, total - of_rows - of_columns])
    squares[squares <= LEAST_SHARE * total] = 0.0
    rows, columns, error = squares / (n - 1, k - 1, (n - 1) * (k - 1))
    return float(rows), float(columns), float(error)


def _icc_interval(
    rows: float, columns: float, error: float, *, value: float, n: int, k: int
) -> tuple[float | None, float | None]:
    """Give the interval of McGraw & Wong 1996, table 7.

    There is none where raters are equal everywhere, or where subjects do not differ on average.
    """
    if 1 - value <= LEAST_SHARE or rows == 0:
        return None, None
    a = k * value / (n * (1 - value))
    b = 1 + k * value * (n - 1) / (n * (1 - value))
    of_columns, of_error = a * columns, b * error
    freedom = (of_columns + of_error) ** 2 / (
        of_columns**2 / (k - 1) + of_error**2 / ((n - 1) * (k - 1))
    )
    upper_f = scipy.stats.f.ppf((1 + CONFIDENCE) / 2, n - 1, freedom)
    lower_f = scipy.stats.f.ppf((1 + CONFIDENCE) / 2, freedom, n - 1)
    spread = k * columns + (k * n - k - n) * error
    low = n * (rows - upper_f * error) / (upper_f * spread + n * rows)
    high = n * (lower_f * rows - error) / (spread + n * lower_f * rows)
    return float(low), float(high)
