"""How a scan looks, check by check, as tables and pages tell it."""

from dataclasses import dataclass
from math import isfinite

from mri_bme.check_appearance import Check
from mri_bme.pipeline import VisitResult

GATE = ("marrow_snr", "sharpness", "fat", "joint_seen_mm", "t1_fit")
"""Noise, sharpness, suppression of fat, coverage and alignment of T1W: told of every visit that
was looked at, even where one cannot be known."""
UNKNOWN = "unknown"
NEEDS_T1 = frozenset({"fat", "t1_fit"})
OF_T1 = "t1_"  # checks of T1W; any doubt leaves it out
OF_REGIONS = "marrow_ml"  # made wherever regions were looked at
SIGNED = frozenset({"sides_mm"})  # may be below 0; of others 0 is the end of the scale
LARGEST = {"independent_slices": 1, "t1_covered": 1, "on_marrow": 1, "t1_tilt_degrees": 90}

Range = tuple[float | None, float | None]
"""Least and largest value; None where there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """One check of a visit; `value` is None where it could not be made, and `reason` says why."""

    name: str
    value: float | None
    usual: Range
    possible: Range
    verdict: str
    reason: str = ""


def looked_at(result: VisitResult) -> tuple[Looked, ...]:
    """Tell every check of a visit in the order in which they were made, then what is unknown.

    Empty where nothing was looked at, as without a series.
    """
    made = tuple(told_of_check(check) for check in result.appearance.checks)
    if not made:
        return ()
    names = {one.name for one in made}
    return (*made, *(_unknown(name, result, names) for name in GATE if name not in names))


def told_of_check(check: Check) -> Looked:
    """Tell one check that was made."""
    return Looked(
        name=check.name,
        value=check.value,
        usual=_range(check.limits.usual),
        possible=_refusing(check),
        verdict=check.verdict.value,
        reason=check.words,
    )


def _unknown(name: str, result: VisitResult, made: set[str]) -> Looked:
    check = Check(name=name, value=0.0)
    return Looked(
        name=name,
        value=None,
        usual=_range(check.limits.usual),
        possible=_refusing(check),
        verdict=UNKNOWN,
        reason=_why_unknown(name, result, made),
    )


def _why_unknown(name: str, result: VisitResult, made: set[str]) -> str:
    if name in NEEDS_T1 and result.visit.t1 is None:
        was_there = any(one.startswith(OF_T1) for one in made)
        return "T1W was left out" if was_there else "there is no T1W"
    if OF_REGIONS not in made:
        return "the visit was refused before" if result.is_refused else "no regions were found"
    return "cannot be told of this scan"


def _range(limits: tuple[float, float]) -> Range:
    low, high = (value if isfinite(value) else None for value in limits)
    return low, high


def _refusing(check: Check) -> Range:
    """Say what refuses a visit, without ends of a scale that no value is beyond."""
    low, high = _range(check.limits.possible)
    return (
        None if low == 0 and check.name not in SIGNED else low,
        None if high == LARGEST.get(check.name) else high,
    )
