"""A subject as a run measured it, from what it left in its folder: nothing is measured again."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mri_bme.batch.pages import RECORD_NAME
from mri_bme.batch.resolve import read_settings
from mri_bme.batch.stages import KEY_DIGITS, STAGES_FOLDER
from mri_bme.batch.status import SubjectStatus, read_status
from mri_bme.check_appearance import Appearance
from mri_bme.errors import NotEvaluable, UnreadableInput
from mri_bme.intake.nifti import read_nifti, read_nifti_geometry
from mri_bme.pipeline import SubjectResult, VisitInput, analyze_subject
from mri_bme.readings.shelf import Grid
from mri_bme.record.cache import read_record
from mri_bme.record.subject_file import restore_subject
from mri_bme.settings import Settings
from mri_bme.study import NOT_SAID, ScannedWith

RUN_AGAIN = "run this subject again with `mri-bme run`"


@dataclass(frozen=True, kw_only=True, eq=False)
class RecalledSubject:
    """What a run found in one subject.

    `grids` says of each visit that has a scan how it lies, as shown and as stored.
    """

    status: SubjectStatus
    result: SubjectResult
    settings: Settings
    grids: Mapping[str, Grid]


def recall_subject(out: Path, folder: str) -> RecalledSubject:
    """Take up what a run found in a subject, exactly as it was.

    Parameters
    ----------
    out : Path
        Folder that `mri-bme run` wrote.
    folder : str
        The subject's folder, ``sub-ID``.

    Raises
    ------
    UnreadableInput
        If a file of the subject is missing or damaged, or was left by another version.
    """
    status, settings = read_status(out, folder), read_settings(out)
    if status is None or settings is None:
        raise UnreadableInput(f"{folder} was not finished by a run; {RUN_AGAIN}")
    record = _record(out / folder / RECORD_NAME)
    files, scanned = _files(record), _scanned_with(record)
    reasons = {str(r["visit"]): str(r.get("reason") or "") for r in status.rows["visits"]}
    visits = [
        replace(
            _visit_input(out / folder, label, status, files, reasons),
            scanned_with=scanned.get(label, NOT_SAID),
        )
        for label in status.visits
    ]
    result = analyze_subject(
        visits, settings=settings, run_stage=_Recall(out / folder, status, reasons), kinds=()
    )
    grids = {
        visit.label: Grid(
            geometry=visit.visit.volume.geometry,
            stored=read_nifti_geometry(out / folder / files[visit.label]["volume"]),
            session=files[visit.label]["volume"].split("/")[0].removeprefix("ses-"),
        )
        for visit in result.visits
        if visit.visit.volume is not None
    }
    return RecalledSubject(status=status, result=result, settings=settings, grids=grids)


def _record(path: Path) -> Mapping[str, Any]:
    try:
        record = json.loads(path.read_bytes())
        _files(record)
        _scanned_with(record)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, UnreadableInput) as error:
        raise UnreadableInput(
            f"{path.parent.name}/{path.name} is missing or damaged; {RUN_AGAIN}"
        ) from error
    return dict(record)


def _files(record: Mapping[str, Any]) -> Mapping[str, Mapping[str, str]]:
    return {str(label): dict(names) for label, names in record["files"].items()}


def _scanned_with(record: Mapping[str, Any]) -> Mapping[str, ScannedWith]:
    return {visit.label: visit.scanned_with for visit in restore_subject(record).visits}


def _visit_input(
    folder: Path,
    label: str,
    status: SubjectStatus,
    files: Mapping[str, Mapping[str, str]],
    reasons: Mapping[str, str],
) -> VisitInput:
    day = next((r.get("day") for r in status.rows["visits"] if r["visit"] == label), None)
    return VisitInput(
        label=label,
        day=day if isinstance(day, int) else None,
        volume=read_nifti(folder / files[label]["volume"]) if label in files else None,
        reason=reasons.get(label, ""),
    )


class _Recall:
    """Runs the stages of a subject by reading what they gave."""

    def __init__(self, folder: Path, status: SubjectStatus, reasons: Mapping[str, str]) -> None:
        self._folder, self._reasons = folder, reasons
        self._keys = {(s.stage, s.visits): s.key for s in status.stages}

    def __call__(self, stage: str, labels: tuple[str, ...], compute: Callable[[], Any]) -> Any:
        if stage == "appearance":  # judged when it was measured, on series that are not here
            return Appearance()
        key = self._keys.get((stage, labels))
        path = self._folder / STAGES_FOLDER / f"{stage}-{(key or '')[:KEY_DIGITS]}.zip"
        if key is None:
            raise NotEvaluable(self._reasons.get(labels[-1]) or "not measured by the run")
        if not path.is_file():
            if stage in ("score", "change"):
                return compute()
            raise UnreadableInput(f"what {stage} gave of {self._folder.name} is gone; {RUN_AGAIN}")
        found = read_record(path)
        if isinstance(found, dict) and set(found) == {"raised", "reason"}:
            raise NotEvaluable(found["reason"])
        return found
