"""Precision as a function of volume, of visits that were scanned alike and of such that were not.

Repeatability: both scans of one protocol, on another day. Reproducibility: the second scan
departs in scanner, field strength, sequence or slices, and the bias between the two counts in
full (Raunig et al., Stat Methods Med Res 24:27, 2015; Obuchowski & Bullen, Stat Methods Med Res
27:3139, 2018).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np

from mri_bme.measurement_error import (
    RC_PER_WSD,
    Repetition,
    precision_profile,
    reproducibility_coefficient,
    upper_bound_factor,
    within_subject_cv,
    within_subject_sd,
)
from mri_bme.verify.departures import RETESTS
from mri_bme.verify.figure import Figure, mean_interval
from mri_bme.verify.measure import Measurement
from mri_bme.volume import FloatArray

PROPORTIONAL_FROM_ML = 1.0  # of one wCV: below, the error does not shrink with the volume

Pair = tuple[Measurement, Measurement]


def pairs_of(rows: Iterable[Measurement]) -> list[Pair]:
    """Test and retest of every case of which both were measured."""
    by_case: dict[str, list[Measurement]] = {}
    for row in rows:
        by_case.setdefault(row.case, []).append(row)
    return [
        (found[0], found[1])
        for found in by_case.values()
        if len(found) == 2 and all(row.found_ml is not None for row in found)
    ]


def changes_of(pairs: Iterable[Pair]) -> FloatArray:
    """Follow-up minus baseline, less what the slabs truly differ by, mL."""
    found = [(b.found_ml or 0.0) - (a.found_ml or 0.0) - (b.true_ml - a.true_ml) for a, b in pairs]
    return np.array(found, dtype=np.float64)


def levels_of(pairs: Iterable[Pair]) -> FloatArray:
    """Volume that was ordered in each pair, mL."""
    return np.array([a.level_ml for a, _ in pairs], dtype=np.float64)


def repeatability_figures(pairs: Sequence[Pair], levels: Sequence[float]) -> Iterator[Figure]:
    """Tell wSD and the repeatability coefficient at each level, from its own pairs.

    `high` is the one-sided upper 95 % bound.
    """
    for level in levels:
        changes = changes_of(p for p in pairs if p[0].level_ml == level)
        if not len(changes):
            continue
        wsd, bound = within_subject_sd(changes), upper_bound_factor(len(changes))
        is_seen = wsd > 0  # of a scatter that was not seen there is no bound
        for name, factor in (("wSD", 1.0), ("repeatability coefficient", RC_PER_WSD)):
            yield Figure(
                name=name,
                at=f"{level:g} mL",
                value=factor * wsd,
                high=factor * bound * wsd if is_seen else None,
                n=len(changes),
            )


def profile_figures(pairs: Sequence[Pair], levels: Sequence[float]) -> Iterator[Figure]:
    """Tell wSD, wCV and the repeatability coefficient as fitted to all volumes together."""
    for point in precision_profile(levels_of(pairs), changes_of(pairs), levels):
        yield from _at_point(point, len(pairs))
    first, second = (
        np.array([pair[k].found_ml for pair in pairs], dtype=np.float64) for k in (0, 1)
    )
    large = (first + second) / 2 >= PROPORTIONAL_FROM_ML
    if large.any():
        wcv, n = within_subject_cv(first[large], second[large]), int(large.sum())
        yield Figure(
            name="wCV over all pairs",
            at=f"{PROPORTIONAL_FROM_ML:g} mL or more",
            value=100 * wcv,
            high=100 * wcv * upper_bound_factor(n),
            unit="%",
            n=n,
        )


def _at_point(point: Repetition, n: int) -> Iterator[Figure]:
    at = f"{point.at_ml:g} mL"
    yield Figure(name="wSD, fitted", at=at, value=point.wsd_ml, high=point.upper_ml, n=n)
    yield Figure(
        name="repeatability coefficient, fitted",
        at=at,
        value=point.rc_ml,
        high=point.rc_upper_ml,
        n=n,
    )
    if point.wcv is not None and point.wcv_upper is not None:
        value, high = 100 * point.wcv, 100 * point.wcv_upper
        yield Figure(name="wCV, fitted", at=at, value=value, high=high, unit="%", n=n)


def reproducibility_figures(rows: Sequence[Measurement]) -> Iterator[Figure]:
    """Of each change between the visits: the bias, and the RDC as a function of volume."""
    by_change: Mapping[str, list[Pair]] = {
        name: pairs_of(row for row in rows if row.retest == name) for name in RETESTS
    }
    for name, pairs in by_change.items():
        changes, volumes = changes_of(pairs), levels_of(pairs)
        if not len(pairs):
            continue
        known = volumes > 0
        whose = [pair[0].seed for pair, is_known in zip(pairs, known, strict=True) if is_known]
        mean, low, high = mean_interval(100 * changes[known] / volumes[known], whose)
        yield Figure(
            name="bias between visits",
            at=name,
            value=mean,
            low=low,
            high=high,
            unit="%",
            n=int(known.sum()),
            n_subjects=len(set(whose)),
        )
        yield Figure(
            name="RDC over all volumes",
            at=name,
            value=100 * reproducibility_coefficient(changes[known] / volumes[known]),
            high=100
            * reproducibility_coefficient(changes[known] / volumes[known])
            * upper_bound_factor(int(known.sum())),
            unit="%",
            n=int(known.sum()),
        )
        for point in precision_profile(volumes, changes, sorted(set(volumes.tolist()))):
            yield Figure(
                name=f"RDC, {name}",
                at=f"{point.at_ml:g} mL",
                value=point.rc_ml,
                high=point.rc_upper_ml,
                n=len(pairs),
            )
