"""What is read, by whom, in which order, and what readers are shown: ``TASK.toml``."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from pydantic import model_validator as validated

from mri_bme.errors import InvalidSettings
from mri_bme.files import read_toml
from mri_bme.findings import AUTO, CONSENSUS

Ask = Literal["masks", "sparcc", "berlin", "asas", "impression", "quality"]
Outlines = Literal["before", "after", "never"]
CODE_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$"
Code = Annotated[str, StringConstraints(pattern=CODE_PATTERN)]
MEAN = "mean"
MANAGER = "manager"
RESERVED = (AUTO, MEAN, MANAGER)


class Task(BaseModel):
    """What a reading study asks of its readers.

    Without a task file readers correct: the program's outlines are on, visits are named.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    readers: tuple[Code, ...] = Field(
        ("R1",), min_length=1, max_length=20, description="Codes of the readers, not their names."
    )
    subjects: tuple[str, ...] = Field((), description="Subjects to read; none means all.")
    visits: Literal["known", "hidden"] = Field(
        "known", description="Whether readers are told which visit is the earlier one."
    )
    outlines: Outlines = Field(
        "before", description="When the program's outlines and numbers are shown."
    )
    ask: tuple[Ask, ...] = Field(("masks",), min_length=1, description="What is read.")
    anatomy: bool = Field(
        True, description="Whether readers may move joints, quadrants, marrow and normal marrow."
    )
    repeat_share: float = Field(
        0.0, ge=0, le=1, description="Share of cases that each reader is given twice."
    )
    seed: int = Field(1, ge=0, description="Seed of the order of cases.")
    adjudicator: Code | None = Field(
        None, description="Reader of the cases on which the others differ."
    )
    adjudicate_beyond_ml: float = Field(
        0.5, gt=0, description="Difference of volume (mL) from which a case is adjudicated."
    )
    adjudicate_beyond_sparcc: float = Field(
        5.0, gt=0, description="Difference of SPARCC from which a case is adjudicated."
    )
    calibration: bool = Field(
        False, description="Show the consensus after each case, where there is one."
    )
    target_icc: float = Field(
        0.8, gt=0, lt=1, description="ICC with the consensus at which calibration is done."
    )

    @validated(mode="after")
    def _check_readers(self) -> Self:
        folded = [code.lower() for code in self.readers]
        if len(set(folded)) < len(folded):
            raise ValueError("two readers have one code")
        adjudicator = () if self.adjudicator is None else (self.adjudicator.lower(),)
        taken = {*RESERVED, CONSENSUS} & {*folded, *adjudicator}
        if taken:
            raise ValueError(f"a reader cannot be called {', '.join(sorted(taken))}")
        return self

    @property
    def limits(self) -> dict[str, float]:
        """Largest difference between two readers that needs no adjudication, by measure."""
        return {"edema_ml": self.adjudicate_beyond_ml, "sparcc": self.adjudicate_beyond_sparcc}

    @property
    def is_blind(self) -> bool:
        """Whether readers must not see what the program found before they sign."""
        return self.outlines != "before"


def read_task(path: Path | None) -> Task:
    """Read a task file; None gives a task of correcting, by one reader.

    Raises
    ------
    InvalidSettings
        If it cannot be read, is not TOML, or asks for something that there is not.
    """
    if path is None:
        return Task()
    return checked_task(read_toml(path), what=path.name)


def checked_task(tables: Mapping[str, Any], *, what: str) -> Task:
    """Check what a task asks for; `what` names it in the message.

    Raises
    ------
    InvalidSettings
        If it asks for something that there is not.
    """
    try:
        return Task.model_validate(tables)
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(map(str, p['loc']))}: {p['msg'].removeprefix('Value error, ')}".lstrip(": ")
            for p in error.errors()
        )
        raise InvalidSettings(f"{what} is no task: {problems}") from error
