"""What was left out because it was too small or too faint, and may be edema all the same."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mri_bme.measurement_error.shells import one_deep_ml, shell_ml, spread_evenly
from mri_bme.volume import FloatArray

HIDDEN_SHELL_MM = 1.0  # SD, half-normal: what of it did not reach the cut-off
HALF_NORMAL_MEAN = 0.4  # SDs: of what is 0 in half of all draws, as a shell's depth is


@dataclass(frozen=True, kw_only=True, eq=False)
class Doubtful:
    """Candidates that were left out, and how likely each is edema.

    Parameters
    ----------
    volumes_ml : float64 array of shape (n, 9)
        By quadrant label, of what is above the cut-off.
    chances : float64 array of shape (n,)
        Between 0 and 1.
    by_judge : bool array of shape (n,)
        Whether the judge left it out, for which the chance is the square of its probability.
    """

    volumes_ml: FloatArray
    chances: FloatArray
    by_judge: NDArray[np.bool_]

    def where(self, which: NDArray[np.bool_]) -> "Doubtful":
        """Leave out all others."""
        return Doubtful(
            volumes_ml=self.volumes_ml[which],
            chances=self.chances[which],
            by_judge=self.by_judge[which],
        )


NOTHING_DOUBTFUL = Doubtful(
    volumes_ml=np.zeros((0, 9)), chances=np.zeros(0), by_judge=np.zeros(0, dtype=bool)
)


def doubtful_ml(doubtful: Doubtful, n_draws: int, rng: np.random.Generator) -> FloatArray:
    """Draw the volumes (n_draws, 9) that were left out: each in as many draws as it is likely.

    What shows of it is its tip, around which it is too faint to reach the cut-off.
    """
    is_real = (spread_evenly(n_draws, len(doubtful.chances), rng) < doubtful.chances).astype(
        np.float64
    )
    hidden = shell_ml(doubtful.volumes_ml, is_real, HIDDEN_SHELL_MM, rng)
    return np.asarray(is_real @ doubtful.volumes_ml + hidden, dtype=np.float64)


def hidden_ml(doubtful: Doubtful, which: NDArray[np.bool_]) -> FloatArray:
    """Volume (9,) of some that were left out, with what of them is too faint to show on average."""
    tips = doubtful.volumes_ml[which]
    return np.asarray(
        (tips + HALF_NORMAL_MEAN * one_deep_ml(tips, HIDDEN_SHELL_MM)).sum(axis=0),
        dtype=np.float64,
    )
