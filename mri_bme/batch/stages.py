"""Remember what a stage found, so that a change of settings redoes only what it touches."""

import time
from collections.abc import Callable, Set
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from mri_bme import errors
from mri_bme.batch.inputs import InputRecord, combined_sha256
from mri_bme.batch.memory import give_back_memory
from mri_bme.batch.status import StageRecord
from mri_bme.errors import NotEvaluable, OutputRefused, UnreadableInput
from mri_bme.record.cache import read_record, write_record
from mri_bme.settings import Settings

Found = TypeVar("Found")

STAGES_FOLDER = ".stages"
MARKER_NAME = ".stage"
KEY_DIGITS = 16
REMEMBERED = f"*-{KEY_DIGITS * '[0-9a-f]'}.zip"
"""Names of remembered results; what else lies among them is not ours."""

SECTIONS_OF: dict[str, tuple[str, ...]] = {
    "t1": ("select",),
    "rois": ("select", "rois"),
    "registration": ("select", "rois", "registration"),
    "edema": ("select", "rois", "registration", "segment"),
    "score": ("select", "rois", "registration", "segment", "score"),
}
"""Settings that a stage depends on, its own and those of the stages before it.

`select` is among them because a manifest may name a folder of several series."""

OF_OWN_VISITS = frozenset({"t1", "rois", "registration"})
"""Stages before ROIs may be carried over from another visit."""

CHEAP = frozenset({"appearance", "marrow", "regions", "score", "change"})
"""Stages computed faster than read back, and what regions that were given are held against."""


@dataclass(kw_only=True, eq=False)
class StageMemory:
    """Runs the stages of one subject, remembering their results in its folder.

    The key of a result covers the code, the inputs of the visits by content, and the
    settings that the stage depends on. The stage that runs is also noted in a marker file,
    which outlives a killed worker.
    """

    folder: Path
    settings: Settings
    settings_sha256: str
    code_version: str
    inputs: tuple[InputRecord, ...]
    done: list[StageRecord] = field(default_factory=list)
    current: str = "start"

    def __call__(self, stage: str, labels: tuple[str, ...], compute: Callable[[], Found]) -> Found:
        """Return what `compute` returns, or what it returned before."""
        self.enter(" ".join((stage, *labels)))
        started = time.perf_counter()
        key = self._key(stage, labels)
        path = self.folder / STAGES_FOLDER / f"{stage}-{key[:KEY_DIGITS]}.zip"
        remembered, found = (False, None) if stage in CHEAP else _recall(path)
        try:
            if not remembered:
                found = _compute(compute)
                if stage not in CHEAP:
                    write_record(path, found)
        finally:
            seconds = time.perf_counter() - started
            record = StageRecord(
                stage=stage, visits=labels, key=key, remembered=remembered, seconds=seconds
            )
            self.done.append(record)
            give_back_memory()  # before the next stage takes its own
        given: Found = _given(found)
        return given

    def enter(self, stage: str) -> None:
        """Note the stage that starts."""
        self.current = stage
        try:
            (self.folder / MARKER_NAME).write_text(stage)
        except OSError as error:
            raise OutputRefused(f"cannot write to the output: {error.strerror}") from error

    def forget_unused(self) -> None:
        """Delete the marker and every remembered result that this analysis did not use."""
        self._keep({f"{record.stage}-{record.key[:KEY_DIGITS]}.zip" for record in self.done})

    def forget_all(self) -> None:
        """Delete the marker and every remembered result: what they are of is not known."""
        self._keep(set())

    def _keep(self, names: Set[str]) -> None:
        for path in (self.folder / STAGES_FOLDER).glob(REMEMBERED):
            if path.name not in names:
                path.unlink(missing_ok=True)
        (self.folder / MARKER_NAME).unlink(missing_ok=True)

    def _key(self, stage: str, labels: tuple[str, ...]) -> str:
        settings = self.settings.model_dump(mode="json")
        sections = SECTIONS_OF.get(stage, tuple(settings))
        parts = [stage, *labels, self.code_version]
        everyone = stage not in OF_OWN_VISITS
        parts += [
            f"{i.visit} {i.role} {i.sha256}" for i in self.inputs if everyone or i.visit in labels
        ]
        parts += [f"{name} {settings[name]}" for name in sections]
        return combined_sha256(iter(parts))


def stage_of_marker(folder: Path) -> str:
    """Stage that was running when a worker was lost."""
    try:
        return (folder / MARKER_NAME).read_text()
    except OSError:
        return "start"


def _compute(compute: Callable[[], Found]) -> Found | dict[str, str]:
    try:
        return compute()
    except NotEvaluable as reason:
        return {"raised": type(reason).__name__, "reason": str(reason)}


def _given(found: Any) -> Any:
    if isinstance(found, dict) and set(found) == {"raised", "reason"}:
        raise getattr(errors, found["raised"])(found["reason"])
    return found


def _recall(path: Path) -> tuple[bool, Any]:
    if not path.is_file():
        return False, None
    try:
        return True, read_record(path)
    except UnreadableInput:
        return False, None
