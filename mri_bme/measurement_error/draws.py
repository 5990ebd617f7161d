"""How far a volume could be off: normal marrow, the edge of lesions, the ROI, unseen edema."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.special import ndtri

from mri_bme.measurement_error.doubtful import NOTHING_DOUBTFUL, Doubtful, doubtful_ml
from mri_bme.measurement_error.shells import evenly_spread_normals, shell_ml, spread_evenly
from mri_bme.measurement_error.unsure import SURE_LOOK, UnsureLook, with_unsure_look
from mri_bme.sacroiliac import QUADRANTS, Level, PlacedBy
from mri_bme.volume import FloatArray

N_SOURCES = 5
PRIMES = (2, 3, 5, 7, 11, 13, 17, 19, 23)
LEVEL_SD = 0.14  # of the share of mixed voxels: outline, plateau, T1W; set on phantoms
MISSED_SHELL_MM = 0.5  # SD, half-normal: depth all around a lesion that is too faint to show
WIDE_SHELL_MM = 0.4  # SD, half-normal: depth by which it is outlined too widely; set on phantoms
ROI_EDGE_MM = 0.4  # SD of where the edge of a drawn ROI lies
FOUND_ROI_EDGE_MM = 0.8  # and of one found by the network, on a grid of 1.4 mm
UNSEEN_ML = 0.03  # SD of edema too small or too faint to be a candidate; set on phantoms
FOUND_DIVISION_MM = 2.5  # RMS distance of the division into halves; 134 slices of 3 phantoms
FALSE_AT_MOST = 0.4  # chance that the smallest lesion that is kept is none; set on phantoms
FALSE_FADES_ML = 0.1  # volume over which that chance falls to a third; set on phantoms
DOUBT_FADES_ML = 1.0  # volume over which the judge's doubt about a whole lesion falls to a third
DOUBT_SEED = 31
N_LABELS = len(QUADRANTS) + 1
UPPER_HALVES = tuple(label for label, q in QUADRANTS.items() if q.level is Level.UPPER)
OTHER_HALF = np.array(
    [0, *(label + (1 if q.level is Level.UPPER else -1) for label, q in QUADRANTS.items())]
)
"""Label of the other half of the same bone and side, by label."""
IN_PLANE = np.array([[[0, 1, 0], [1, 1, 1], [0, 1, 0]]], dtype=bool)


@dataclass(frozen=True, kw_only=True, eq=False)
class Ingredients:
    """What the draws of a visit are made of: sums in mL, by quadrant label (9,).

    Parameters
    ----------
    found, mixed, at_rim, marrow : float64 arrays
        Edema; voxels that are edema in part; edema on the rim of the ROIs; all marrow.
    at_division : float64 array
        Edema in voxels beside the other half of the same bone.
    lesions : float64 array of shape (n_lesions, 9)
        Edema of each lesion.
    """

    found: FloatArray
    mixed: FloatArray
    at_rim: FloatArray
    marrow: FloatArray
    at_division: FloatArray
    lesions: FloatArray


def ingredients(
    fraction: NDArray[np.float32],
    owner: NDArray[np.int32],
    quadrants: NDArray[np.uint8],
    *,
    voxel_volume_ml: float,
) -> Ingredients:
    """Sum up what was found, by quadrant.

    Parameters
    ----------
    fraction : float32 array
        Share of each voxel that is edema.
    owner : int32 array
        Lesion that this share belongs to, 0 where there is none.
    quadrants : uint8 array
        Quadrant labels on the same grid.
    voxel_volume_ml : float
        Volume of one voxel.
    """
    inside = quadrants > 0
    rim = inside & ~ndimage.binary_erosion(inside, IN_PLANE)
    n_lesions = int(owner.max(initial=0))
    labels = quadrants[inside]
    of_lesions = np.bincount(
        owner[inside].astype(np.intp) * N_LABELS + labels,
        weights=fraction[inside],
        minlength=(n_lesions + 1) * N_LABELS,
    ).reshape(n_lesions + 1, N_LABELS)[1:]

    def summed(values: NDArray[np.generic]) -> FloatArray:
        sums = np.bincount(labels, weights=np.asarray(values)[inside], minlength=N_LABELS)
        return np.asarray(sums * voxel_volume_ml, dtype=np.float64)

    return Ingredients(
        found=summed(fraction),
        mixed=summed((fraction > 0) & (fraction < 1)),
        at_rim=summed(np.where(rim, fraction, 0)),
        marrow=summed(inside),
        at_division=summed(np.where(_beside_other_half(quadrants), fraction, 0)),
        lesions=np.asarray(of_lesions * voxel_volume_ml, dtype=np.float64),
    )


def _beside_other_half(quadrants: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Voxels with an in-plane neighbour in the other half of the same bone."""
    beside = np.zeros(quadrants.shape, dtype=bool)
    for axis in (1, 2):
        first = [slice(None)] * 3
        second = [slice(None)] * 3
        first[axis], second[axis] = slice(None, -1), slice(1, None)
        one, other = quadrants[tuple(first)], quadrants[tuple(second)]
        meet = (one > 0) & (OTHER_HALF[one] == other)
        beside[tuple(first)] |= meet
        beside[tuple(second)] |= meet
    return beside


