"""Everything that a verification tells, reduced from the measurements of a designed set."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from mri_bme.measurement_error import detectable_table, upper_bound_factor, within_subject_sd
from mri_bme.sacroiliac import RegionKind
from mri_bme.verify.coverage import coverage_figures
from mri_bme.verify.design import AS_GIVEN
from mri_bme.verify.detectable import DetectableByKind, beyond_figures, detectable_by_kind
from mri_bme.verify.detection import detection_figures, detection_limit_ml, lesion_figures
from mri_bme.verify.failures import HOPELESS, Failure, Outcome, is_mild, n_of
from mri_bme.verify.figure import Figure, mean_interval, share_figure
from mri_bme.verify.linearity import bias_figures, lesion_bias_figures, linearity_figures
from mri_bme.verify.measure import Measurement
from mri_bme.verify.precision import (
    Pair,
    changes_of,
    levels_of,
    pairs_of,
    profile_figures,
    repeatability_figures,
    reproducibility_figures,
)

CALLED_THE_SAME = frozenset({"unchanged", "none"})
ERRORS = {"silent errors": Outcome.SILENT, "flagged errors": Outcome.FLAGGED_ERROR}
"""Figures that count numbers beyond their interval: nothing was said, or something was."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Verification:
    """Everything that was found out, and the table for `CompareSettings`.

    The counts are of scans whose bones were found as `bones` says: automatically, as users run,
    where any scan was measured so. The tables, of totals and of each other kind of region, are
    of whichever bones change more. `detection_limit_ml` is None where the set is too small to tell
    one; then `usual_limit_ml`, that of the settings, counts. `failures` are of scans that are not
    as they must be.
    """

    figures: tuple[Figure, ...]
    detectable_at_ml: tuple[float, ...]
    detectable_ml: tuple[float, ...]
    detection_limit_ml: float | None
    n_scans: int
    n_not_evaluable: int
    usual_limit_ml: float = 0.0
    bones: str = "given"
    detectable_by_kind: DetectableByKind = field(default_factory=dict)
    failures: tuple[Failure, ...] = ()


def verification_of(
    rows: Sequence[Measurement],
    failures: Sequence[Failure] = (),
    *,
    usual_limit_ml: float = 0.0,
) -> Verification:
    """Reduce the measurements of a designed set to figures of merit.

    `usual_limit_ml` is the detection limit that counts where the set is too small to tell one.
    """
    by_bones = {
        bones: [row for row in rows if row.bones == bones]
        for bones in dict.fromkeys(row.bones for row in rows)
    }
    automatic = by_bones.get("automatic", [])
    is_run = any(row.found_ml is not None for row in automatic) or "given" not in by_bones
    bones = "automatic" if is_run else "given"
    chosen = by_bones.get(bones, [])
    usual_of_all = [row for row in rows if row.condition == AS_GIVEN]
    own_limit = detection_limit_ml(usual_of_all, usual_ml=usual_limit_ml)
    limit = usual_limit_ml if own_limit is None else own_limit
    pairs = pairs_of(row for row in chosen if row.condition == AS_GIVEN)
    levels = sorted({pair[0].level_ml for pair in pairs})
    table = detectable_table(levels_of(pairs), changes_of(pairs), levels, limit_ml=limit)
    by_kind = detectable_by_kind(usual_of_all, levels, limit_ml=limit)
    found = [f for name, own in by_bones.items() for f in _figures(own, name)]
    found += beyond_figures(usual_of_all, levels, limit_ml=limit)
    return Verification(
        figures=(*found, *_failure_figures(failures)),
        detectable_at_ml=tuple(levels),
        detectable_ml=by_kind.pop(RegionKind.TOTAL, table),
        detectable_by_kind=by_kind,
        detection_limit_ml=own_limit,
        usual_limit_ml=usual_limit_ml,
        n_scans=len(chosen),
        n_not_evaluable=sum(row.found_ml is None for row in chosen),
        bones=bones,
        failures=tuple(failures),
    )


def _figures(rows: Sequence[Measurement], bones: str) -> list[Figure]:
    usual = [row for row in rows if row.condition == AS_GIVEN]
    pairs = pairs_of(usual)
    levels = sorted({row.level_ml for row in usual})
    figures = [
        *bias_figures(usual, levels),
        *linearity_figures(usual),
        *lesion_bias_figures(usual),
        *repeatability_figures(pairs, levels),
        *profile_figures(pairs, levels),
        *detection_figures(usual, levels_of(pairs), changes_of(pairs)),
        *lesion_figures(usual),
        *coverage_figures(rows),
        *_agreement(usual, pairs),
        *_verdicts_of_retests(rows),
        *_conditions(rows),
        *reproducibility_figures(rows),
    ]
    return [replace(figure, bones=bones) for figure in figures]


