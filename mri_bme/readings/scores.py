"""What readers score by eye, and the totals that follow."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError

from mri_bme.errors import InvalidVoxels
from mri_bme.sacroiliac import QUADRANTS, Side

N_SPARCC_SLICES = 6
LONGEST_COMMENT = 2000  # characters

QuadrantName = Literal[
    "left_ilium_upper",
    "left_ilium_lower",
    "left_sacrum_upper",
    "left_sacrum_lower",
    "right_ilium_upper",
    "right_ilium_lower",
    "right_sacrum_upper",
    "right_sacrum_lower",
]
assert set(QuadrantName.__args__) == {q.name for q in QUADRANTS.values()}  # type: ignore[attr-defined]  # noqa: S101


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SparccSliceRead(_Part):
    """What was seen on one slice: quadrants with edema, joints that are intense or deep."""

    quadrants: frozenset[QuadrantName] = frozenset()
    intense: frozenset[Side] = frozenset()
    deep: frozenset[Side] = frozenset()

    @property
    def points(self) -> int:
        """Points of the slice, 12 at most."""
        return len(self.quadrants) + len(self.intense) + len(self.deep)


class SparccRead(_Part):
    """SPARCC by eye (Maksymowych et al., Arthritis Rheum 53:703-709, 2005): six slices.

    `first` is the index of the first of them; `slices` holds what was seen, by place 0 to 5.
    """

    first: int = Field(ge=0, lt=10_000)
    slices: Mapping[Annotated[int, Field(ge=0, lt=N_SPARCC_SLICES)], SparccSliceRead] = {}

    @property
    def total(self) -> int:
        """Score of the visit, 0 to 72."""
        return sum(one.points for one in self.slices.values())


Grade = Annotated[int, Field(ge=0, le=3)]
KINDS: Mapping[str, TypeAdapter[Any]] = {
    "sparcc": TypeAdapter(SparccRead),
    "berlin": TypeAdapter(dict[QuadrantName, Grade]),
    "asas": TypeAdapter(bool),
    "impression": TypeAdapter(Annotated[int, Field(ge=0, le=10)]),
    "quality": TypeAdapter(Literal["good", "limited", "unreadable"]),
    "comment": TypeAdapter(
        Annotated[str, StringConstraints(max_length=LONGEST_COMMENT, strip_whitespace=True)]
    ),
    "read": TypeAdapter(bool),
}
"""What may be scored of a visit, and what each holds.

Berlin grades quadrants 0 to 3, `impression` is activity from 0 to 10 by eye, and `read` says
that the reader is done with the masks of a visit, also where there is no edema.
"""


def checked_score(name: str, value: Any) -> Any:
    """Check a score and give it as plain values for JSON.

    Raises
    ------
    InvalidVoxels
        If there is no such score, or the value is outside its meaning.
    """
    if name not in KINDS:
        raise InvalidVoxels(f"there is no such score; scores are {', '.join(KINDS)}")
    try:
        held = KINDS[name].validate_python(value, strict=False)
    except ValidationError as error:
        raise InvalidVoxels(f"{name}: {error.errors()[0]['msg']}") from error
    return _sorted(KINDS[name].dump_python(held, mode="json"))


def _sorted(value: Any) -> Any:
    """Put sets, which have no order, into one."""
    if isinstance(value, dict):
        return {name: _sorted(value[name]) for name in sorted(value, key=str)}
    return sorted(value) if isinstance(value, list) else value


def sparcc_total(value: Any) -> int | None:
    """SPARCC of a visit from what was seen; None when it was not scored."""
    return None if value is None else SparccRead.model_validate(value).total


def berlin_total(value: Any) -> int | None:
    """Sum of Berlin grades, 0 to 24; None unless all quadrants were graded."""
    return sum(value.values()) if value is not None and len(value) == len(QUADRANTS) else None


def scored_values(scores: Mapping[str, Any]) -> dict[str, float]:
    """Numbers that a reader gave a visit by eye, by measure; without what was not scored."""
    told = {
        "sparcc": sparcc_total(scores.get("sparcc")),
        "berlin": berlin_total(scores.get("berlin")),
        "impression": scores.get("impression"),
    }
    return {name: float(value) for name, value in told.items() if value is not None}


def sparcc_quadrants(value: Any) -> frozenset[str] | None:
    """Quadrants that a reader saw edema in on any slice; None where SPARCC was not scored."""
    if value is None:
        return None
    slices = SparccRead.model_validate(value).slices.values()
    return frozenset(name for one in slices for name in one.quadrants)
