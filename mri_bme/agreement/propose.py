"""Which of several settings agrees best with readers, and whether that holds beyond them.

A setting that is chosen because it fits some subjects fits them too well. So the choice is made
once for each subject without that subject, and its worth is told on the subject left out
(nested cross-validation, Varma & Simon, BMC Bioinformatics 7:91, 2006).
"""

from dataclasses import dataclass

import numpy as np
import scipy

from mri_bme.summarize_cohort.statistic import CONFIDENCE
from mri_bme.volume import FloatArray

MIN_SUBJECTS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What choosing a setting by subjects is worth on subjects that it was not chosen by.

    Parameters
    ----------
    chosen : int
        The setting that fits all subjects best.
    n_agreeing : int
        Subjects without whom the same one would have been chosen.
    gain : float or None
        Mean error with the setting in use less that with the one chosen without each subject;
        None with fewer than `MIN_SUBJECTS` subjects.
    low, high : float or None
        95 % interval of the gain over subjects (Student's).
    """

    chosen: int
    n_subjects: int
    n_agreeing: int
    gain: float | None = None
    low: float | None = None
    high: float | None = None

    @property
    def holds(self) -> bool:
        """Whether the gain is beyond chance."""
        return self.low is not None and self.low > 0


def nested_proposal(errors: FloatArray, *, current: int) -> Proposal:
    """Choose the setting of least mean error, and estimate the gain without the choice's luck.

    Parameters
    ----------
    errors : array of shape (n_subjects, n_settings)
        Error of each subject under each setting, 0 or more.
    current : int
        The setting in use, which wins where others are no better.
    """
    n = len(errors)
    chosen = _best(errors, current)
    others = (np.delete(errors, one, axis=0) for one in range(n))
    without = [_best(rest, current) if len(rest) else current for rest in others]
    gains = errors[:, current] - errors[np.arange(n), without]
    agreeing = sum(one == chosen for one in without)
    if n < MIN_SUBJECTS:
        return Proposal(chosen=chosen, n_subjects=n, n_agreeing=agreeing)
    half = scipy.stats.t.ppf((1 + CONFIDENCE) / 2, n - 1) * gains.std(ddof=1) / np.sqrt(n)
    gain = float(gains.mean())
    return Proposal(
        chosen=chosen,
        n_subjects=n,
        n_agreeing=agreeing,
        gain=gain,
        low=float(gain - half),
        high=float(gain + half),
    )


def _best(errors: FloatArray, current: int) -> int:
    means = errors.mean(axis=0)
    best = int(means.argmin())
    return current if means[current] <= means[best] else best
