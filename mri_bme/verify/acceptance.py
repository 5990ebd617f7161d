"""Criteria that were stated before anything was measured, and whether they are met.

A criterion fails when the estimate is beyond its limits. It is met when the interval lies within
them as well, and is not decided when the interval reaches out: the design is too small to tell.
"""

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from importlib import resources
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from mri_bme.errors import InvalidSettings
from mri_bme.verify.deciding import what_decides
from mri_bme.verify.figure import Figure

SHIPPED = "acceptance.toml"


class Passed(StrEnum):
    """Whether a criterion is met."""

    PASS = "pass"  # noqa: S105  (a verdict)
    FAIL = "fail"
    UNDECIDED = "not decided"
    NOT_MEASURED = "not measured"


class Taken(StrEnum):
    """Which numbers of a figure are held against the limits.

    ``value`` is the estimate, with its interval where it has one; ``interval`` needs both ends.
    ``low`` and ``high`` are one end: the less favourable one has to lie within the limits too; of
    the more favourable one a criterion asks that it is not surely beyond.
    """

    VALUE = "value"
    LOW = "low"
    HIGH = "high"
    INTERVAL = "interval"


class Criterion(BaseModel):
    """One criterion: figures of a name, against limits."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    what: str
    figure: str
    at: str = ""
    at_from_ml: float | None = Field(None, description="Figures at so many mL or more only.")
    take: Taken = Taken.VALUE
    at_least: float | None = None
    at_most: float | None = None
    why: str


class Acceptance(BaseModel):
    """A set of criteria and its version."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: int
    criterion: tuple[Criterion, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A criterion beside what was measured: the figure that is furthest from passing.

    `decided_by` says what would decide a criterion that is not decided.
    """

    criterion: Criterion
    worst: Figure | None
    passed: Passed
    decided_by: str = ""

    @property
    def required(self) -> str:
        """The limits in words, in the unit of what was measured."""
        low, high = self.criterion.at_least, self.criterion.at_most
        unit = "" if self.worst is None or not self.worst.unit else f" {self.worst.unit}"
        if low is not None and high is not None:
            return f"from {low:g} to {high:g}{unit}"
        return (f"at most {high:g}" if low is None else f"at least {low:g}") + unit


def read_acceptance(path: Path | None = None) -> Acceptance:
    """Read criteria; None takes those that are shipped.

    Raises
    ------
    InvalidSettings
        If they cannot be read, or are none.
    """
    try:
        if path is None:
            text = resources.files("mri_bme.verify").joinpath(SHIPPED).read_text("utf-8")
        else:
            text = path.read_text(encoding="utf-8")
        return Acceptance.model_validate(tomllib.loads(text))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, ValidationError) as error:
        name = SHIPPED if path is None else path.name
        raise InvalidSettings(
            f"{name} holds no acceptance criteria: {_in_words(error)}; see docs/verification.md"
        ) from error


def _in_words(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first: Any = error.errors()[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    return (error.strerror or "") if isinstance(error, OSError) else str(error)


def judge(acceptance: Acceptance, figures: Sequence[Figure], *, bones: str) -> tuple[Judged, ...]:
    """Hold figures against criteria.

    Parameters
    ----------
    acceptance : Acceptance
    figures : sequence of Figure
    bones : str
        Figures of this way of finding bones are judged, and those of none.
    """
    own = [f for f in figures if f.bones in {bones, ""}]
    return tuple(_judged(criterion, own) for criterion in acceptance.criterion)


def _judged(criterion: Criterion, figures: Iterable[Figure]) -> Judged:
    found = [f for f in figures if _is_meant(criterion, f) and _taken(criterion, f)]
    if not found:
        return Judged(criterion=criterion, worst=None, passed=Passed.NOT_MEASURED)
    verdicts = {f: _verdict(criterion, f) for f in found}
    worst = max(found, key=lambda f: (SEVERITY.index(verdicts[f]), _far(criterion, f, verdicts[f])))
    return Judged(
        criterion=criterion,
        worst=worst,
        passed=verdicts[worst],
        decided_by=what_decides(worst, at_least=criterion.at_least, at_most=criterion.at_most)
        if verdicts[worst] is Passed.UNDECIDED
        else "",
    )


SEVERITY = (Passed.PASS, Passed.UNDECIDED, Passed.FAIL)


def _is_meant(criterion: Criterion, figure: Figure) -> bool:
    if figure.name != criterion.figure or (criterion.at and figure.at != criterion.at):
        return False
    if criterion.at_from_ml is None:
        return True
    number, _, unit = figure.at.partition(" ")
    return unit == "mL" and float(number) >= criterion.at_from_ml


def _taken(criterion: Criterion, figure: Figure) -> tuple[float, ...]:
    """Numbers that are held against the limits; none where the figure has none."""
    if figure.value is None and figure.low is not None:
        return (figure.low,)  # a limit that no volume met: it is above the largest
    of = {
        Taken.VALUE: (figure.value,),
        Taken.LOW: (figure.low,),
        Taken.HIGH: (figure.high,),
        Taken.INTERVAL: (figure.low, figure.high),
    }
    numbers = tuple(number for number in of[criterion.take] if number is not None)
    return numbers if len(numbers) == len(of[criterion.take]) else ()


def _verdict(criterion: Criterion, figure: Figure) -> Passed:
    if figure.value is None:
        return Passed.FAIL
    is_inside = _beyond(criterion, (figure.value,)) <= 0
    if _asks_for_surely(criterion):
        if _beyond(criterion, _taken(criterion, figure)) > 0:
            return Passed.FAIL
        return Passed.PASS if is_inside else Passed.UNDECIDED
    if not is_inside:
        return Passed.FAIL
    if _beyond(criterion, _known(figure)) > 0 and not _is_at_the_end(criterion, figure):
        return Passed.UNDECIDED
    return Passed.PASS


def _asks_for_surely(criterion: Criterion) -> bool:
    """Whether the more favourable end is held against the limit: fails when surely beyond."""
    low, high = criterion.at_least, criterion.at_most
    return (criterion.take is Taken.LOW and low is None) or (
        criterion.take is Taken.HIGH and high is None
    )


def _is_at_the_end(criterion: Criterion, figure: Figure) -> bool:
    """Whether a limit is the end of the scale (all, or none): no interval ever lies within it."""
    none, every = criterion.at_most, criterion.at_least
    return (none is not None and none <= 0 and figure.unit in COUNTED) or (
        every is not None and every >= ALL and figure.unit == "%"
    )


ALL = 100.0
COUNTED = frozenset({"%", "scans", "per scan"})


def _known(figure: Figure) -> tuple[float, ...]:
    return tuple(x for x in (figure.low, figure.value, figure.high) if x is not None)


def _far(criterion: Criterion, figure: Figure, passed: Passed) -> float:
    """Order figures of one verdict: by the estimate that fails, by how far an interval reaches."""
    if passed is Passed.UNDECIDED:
        return _beyond(criterion, _known(figure))
    estimate = _beyond(criterion, (figure.value,) if figure.value is not None else _known(figure))
    return estimate if estimate > 0 else _beyond(criterion, _taken(criterion, figure))


def _beyond(criterion: Criterion, numbers: Sequence[float]) -> float:
    """How far numbers are beyond the nearest limit; 0 or less where they are within."""
    beyond = [low - min(numbers) for low in (criterion.at_least,) if low is not None]
    beyond += [max(numbers) - high for high in (criterion.at_most,) if high is not None]
    return max(beyond)
