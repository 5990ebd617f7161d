"""Defaults of the flags of `mri-bme run`, from the ``[run]`` table of a config."""

from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from mri_bme.batch.resolve import RUN_TABLE
from mri_bme.errors import InvalidSettings
from mri_bme.intake.dicom.ids import KEEP

PATHS = ("manifest", "rois_dir", "atlas")
"""Flags that name a file or folder; in a config, relative to it."""


def _one_or_many(value: object) -> object:
    """Take a single pattern for a list of one, rather than for its letters."""
    return [value] if isinstance(value, str) else value


NotEmpty = Annotated[str, Field(min_length=1)]
Patterns = Annotated[tuple[NotEmpty, ...], BeforeValidator(_one_or_many)]


class RunFlags(BaseModel):
    """Flags of a run that a config may hold; None where nothing was said."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    manifest: NotEmpty | None = None
    pattern: Annotated[Patterns | None, Field(strict=False)] = None
    rois_dir: NotEmpty | None = None
    atlas: NotEmpty | None = None
    orientation: NotEmpty | None = None
    ids: NotEmpty | None = None
    jobs: Annotated[int, Field(ge=1)] | None = None
    scheduler: NotEmpty | None = None
    subjects: Annotated[Patterns | None, Field(strict=False)] = None
    exclude: Annotated[Patterns | None, Field(strict=False)] = None
    timeout_per_subject: Annotated[float, Field(gt=0)] | None = None
    parquet: bool | None = None


def flags_of_config(table: object, folder: Path) -> dict[str, Any]:
    """Read the ``[run]`` table; paths in it are relative to `folder`.

    Raises
    ------
    InvalidSettings
        If it holds an unknown name or a value that its flag would refuse.
    """
    try:
        flags = RunFlags.model_validate(table)
    except ValidationError as error:
        problems = "; ".join(_in_words(dict(problem)) for problem in error.errors())
        raise InvalidSettings(f"[{RUN_TABLE}] is not valid: {problems}") from error
    found = flags.model_dump(exclude_none=True)
    if found.get("ids", KEEP) != KEEP:
        found["ids"] = str(folder / found["ids"])
    return {name: folder / value if name in PATHS else value for name, value in found.items()}


def _in_words(problem: Mapping[str, Any]) -> str:
    path = ".".join(map(str, problem["loc"])) or RUN_TABLE
    if problem["type"] != "extra_forbidden":
        return f"{path}: {problem['msg']}"
    known = sorted(RunFlags.model_fields)
    near = get_close_matches(path, known, n=2)
    advice = f"did you mean {' or '.join(near)}?" if near else f"it may have {', '.join(known)}"
    return f"{path} is no flag of a run; {advice}"