def quasi_random_normals(n_draws: int, n_sources: int = N_SOURCES) -> FloatArray:
    """Draw evenly spread standard normals (n_draws, n_sources), the same every time."""
    return np.asarray(ndtri(_quasi_random(n_draws, n_sources)), dtype=np.float64)


def _quasi_random(n_draws: int, n_sources: int) -> FloatArray:
    """Halton's points (Numer Math 2:84-90, 1960), those of `scipy.stats.qmc`, slow to load."""
    numbers = np.arange(1, n_draws + 1)
    return np.stack([_mirrored_digits(numbers, base) for base in PRIMES[:n_sources]], axis=1)


def _mirrored_digits(numbers: NDArray[np.int64], base: int) -> FloatArray:
    """Mirror the digits of whole numbers at the point, into fractions between 0 and 1."""
    mirrored, place = np.zeros(len(numbers)), 1 / base
    while numbers.any():
        numbers, digit = np.divmod(numbers, base)
        mirrored += digit * place
        place /= base
    return mirrored


def quadrant_draws(
    sums: Ingredients,
    *,
    reference_cv: float,
    roi_edge_voxels: float,
    division_voxels: float = 0.0,
    likeliest: FloatArray | None = None,
    doubtful: Doubtful = NOTHING_DOUBTFUL,
    bright_ml: FloatArray | None = None,
    look: UnsureLook = SURE_LOOK,
    n_draws: int,
) -> FloatArray:
    """Draw the volumes that each quadrant might as well have had.

    Common to all voxels of a draw: what normal marrow is (SD of the reference, relative) and
    where the edge and plateau of lesions lie (`LEVEL_SD`) change the share of every mixed voxel;
    the ROI's edge (`ROI_EDGE_MM`) cuts lesions that touch it. Each by itself: a lesion
    may go on further than it is bright enough to show (`MISSED_SHELL_MM`), or end within its
    outline (`WIDE_SHELL_MM`); the division of a bone into halves may lie higher or lower, where
    bones were found; a lesion may be none, the likelier the smaller it is (`chance_of_false`) and
    the less the judge believes in it (`doubt_of_judge`); a candidate that was left out may be
    edema (`doubtful`). And edema too small or too faint to be a candidate (`UNSEEN_ML`, never
    negative) may lie anywhere in the ROI, in one quadrant at a time. Noise of single voxels
    averages out and is not drawn. What a doubtful look of the scan adds comes last (`unsure`).

    Parameters
    ----------
    sums : Ingredients
        What was found, by quadrant.
    reference_cv : float
        Robust SD / median of reference marrow.
    roi_edge_voxels : float
        SD by which the edge of the ROIs may lie elsewhere within the slice.
    division_voxels : float
        SD by which the division of a bone into upper and lower half may lie elsewhere.
    likeliest : float64 array of shape (n_lesions,) or None
        How likely the judge holds the likeliest voxel of each lesion for edema; None where no
        judge was asked.
    doubtful : Doubtful
        Candidates that were left out, and may be edema all the same.
    bright_ml : float64 array of shape (9,) or None
        Of the edema, what may be none for its brightness on T1W.
    look : UnsureLook
        What the look of the scan adds.
    n_draws : int
        Number of quasi-random (Halton) draws.

    Returns
    -------
    float64 array of shape (n_draws, 9)
        mL per quadrant label; column 0 is 0.
    """
    z = quasi_random_normals(n_draws)
    shift = z[:, :1] * reference_cv / 2 + z[:, 1:2] * LEVEL_SD
    moved = sums.found + shift * sums.mixed + z[:, 2:3] * roi_edge_voxels * sums.at_rim
    share = np.divide(moved, sums.found, out=np.ones_like(moved), where=sums.found > 0)
    rng = np.random.default_rng(DOUBT_SEED)
    is_false = _is_false(sums.lesions, likeliest, n_draws, rng)
    at_edge = shell_ml(sums.lesions, 1 - is_false, MISSED_SHELL_MM, rng, inward_mm=WIDE_SHELL_MM)
    divisions = division_voxels * evenly_spread_normals(n_draws, N_LABELS, rng)
    division = _divided_elsewhere(sums, divisions)
    moved = moved - share * (is_false @ sums.lesions)
    moved = moved + at_edge + division + doubtful_ml(doubtful, n_draws, rng)
    usual = np.maximum(moved, 0) + _unseen(sums, z[:, 3], n_draws)
    return with_unsure_look(
        np.asarray(usual, dtype=np.float64),
        found_ml=sums.found,
        marrow_ml=sums.marrow,
        bright_ml=np.zeros(N_LABELS) if bright_ml is None else bright_ml,
        look=look,
        rng=rng,
    )


