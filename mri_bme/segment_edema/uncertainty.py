"""How far the volume could be off: the reference, the threshold, the ROI edge, the noise."""

import numpy as np
from scipy.stats import norm, qmc

from mri_bme.volume import FloatArray

N_SOURCES = 4


def quasi_random_normals(n_draws: int, n_sources: int = N_SOURCES) -> FloatArray:
    """Deterministic, evenly spread standard normal draws (n_draws, n_sources)."""
    points = qmc.Halton(n_sources, scramble=False).random(n_draws + 1)[1:]
    return np.asarray(norm.ppf(points), dtype=np.float64)
