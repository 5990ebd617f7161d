"""How much further a volume may be off because of how the scan looks.

A scan that is noisy, blurred, badly suppressed or of bones that were hard to find hides edema; one
whose header gives a pelvis of no person's size has volumes of another size; and what is as bright
on T1W as fat may be none of what was counted. Where nothing of that is so nothing is added.
"""

from dataclasses import dataclass

import numpy as np

from mri_bme.measurement_error.shells import evenly_spread_normals, spread_evenly
from mri_bme.volume import FloatArray

CHANCE_OF_NONE = 0.5  # that what is bright on T1W is no edema, which the scan alone does not tell
CHANCE_OF_OTHER_SIZE = 0.5  # that voxels, and not the person, are of an unusual size


@dataclass(frozen=True, slots=True, kw_only=True)
class UnsureLook:
    """What the look of a scan adds to the errors of its volumes.

    Parameters
    ----------
    hidden : float
        SD, half-normal, of edema that does not show, as a share of what does.
    faint_ml : float
        SD, half-normal, of edema of which nothing shows, in one quadrant or another.
    sizes : pair of float
        Least and largest true volume over the one that the header gives.
    surplus : float
        SD, half-normal, of what is no edema, as a share of what shows.
    """

    hidden: float = 0.0
    faint_ml: float = 0.0
    sizes: tuple[float, float] = (1.0, 1.0)
    surplus: float = 0.0


SURE_LOOK = UnsureLook()


def with_unsure_look(
    draws_ml: FloatArray,
    *,
    found_ml: FloatArray,
    marrow_ml: FloatArray,
    bright_ml: FloatArray,
    look: UnsureLook,
    rng: np.random.Generator,
) -> FloatArray:
    """Move draws by what the look of the scan leaves open; as they are where it leaves nothing.

    Parameters
    ----------
    draws_ml : float64 array of shape (n_draws, 9)
        Volumes by quadrant label, every other error drawn.
    found_ml, marrow_ml : float64 arrays of shape (9,)
        Edema that was found, and all marrow.
    bright_ml : float64 array of shape (9,)
        Of that edema, what may be none for its brightness on T1W, or for lying by a void.
    look : UnsureLook
        How the scan looks.
    rng : numpy Generator
        Of these draws alone.
    """
    moved = draws_ml
    if bright_ml.any():
        is_none = spread_evenly(len(moved), 1, rng) < CHANCE_OF_NONE
        share = np.divide(bright_ml, found_ml, out=np.zeros_like(found_ml), where=found_ml > 0)
        moved = moved * (1 - is_none * np.minimum(share, 1.0))
    if look.surplus > 0:
        false = np.maximum(evenly_spread_normals(len(moved), 1, rng), 0) * look.surplus
        moved = moved * np.maximum(1 - false, 0)
    if look.hidden > 0:
        depth = np.maximum(evenly_spread_normals(len(moved), 2, rng), 0)
        faint = _in_one_quadrant(look.faint_ml * depth[:, 1], marrow_ml, rng)
        moved = moved + depth[:, :1] * look.hidden * found_ml + faint
    if look.sizes != SURE_LOOK.sizes:
        low, high = look.sizes
        is_other, where = (spread_evenly(len(moved), 1, rng) for _ in range(2))
        size = np.where(is_other < CHANCE_OF_OTHER_SIZE, low + (high - low) * where, 1.0)
        moved = moved * size
    return moved


def _in_one_quadrant(
    volumes_ml: FloatArray, marrow_ml: FloatArray, rng: np.random.Generator
) -> FloatArray:
    """Put each draw's volume (n_draws,) into one quadrant (n_draws, 9), by its share of marrow."""
    placed = np.zeros((len(volumes_ml), len(marrow_ml)))
    upto = np.cumsum(marrow_ml)
    if upto[-1] > 0:
        where = spread_evenly(len(volumes_ml), 1, rng)[:, 0] * upto[-1]
        placed[np.arange(len(volumes_ml)), np.searchsorted(upto, where, side="right")] = volumes_ml
    return placed
