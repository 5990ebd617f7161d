"""A subject as a run measured it, from what it left in its folder: nothing is measured again."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mri_bme.batch.code_version import code_version
from mri_bme.batch.pages import RECORD_NAME
from mri_bme.batch.recalled import MOST_MEASURED, RecalledSubject
from mri_bme.batch.resolve import read_settings
from mri_bme.batch.stages import KEY_DIGITS, STAGES_FOLDER
from mri_bme.batch.status import SubjectStatus, read_status
from mri_bme.check_appearance import Appearance
from mri_bme.errors import NotEvaluable, UnreadableInput
from mri_bme.findings import T1Fit
from mri_bme.intake.nifti import read_nifti, read_nifti_geometry
from mri_bme.pipeline import VisitInput, VisitResult, analyze_subject
from mri_bme.readings.shelf import Grid
from mri_bme.record.cache import read_record
from mri_bme.record.subject import SubjectFindings
from mri_bme.record.subject_file import restore_subject
from mri_bme.remembered import Remembered
from mri_bme.study import NOT_SAID, ShownSeries

AS_LAID = T1Fit(covered=1.0, tilt_degrees=0.0, coarser=1.0)
"""T1W is kept as it was laid on its scan, and only where it was not left out."""
RUN_AGAIN = "run this subject again with `mri-bme run`"
FILES_AT_ONCE = 2  # unpacking one does not hold up unpacking another

Stage = tuple[str, tuple[str, ...]]
"""Name of a stage, and labels of its visits."""


def recall_subject(
    out: Path, folder: str, *, before_each: Callable[[], None] | None = None
) -> RecalledSubject:
    """Take up what a run found in a subject, exactly as it was.

    Scores and changes are those that the run told, where its record is, to the byte, what the
    run left and this very code made it; otherwise they are made again from the same edema.

    Parameters
    ----------
    out : Path
        Folder that `mri-bme run` wrote.
    folder : str
        The subject's folder, ``sub-ID``.
    before_each : callable or None
        Called before each file, from several threads, by who lets other work go first.

    Raises
    ------
    UnreadableInput
        If a file of the subject is missing or damaged, or was left by another version.
    """
    status, settings = read_status(out, folder), read_settings(out)
    if status is None or settings is None:
        raise UnreadableInput(f"{folder} was not finished by a run; {RUN_AGAIN}")
    left = _left(out / folder, status)
    with ThreadPoolExecutor(FILES_AT_ONCE) as pool:

        def submit(act: Callable[..., Any], *values: Any) -> Future[Any]:
            return pool.submit(_after, before_each or _at_once, act, *values)

        reading = [submit(_visit_input, left, label) for label in status.visits]
        recall = _Recall(left, submit)
        visits = [one.result() for one in reading]
        remembered = Remembered(most=MOST_MEASURED)
        result = analyze_subject(
            visits, settings=settings, run_stage=recall, kinds=(), remembered=remembered
        )
    return RecalledSubject(
        status=status,
        result=result,
        settings=settings,
        grids=dict(_grids(left, result.visits)),
        inputs=visits,
        stages=recall.given,
        remembered=remembered,
    )


def _at_once() -> None:
    """Wait for nobody."""


def _after(wait: Callable[[], None], act: Callable[..., Any], *values: Any) -> Any:
    wait()
    return act(*values)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Left:
    """What a run left in the folder of a subject, apart from large arrays.

    `is_told` says that `findings` are what the run told, and that this code told it.
    """

    folder: Path
    status: SubjectStatus
    files: Mapping[str, Mapping[str, str]]
    findings: SubjectFindings
    is_told: bool

    @property
    def reasons(self) -> dict[str, str]:
        """Why visits were not measured, by label."""
        return {str(r["visit"]): str(r.get("reason") or "") for r in self.status.rows["visits"]}


def _left(folder: Path, status: SubjectStatus) -> _Left:
    try:
        content = (folder / RECORD_NAME).read_bytes()
        record = json.loads(content)
        files = {str(label): dict(names) for label, names in record["files"].items()}
        findings = restore_subject(record)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, UnreadableInput) as error:
        raise UnreadableInput(
            f"{folder.name}/{RECORD_NAME} is missing or damaged; {RUN_AGAIN}"
        ) from error
    is_as_left = hashlib.sha256(content).hexdigest() == status.outputs.get(RECORD_NAME)
    is_told = is_as_left and status.code_version == code_version()
    return _Left(folder=folder, status=status, files=files, findings=findings, is_told=is_told)


def _visit_input(left: _Left, label: str) -> VisitInput:
    rows, files = left.status.rows["visits"], left.files.get(label, {})
    day = next((r.get("day") for r in rows if r["visit"] == label), None)
    told = next((visit for visit in left.findings.visits if visit.label == label), None)
    return VisitInput(
        label=label,
        day=day if isinstance(day, int) else None,
        volume=read_nifti(left.folder / files["volume"]) if files else None,
        t1=read_nifti(left.folder / files["t1"]) if "t1" in files else None,
        reason=left.reasons.get(label, ""),
        scanned_with=NOT_SAID if told is None else told.scanned_with,
        shown={"t1": ShownSeries(is_laid=True)},
    )


def _grids(left: _Left, visits: Sequence[VisitResult]) -> "list[tuple[str, Grid]]":
    return [
        (
            visit.label,
            Grid(
                geometry=visit.visit.volume.geometry,
                stored=read_nifti_geometry(left.folder / left.files[visit.label]["volume"]),
                session=left.files[visit.label]["volume"].split("/")[0].removeprefix("ses-"),
            ),
        )
        for visit in visits
        if visit.visit.volume is not None
    ]


class _Recall:
    """Runs the stages of a subject by reading what they gave; `given` keeps it."""

    def __init__(self, left: _Left, submit: Callable[..., Future[Any]]) -> None:
        self._left, self._reasons = left, left.reasons
        self._keys = {(s.stage, s.visits): s.key for s in left.status.stages}
        self._being_read: dict[Stage, Future[Any]] = {
            stage: submit(read_record, path)
            for stage in self._keys
            if stage[0] not in TOLD and (path := self._path(stage)).is_file()
        }
        self.given: dict[Stage, Any] = {}

    def __call__(self, stage: str, labels: tuple[str, ...], compute: Callable[[], Any]) -> Any:
        if stage in ("appearance", "regions"):  # looked at when it was measured
            return Appearance()
        if stage == "marrow":
            return None
        try:
            found = AS_LAID if stage == "t1" else self._found((stage, labels), compute)
        except NotEvaluable as error:
            self.given[stage, labels] = error
            raise
        self.given[stage, labels] = found
        return found

    def _found(self, stage: Stage, compute: Callable[[], Any]) -> Any:
        name, labels = stage
        if stage not in self._keys:
            raise NotEvaluable(self._reasons.get(labels[-1]) or "not measured by the run")
        if stage not in self._being_read:
            if name in TOLD:
                told = TOLD[name](self._left.findings, labels) if self._left.is_told else None
                return compute() if told is None else told
            raise UnreadableInput(
                f"what {name} gave of {self._left.folder.name} is gone; {RUN_AGAIN}"
            )
        found = self._being_read.pop(stage).result()
        if isinstance(found, dict) and set(found) == {"raised", "reason"}:
            raise NotEvaluable(found["reason"])
        return found

    def _path(self, stage: Stage) -> Path:
        name = f"{stage[0]}-{self._keys[stage][:KEY_DIGITS]}.zip"
        return self._left.folder / STAGES_FOLDER / name


def _told_score(findings: SubjectFindings, labels: tuple[str, ...]) -> Any:
    return next((visit.burden for visit in findings.visits if visit.label == labels[0]), None)


def _told_change(findings: SubjectFindings, labels: tuple[str, ...]) -> Any:
    return findings.changes.get(labels[-1])


TOLD: Mapping[str, Callable[[SubjectFindings, tuple[str, ...]], Any]] = {
    "score": _told_score,
    "change": _told_change,
}
"""Stages that a run does not keep, because its record tells what they gave."""
