"""Real subjects scanned twice without a change: the same figures, and a pooled detectable change.

Phantoms are many and kind, patients are few and real. How the error grows with the volume is taken
from phantoms, how large it is from both, unless patients surely scatter more.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import stats

from mri_bme.measurement_error import (
    detectable_table,
    pairs_for_bound,
    precision_profile,
    reproducibility_coefficient,
    upper_bound_factor,
    within_subject_cv,
    within_subject_sd,
    wsds_apart,
)
from mri_bme.sacroiliac import RegionKind
from mri_bme.verify.design import AS_GIVEN
from mri_bme.verify.figure import Figure, mean_interval
from mri_bme.verify.figures import Verification
from mri_bme.verify.measure import Measurement
from mri_bme.verify.regions import Difference
from mri_bme.volume import FloatArray

SURELY = 0.05  # one-sided chance that phantoms scatter so much less by accident
FEWEST_PAIRS = 3
PROPORTIONAL_FROM_ML = 1.0
PHANTOMS_ALONE = "phantoms alone: too few repeats"
BOUNDS = (1.1, 1.2, 1.25, 1.5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeat:
    """One subject scanned twice without a change.

    `differences` are empty, with a `reason`, where it could not be measured. `alike` says whether
    both scans share a protocol.
    """

    subject: str
    alike: bool
    differences: tuple[Difference, ...] = ()
    reason: str = ""

    @property
    def total(self) -> Difference | None:
        """Both totals; None where it was not measured."""
        return next((d for d in self.differences if d.kind is RegionKind.TOTAL), None)


@dataclass(frozen=True, kw_only=True, eq=False)
class Scatter:
    """Pairs of one kind of region: mean volumes and differences (n,), mL; of how many subjects."""

    volumes: FloatArray
    changes: FloatArray
    n_subjects: int


@dataclass(frozen=True, kw_only=True)
class Pooled:
    """Smallest detectable changes of one kind at the levels, and how they came about.

    `ratio` is the SD of repeats over that of phantoms at the same volumes, with a one-sided
    p value of its being 1; None without either.
    """

    detectable_ml: tuple[float, ...]
    ratio: float | None
    p_value: float | None
    source: str


def scatter_of(subjects: Sequence[tuple[str, Sequence[Difference]]], kind: RegionKind) -> Scatter:
    """Collect the pairs of a kind that hold edema at either scan."""
    pairs = [
        (subject, d.baseline_ml, d.followup_ml)
        for subject, differences in subjects
        for d in differences
        if d.kind is kind and max(d.baseline_ml, d.followup_ml) > 0
    ]
    first, second = (np.array([p[k] for p in pairs], dtype=np.float64) for k in (1, 2))
    return Scatter(
        volumes=(first + second) / 2,
        changes=second - first,
        n_subjects=len({p[0] for p in pairs}),
    )


def pooled_detectable(
    phantoms: Scatter, repeats: Scatter, levels: Sequence[float], *, limit_ml: float
) -> Pooled:
    """Tell smallest detectable changes of phantoms and repeats together.

    The variance of phantoms as a function of volume, times what repeats scatter in multiples of
    it. Where an F test says that they surely scatter more, their own multiple counts; otherwise
    that of both, weighted by degrees of freedom. Upper 95 % bounds either way, and tails that
    are surely longer than normal ones, as in `detectable_table`.

    Parameters
    ----------
    phantoms, repeats : Scatter
        Of one kind of region; `repeats` are scanned alike.
    levels : sequence of float
        Volumes to tabulate, mL.
    limit_ml : float
        Detection limit, below which no table lies.
    """
    if not len(phantoms.volumes):
        n = repeats.n_subjects
        table = detectable_table(
            repeats.volumes, repeats.changes, levels, limit_ml=limit_ml, n_subjects=n
        )
        return Pooled(detectable_ml=table, ratio=None, p_value=None, source="repeats alone")
    n, m = repeats.n_subjects, max(phantoms.n_subjects - 1, 1)
    expected = _variance(phantoms, repeats.volumes)
    squared = float(np.mean(repeats.changes**2 / 2 / expected))
    p_value = float(stats.f.sf(squared, n, m))
    is_more = p_value < SURELY
    factor, freedom = (squared, n) if is_more else ((m + n * squared) / (m + n), m + n)
    spread = np.abs(phantoms.changes) / np.sqrt(_variance(phantoms, phantoms.volumes))
    spread_of_repeats = np.abs(repeats.changes) / np.sqrt(expected * factor)
    of_all = np.concatenate([spread / np.sqrt(factor), spread_of_repeats])
    tail = max(wsds_apart(spread), wsds_apart(spread_of_repeats if is_more else of_all))
    at = np.sqrt(_variance(phantoms, np.asarray(levels, dtype=np.float64)) * factor)
    reach = tail * upper_bound_factor(freedom)
    return Pooled(
        detectable_ml=tuple(round(max(float(reach * sd), limit_ml), 3) for sd in at),
        ratio=float(np.sqrt(squared)),
        p_value=p_value,
        source="repeats, which scatter more than phantoms" if is_more else "phantoms and repeats",
    )


def pooled_tables(
    rows: Sequence[Measurement], verification: Verification, repeats: Sequence[Repeat]
) -> dict[RegionKind, Pooled]:
    """Pool phantoms and repeats that were scanned alike, by kind of region.

    As in the tables of phantoms alone the larger of what given and found bones show counts; how
    repeats scatter is told in multiples of phantoms whose bones were found as in a run.
    """
    usual = [row for row in rows if row.condition == AS_GIVEN]
    bones = sorted({row.bones for row in usual}, key=lambda one: one != verification.bones)
    phantoms = [[(row.case, row.differences) for row in usual if row.bones == one] for one in bones]
    real = [(r.subject, r.differences) for r in repeats if r.alike]
    tables = {RegionKind.TOTAL: verification.detectable_ml, **verification.detectable_by_kind}
    own = verification.detection_limit_ml
    limit_ml = verification.usual_limit_ml if own is None else own
    return {
        kind: _pooled_or_kept(
            table,
            [scatter_of(of_bones, kind) for of_bones in phantoms],
            scatter_of(real, kind),
            verification.detectable_at_ml,
            limit_ml=limit_ml,
        )
        for kind, table in tables.items()
    }


def _pooled_or_kept(
    table: tuple[float, ...],
    phantoms: Sequence[Scatter],
    repeats: Scatter,
    levels: Sequence[float],
    *,
    limit_ml: float,
) -> Pooled:
    if repeats.n_subjects < FEWEST_PAIRS:
        return Pooled(detectable_ml=table, ratio=None, p_value=None, source=PHANTOMS_ALONE)
    seen = [own for own in phantoms if len(own.volumes)] or [scatter_of((), RegionKind.TOTAL)]
    first, *others = (pooled_detectable(own, repeats, levels, limit_ml=limit_ml) for own in seen)
    tables = (first.detectable_ml, *(other.detectable_ml for other in others))
    return replace(first, detectable_ml=tuple(map(max, zip(*tables, strict=True))))


def beyond_phantoms(
    repeats: Sequence[Repeat], levels: Sequence[float], detectable_ml: Sequence[float]
) -> tuple[str, ...]:
    """Name subjects, scanned alike, whose totals differ by the change that phantoms call one.

    One in twenty does by chance; more, or one that differs by far, may not be unchanged.

    Parameters
    ----------
    levels, detectable_ml : sequences of float
        Volumes of the table of phantoms, and the smallest detectable changes at them, mL.
    """
    totals = [(r.subject, r.total) for r in repeats if r.alike]
    return tuple(
        subject
        for subject, total in totals
        if total is not None
        and abs(total.followup_ml - total.baseline_ml)
        >= _detectable_at((total.baseline_ml + total.followup_ml) / 2, levels, detectable_ml)
    )


def _detectable_at(
    volume_ml: float, levels: Sequence[float], detectable_ml: Sequence[float]
) -> float:
    """Read a table as a run does: proportional to the volume beyond its last."""
    if volume_ml > levels[-1] > 0:
        return detectable_ml[-1] * volume_ml / levels[-1]
    return float(np.interp(volume_ml, levels, detectable_ml))


def pooled_words(repeats: Sequence[Repeat]) -> str:
    """Say of how many subjects scanned twice a table is besides phantoms."""
    n = len({one.subject for one in with_edema(repeats) if one.alike})
    if n < FEWEST_PAIRS:
        return f"of phantoms alone ({n} real subjects scanned twice; {FEWEST_PAIRS} are needed)"
    return f"pooled with {n} real subjects scanned twice"


def with_repeats(
    verification: Verification, pooled: Mapping[RegionKind, Pooled], figures: Sequence[Figure]
) -> Verification:
    """Put pooled tables in the place of those of phantoms, and add what repeats tell."""
    tables = {kind: one.detectable_ml for kind, one in pooled.items()}
    return replace(
        verification,
        figures=(*verification.figures, *figures),
        detectable_ml=tables.pop(RegionKind.TOTAL, verification.detectable_ml),
        detectable_by_kind=tables,
    )


def _variance(phantoms: Scatter, volumes: FloatArray) -> FloatArray:
    profile = precision_profile(
        phantoms.volumes,
        phantoms.changes,
        [float(v) for v in volumes],
        n_subjects=phantoms.n_subjects,
    )
    return np.array([point.wsd_ml**2 for point in profile], dtype=np.float64)


def repeat_figures(repeats: Sequence[Repeat], levels: Sequence[float]) -> Iterator[Figure]:
    """Tell bias, precision and reproducibility of the totals of real pairs.

    Pairs without edema at either scan say nothing of how it repeats itself and are left out. Of
    one subject's several pairs each counts for a value, all for one degree of freedom.
    """
    for alike in (True, False):
        told = [(r.subject, r.total) for r in with_edema(repeats) if r.alike is alike]
        pairs = np.array([(t.baseline_ml, t.followup_ml) for _, t in told if t is not None])
        if not len(pairs):
            continue
        whose = [subject for subject, _ in told]
        n_subjects = len(set(whose))
        first, second = pairs.T
        changes, volumes = second - first, (first + second) / 2
        how = "repeats scanned alike" if alike else "repeats not scanned alike"
        mean, low, high = mean_interval(changes, whose)
        yield _figure("bias between repeats", how, len(pairs), mean, low=low, high=high)
        bound = upper_bound_factor(n_subjects)
        wsd = within_subject_sd(changes)
        if alike:
            yield _figure("wSD of repeats", how, len(pairs), wsd, high=bound * wsd)
        rdc = reproducibility_coefficient(changes)
        name = "repeatability coefficient of repeats" if alike else "RDC of repeats"
        yield _figure(name, how, len(pairs), rdc, high=bound * rdc)
        large = volumes >= PROPORTIONAL_FROM_ML
        if large.any():
            n, wcv = int(large.sum()), 100 * within_subject_cv(first[large], second[large])
            at = f"{how}, {PROPORTIONAL_FROM_ML:g} mL or more"
            factor = upper_bound_factor(len(set(np.array(whose)[large])))
            yield _figure("wCV of repeats", at, n, wcv, high=factor * wcv, unit="%")
        if n_subjects >= FEWEST_PAIRS:
            within = [level for level in levels if level <= volumes.max()]
            for point in precision_profile(volumes, changes, within, n_subjects=n_subjects):
                yield _figure(
                    f"{name}, fitted",
                    f"{point.at_ml:g} mL",
                    len(pairs),
                    point.rc_ml,
                    high=point.rc_upper_ml,
                )


def with_edema(repeats: Sequence[Repeat]) -> tuple[Repeat, ...]:
    """Those that were measured and hold edema at either scan."""
    return tuple(
        r
        for r in repeats
        if r.total is not None and max(r.total.baseline_ml, r.total.followup_ml) > 0
    )


def _figure(
    name: str,
    at: str,
    n: int,
    value: float | None,
    *,
    low: float | None = None,
    high: float | None = None,
    unit: str = "mL",
) -> Figure:
    return Figure(name=name, at=at, value=value, low=low, high=high, unit=unit, n=n, bones="as run")


def pairs_needed() -> tuple[tuple[float, int], ...]:
    """Pairs that bound a wSD within so many times its estimate, 95 %, one-sided."""
    return tuple((bound, pairs_for_bound(bound)) for bound in BOUNDS)
