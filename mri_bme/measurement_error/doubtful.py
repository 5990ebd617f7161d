"""What was left out because it was too small or too faint, and may be edema all the same."""

from dataclasses import dataclass

import numpy as np

from mri_bme.measurement_error.shells import shell_ml, spread_evenly
from mri_bme.volume import FloatArray

HIDDEN_SHELL_MM = 1.0  # SD, half-normal: what of it did not reach the cut-off


@dataclass(frozen=True, kw_only=True, eq=False)
class Doubtful:
    """Candidates that were left out, and how likely each is edema.

    Parameters
    ----------
    volumes_ml : float64 array of shape (n, 9)
        By quadrant label, of what is above the cut-off.
    chances : float64 array of shape (n,)
        Between 0 and 1.
    """

    volumes_ml: FloatArray
    chances: FloatArray


NOTHING_DOUBTFUL = Doubtful(volumes_ml=np.zeros((0, 9)), chances=np.zeros(0))


def doubtful_ml(doubtful: Doubtful, n_draws: int, rng: np.random.Generator) -> FloatArray:
    """Draw the volumes (n_draws, 9) that were left out: each in as many draws as it is likely.

    What shows of it is its tip, around which it is too faint to reach the cut-off.
    """
    is_real = (spread_evenly(n_draws, len(doubtful.chances), rng) < doubtful.chances).astype(
        np.float64
    )
    hidden = shell_ml(doubtful.volumes_ml, is_real, HIDDEN_SHELL_MM, rng)
    return np.asarray(is_real @ doubtful.volumes_ml + hidden, dtype=np.float64)
