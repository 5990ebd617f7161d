"""Shells around and inside the outlines of lesions, and the numbers that they are drawn from."""

import numpy as np
from scipy.special import ndtri

from mri_bme.volume import FloatArray

AREA_PER_VOLUME = float(np.cbrt(36 * np.pi))  # area of a sphere over its volume to the 2/3
MM_PER_CM = 10.0  # a millilitre is a cubic centimetre


def shell_ml(
    lesions: FloatArray,
    is_real: FloatArray,
    sd_mm: float,
    rng: np.random.Generator,
    *,
    inward_mm: float = 0.0,
) -> FloatArray:
    """Draw what is too faint to show of each lesion, or was outlined too widely (n_draws, 9).

    A shell around or inside a sphere of its volume, so that a small lesion may have missed, or
    been given, more of itself than a large one; its depth is normal, with another SD outward
    than inward. No lesion loses more than it has.

    Parameters
    ----------
    lesions : float64 array of shape (n_lesions, 9)
        mL by quadrant label.
    is_real : float64 array of shape (n_draws, n_lesions)
        0 in draws in which a lesion is none, and has missed nothing.
    sd_mm : float
        Of the depth outward.
    rng : numpy Generator
        For the depths.
    inward_mm : float
        SD of the depth inward; 0 where nothing can have been outlined too widely.
    """
    z = evenly_spread_normals(len(is_real), len(lesions), rng)
    per_mm = share_one_deep(lesions, 1.0)
    change = np.maximum(np.where(z > 0, sd_mm, inward_mm) * z * per_mm.T, -1) * is_real
    return np.asarray(change @ lesions, dtype=np.float64)


def one_deep_ml(lesions: FloatArray, depth_mm: float) -> FloatArray:
    """Volume (n_lesions, 9) of a shell of that depth around each lesion, where it lies."""
    return np.asarray(share_one_deep(lesions, depth_mm) * lesions, dtype=np.float64)


def share_one_deep(lesions: FloatArray, depth_mm: float) -> FloatArray:
    """Volume of a shell of that depth around each lesion over its own, (n_lesions, 1)."""
    volume_ml = lesions.sum(axis=1, keepdims=True)
    shell = AREA_PER_VOLUME * volume_ml ** (2 / 3) * depth_mm / MM_PER_CM
    share = np.divide(shell, volume_ml, out=np.zeros_like(volume_ml), where=volume_ml > 0)
    return np.asarray(share, dtype=np.float64)


def evenly_spread_normals(n_draws: int, n: int, rng: np.random.Generator) -> FloatArray:
    """Draw standard normals (n_draws, n), evenly in each column and shuffled apart."""
    return np.asarray(ndtri(spread_evenly(n_draws, n, rng)), dtype=np.float64)


def spread_evenly(n_draws: int, n: int, rng: np.random.Generator) -> FloatArray:
    """Draw numbers between 0 and 1 (n_draws, n), evenly in each column and shuffled apart."""
    ranks = (np.arange(n_draws) + 0.5) / n_draws
    columns = [rng.permutation(ranks) for _ in range(n)]
    return np.asarray(np.reshape(columns, (n, n_draws)).T, dtype=np.float64)
