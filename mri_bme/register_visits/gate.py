"""Whether a motion may be used: consistency, overlap, similarity, plausibility."""

from dataclasses import replace

import numpy as np

from mri_bme.findings import RegistrationQuality
from mri_bme.register_visits.levels import Level, LevelPair
from mri_bme.register_visits.motion import (
    inverse_of,
    matrix_of,
    moved,
)
from mri_bme.register_visits.refine import halfway_points, refine_motion, similarity_at
from mri_bme.settings import RegisterSettings
from mri_bme.volume import FloatArray, half_of, rotation_of, vector_of

N_PERMUTED = 12
PERMUTED_SHIFT_MM = 12.0
PERMUTED_TILT_DEGREES = 8.0
PERMUTED_STRIDE = 3  # of the check points
SIDE_STRIDE = 4  # a report, not a result
PROBE_STRIDE = 50  # of the check points, for distances in mm


def judge(
    matrix: FloatArray, back: FloatArray, pairs: list[LevelPair], *, settings: RegisterSettings
) -> RegistrationQuality:
    """Measure how far a motion can be trusted, and accept it or not.

    Parameters
    ----------
    matrix : array of shape (4, 4)
        Moving from fixed, refined.
    back : array of shape (4, 4)
        Fixed from moving, roughly, and found without knowing `matrix`: a check that begins at
        the inverse of the answer stays in the minimum that the answer lies in, right or wrong.
    pairs : list of LevelPair
        The refined levels, coarse to fine. Similarity is judged at the coarser one, where noise
        has been averaged away, at points that were not fitted.
    settings : RegisterSettings
        Limits.
    """
    coarse, fine = pairs[0], pairs[-1]
    permuted = [
        similarity_at(wrong, coarse, check=True, stride=PERMUTED_STRIDE)[0]
        for wrong in _permuted(matrix, coarse, settings.seed)
    ]
    measured = RegistrationQuality(
        accepted=False,
        reason="",
        inverse_consistency_mm=_inverse_consistency_mm(matrix, back, pairs),
        overlap_fraction=overlap_fraction(matrix, coarse),
        similarity=similarity_at(matrix, coarse, check=True)[0],
        details={
            "rotation_degrees": float(np.degrees(np.linalg.norm(vector_of(matrix[:3, :3])))),
            "permuted_similarity_max": max(permuted),
            "permuted_similarity_mean": float(np.mean(permuted)),
            **_sides(matrix, fine),
        },
    )
    reason = refusal(measured, settings)
    return replace(measured, accepted=not reason, reason=reason or "fits")


def refusal(measured: RegistrationQuality, settings: RegisterSettings) -> str:
    """First limit that is violated, in words; empty when none is."""
    overlap, similarity = measured.overlap_fraction or 0.0, measured.similarity or 0.0
    permuted = measured.details["permuted_similarity_max"]
    rotation = measured.details["rotation_degrees"]
    inconsistency_mm = measured.inverse_consistency_mm or 0.0
    if overlap < settings.min_overlap:
        return (
            f"the two visits share only {overlap:.0%} of the joint region "
            f"(at least {settings.min_overlap:.0%} needed)"
        )
    if similarity < settings.min_similarity or similarity - permuted < settings.min_margin:
        return (
            f"the two visits do not look alike at the best fit (similarity {similarity:.2f}, "
            f"{permuted:.2f} when displaced; at least {settings.min_similarity:.2f} and "
            f"{settings.min_margin:.2f} above displaced needed): another person, contrast or "
            "region?"
        )
    if rotation > settings.max_rotation_degrees:
        return (
            f"the pelvis would have turned by {rotation:.0f} degrees "
            f"(at most {settings.max_rotation_degrees:.0f} is plausible)"
        )
    if inconsistency_mm > settings.max_inconsistency_mm:
        return (
            f"both directions disagree by {inconsistency_mm:.2f} mm "
            f"(at most {settings.max_inconsistency_mm:.2f} accepted)"
        )
    return ""