def _failure_figures(failures: Sequence[Failure]) -> Iterator[Figure]:
    """Count what became of manipulated scans, and how much was refused that must be or must not."""
    if not failures:
        return
    n = len(failures)
    for outcome in Outcome:
        value = float(n_of(failures, outcome))
        yield Figure(name="manipulated scans", at=outcome.value, value=value, unit="scans", n=n)
    for name, outcome in ERRORS.items():
        yield Figure(name=name, at="all", value=float(n_of(failures, outcome)), unit="scans", n=n)
    for at, own in (
        ("that cannot be measured", [f for f in failures if f.name in HOPELESS]),
        ("with a mild artifact", [f for f in failures if is_mild(f.name)]),
    ):
        if own:
            yield share_figure(
                "manipulated scans refused",
                at,
                [f.outcome is Outcome.REFUSED for f in own],
                subjects=[f.seed for f in own],
            )


def _agreement(rows: Sequence[Measurement], pairs: Sequence[Pair]) -> Iterator[Figure]:
    same = [a.change_verdict in CALLED_THE_SAME for a, _ in pairs]
    yield share_figure(
        "no change called unchanged or none", "all", same, subjects=[a.seed for a, _ in pairs]
    )
    yield share_figure(
        "evaluable scans",
        "as given",
        [row.found_ml is not None for row in rows],
        subjects=[row.seed for row in rows],
    )
    errors = [a.registration_error_mm for a, _ in pairs if a.registration_error_mm is not None]
    if errors:
        for name, value in (("median", np.median(errors)), ("largest", np.max(errors))):
            yield Figure(
                name=f"registration error, {name}",
                at="all",
                value=float(value),
                unit="mm",
                n=len(errors),
            )


def _verdicts_of_retests(rows: Sequence[Measurement]) -> Iterator[Figure]:
    """Count unchanged subjects who are not called changed, though not scanned alike."""
    pairs = pairs_of(row for row in rows if row.retest)
    for retest in dict.fromkeys(a.retest for a, _ in pairs):
        own = [a for a, _ in pairs if a.retest == retest]
        yield share_figure(
            "no change called unchanged or none",
            retest,
            [a.change_verdict in CALLED_THE_SAME for a in own],
            subjects=[a.seed for a in own],
        )


def _conditions(rows: Sequence[Measurement]) -> list[Figure]:
    """Under each condition: found volume relative to the same subject as given, and wSD."""
    usual = {(row.seed, row.level_ml, row.visit): row for row in rows if row.condition == AS_GIVEN}
    figures = []
    for condition in dict.fromkeys(row.condition for row in rows if not row.retest):
        if condition == AS_GIVEN:
            continue
        under = [row for row in rows if row.condition == condition]
        whose, ratios = _ratios(under, usual)
        shifts = 100 * (np.array(ratios) - 1)
        mean, low, high = mean_interval(shifts, whose)
        figures.append(
            Figure(
                name="shift of the volume",
                at=condition,
                value=mean,
                low=low,
                high=high,
                unit="%",
                n=len(shifts),
                n_subjects=len(set(whose)),
            )
        )
        changes = changes_of(pairs_of(under))
        n = len(changes)
        wsd = within_subject_sd(changes) if n else None
        bound = wsd * upper_bound_factor(n) if wsd else None
        figures.append(Figure(name="wSD", at=condition, value=wsd, high=bound, n=n))
    return figures


def _ratios(
    rows: Iterable[Measurement], usual: dict[tuple[int, float, str], Measurement]
) -> tuple[list[int], list[float]]:
    """Whose visits, and the recovered share of the truth relative to the same visit as given."""
    whose, ratios = [], []
    for row in rows:
        other = usual.get((row.seed, row.level_ml, row.visit))
        if other is None or row.found_ml is None or not row.true_ml:
            continue
        if other.found_ml and other.true_ml:
            whose.append(row.seed)
            ratios.append((row.found_ml / row.true_ml) / (other.found_ml / other.true_ml))
    return whose, ratios