def chance_of_false(volume_ml: FloatArray) -> FloatArray:
    """Chance that a lesion of this volume, kept by every rule, is none."""
    return np.asarray(FALSE_AT_MOST * np.exp(-volume_ml / FALSE_FADES_ML), dtype=np.float64)


def doubt_of_judge(likeliest: FloatArray, volume_ml: FloatArray) -> FloatArray:
    """Chance that a lesion is none: neither of two readers calls its likeliest voxel edema.

    It fades with the volume: voxels of one lesion are judged alike only over short distances.
    """
    return np.asarray((1 - likeliest) ** 2 * np.exp(-volume_ml / DOUBT_FADES_ML), dtype=np.float64)


def _is_false(
    lesions: FloatArray,
    likeliest: FloatArray | None,
    n_draws: int,
    rng: np.random.Generator,
) -> FloatArray:
    """Draws (n_draws, n_lesions) in which a lesion is none: in as many as it is likely."""
    volume_ml = lesions.sum(axis=1)
    chance = chance_of_false(volume_ml)
    if likeliest is not None:
        chance = np.maximum(chance, doubt_of_judge(likeliest[: len(lesions)], volume_ml))
    return np.asarray(spread_evenly(n_draws, len(lesions), rng) < chance, dtype=np.float64)


def _divided_elsewhere(sums: Ingredients, voxels: FloatArray) -> FloatArray:
    """Edema (n_draws, 9) that changes halves when divisions move down by so many voxels."""
    moved = np.zeros_like(voxels)
    for upper in UPPER_HALVES:
        lower = OTHER_HALF[upper]
        down = np.minimum(
            np.maximum(voxels[:, upper], 0) * sums.at_division[lower], sums.found[lower]
        )
        up = np.minimum(
            np.maximum(-voxels[:, upper], 0) * sums.at_division[upper], sums.found[upper]
        )
        moved[:, upper] += down - up
        moved[:, lower] += up - down
    return moved


def _unseen(sums: Ingredients, z: FloatArray, n_draws: int) -> FloatArray:
    """Edema that was missed, each time in one quadrant, drawn by its share of marrow."""
    unseen = np.zeros((n_draws, N_LABELS))
    upto = np.cumsum(sums.marrow)
    if upto[-1] > 0:
        where = _quasi_random(n_draws, N_SOURCES)[:, -1] * upto[-1]
        unseen[np.arange(n_draws), np.searchsorted(upto, where, side="right")] = (
            np.maximum(z, 0) * UNSEEN_ML
        )
    return unseen


def roi_edge_mm(placed_by: PlacedBy) -> float:
    """SD of where the edge of ROIs lies, by who placed the bones.

    Set on phantoms whose bones were given and found; more than nine tenths of the drawn
    joint have the found one within 3 mm (MODEL_CARD.md).
    """
    return ROI_EDGE_MM if placed_by is PlacedBy.GIVEN else FOUND_ROI_EDGE_MM


def division_mm(placed_by: PlacedBy) -> float:
    """SD of where a bone is divided into halves; given bones say it themselves."""
    return 0.0 if placed_by is PlacedBy.GIVEN else FOUND_DIVISION_MM