def _permuted(matrix: FloatArray, pair: LevelPair, seed: int) -> list[FloatArray]:
    """Motions that are surely wrong: shifted and tilted about the middle."""
    rng = np.random.default_rng(seed)
    half = half_of(matrix)
    middle = moved(half, pair.fixed.geometry.centre_lps_mm[:, None])[:, 0]
    motions = []
    for _ in range(N_PERMUTED):
        axis, shift = (v / np.linalg.norm(v) for v in rng.normal(size=(2, 3)))
        rotation = rotation_of(axis * np.radians(PERMUTED_TILT_DEGREES))
        wrong = matrix_of(rotation, middle + PERMUTED_SHIFT_MM * shift - rotation @ middle)
        motions.append(half @ wrong @ half)
    return motions


def _inverse_consistency_mm(matrix: FloatArray, back: FloatArray, pairs: list[LevelPair]) -> float:
    """Mean distance in the region to a fit the other way round, from other points.

    The other fit begins at `back` and takes the same way from coarse to fine.
    """
    for swapped in (pair.swapped() for pair in pairs):
        back = refine_motion(back, swapped, halfway_points(back, swapped, check=True))
    pair, inverse = pairs[-1], inverse_of(matrix)
    there = np.concatenate([pair.fixed.check_points, moved(inverse, pair.moving.check_points)], 1)
    there = there[:, ::PROBE_STRIDE]
    again = moved(back, moved(matrix, there))
    return float(np.sqrt(np.sum((again - there) ** 2, axis=0)).mean())


def _sides(matrix: FloatArray, pair: LevelPair) -> dict[str, float]:
    """Fit each side of the pelvis on its own, to see whether one motion serves both.

    The similarities (of the joint motion, and of the side's own) are taken at points of
    that side which were not fitted; the distance is the mean over them.

    Reported only; the joint motion stands. On the four public T1W pairs, with masks of
    automatic bones, a side's own motion lay 0.05 to 0.24 mm from the joint one, where
    0.02 to 0.13 mm come of noise alone (STIR scans moved as a whole); it raised the side's
    similarity by 0.005 at most and changed the Dice of that side's ilium, found in each
    visit alone, by -0.001 to +0.001.
    """
    found: dict[str, float] = {}
    for name, towards in (("left", 1.0), ("right", -1.0)):
        side = LevelPair(
            fixed=_half_of_level(pair.fixed, towards), moving=_half_of_level(pair.moving, towards)
        )
        own = refine_motion(matrix, side, halfway_points(matrix, side, stride=SIDE_STRIDE))
        points = side.fixed.check_points
        apart = np.sqrt(np.sum((moved(own, points) - moved(matrix, points)) ** 2, axis=0))
        found[f"{name}_apart_mm"] = float(apart.mean())
        found[f"{name}_similarity"] = similarity_at(matrix, side, check=True)[0]
        found[f"{name}_own_similarity"] = similarity_at(own, side, check=True)[0]
    return found


def _half_of_level(level: Level, towards: float) -> Level:
    """Keep the points on one side of the middle of the region (LPS x grows to the left)."""
    middle = float(np.median(level.points[0]))
    return replace(
        level,
        points=level.points[:, (level.points[0] - middle) * towards > 0],
        check_points=level.check_points[:, (level.check_points[0] - middle) * towards > 0],
    )


def overlap_fraction(matrix: FloatArray, pair: LevelPair) -> float:
    """Share of the joint region of either visit that the other one saw; the smaller share."""
    return min(
        _share_inside(pair.moving, moved(matrix, pair.fixed.points)),
        _share_inside(pair.fixed, moved(inverse_of(matrix), pair.moving.points)),
    )


def _share_inside(level: Level, points: FloatArray) -> float:
    index = moved(level.scanned.index_from_lps, points)
    last = np.array(level.scanned.shape)[:, None] - 0.5
    return float(np.all((index >= -0.5) & (index <= last), axis=0).mean())
