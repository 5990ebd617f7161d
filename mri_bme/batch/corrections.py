"""ROIs and normal marrow corrected by a reader: checked, kept with the results, used again.

What was once given with ``--rois-dir`` is copied to ``OUT/corrections`` and used by every
later run on that output, until it is dropped in so many words.
"""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Literal

from mri_bme.batch.inputs import Source, SubjectUnit, VisitUnit
from mri_bme.batch.own_files import record_own, remove_own
from mri_bme.errors import InvalidSettings, OutputRefused
from mri_bme.files import file_sha256, write_bytes
from mri_bme.intake.nifti import NIFTI_SUFFIXES
from mri_bme.readings.kept_task import TASK_NAME
from mri_bme.readings.shelf import SUMMARY_NAME

CORRECTIONS_FOLDER = "corrections"
MAX_NAMED = 5  # files that a message names

Role = Literal["rois", "reference"]
ROLE_OF_NAME: Mapping[str, Role] = {
    "desc-quadrants_dseg": "rois",
    "desc-reference_mask": "reference",
}
"""How the name of a file ends that holds a quadrant map or a mask of normal marrow."""

Corrections = Mapping[tuple[str, Role], Path]
"""Files by visit (``sub-ID_ses-VISIT``) and by what they hold."""


def given_corrections(folder: Path, units: Iterable[SubjectUnit]) -> Corrections:
    """Find the corrected files in a folder, at any depth, by their names.

    Sidecars (``.json``) and hidden files are passed over. A folder of readings (of a reader, or of
    one case) gives the anatomy that was moved in signed first readings; what else a reading holds
    is passed over.

    Raises
    ------
    InvalidSettings
        If the folder is missing, a name fits no visit of `units` or nothing that can be
        corrected, or two files hold the same of one visit.
    """
    if not folder.is_dir():
        raise InvalidSettings(f"there is no folder {folder.name} of corrected ROIs; check the path")
    visits = {_visit_key(unit, visit) for unit in units for visit in unit.visits}
    found: dict[tuple[str, Role], Path] = {}
    unfit: list[str] = []
    readings = {path.parent for path in folder.rglob(SUMMARY_NAME)}
    offered = (path for path in _files(folder) if not _is_passed_over(path, readings))
    for number, path in enumerate(offered, start=1):
        key = _key_of(path)
        if key is None or key[0] not in visits:
            unfit.append(path.name if path.name.startswith("sub-") else f"file {number} by name")
        elif key in found:
            raise InvalidSettings(
                f"there are two corrected maps for {key[0]}; keep one, or name the folder of one "
                "reader (OUT/readings/READER)"
            )
        else:
            found[key] = path
    if unfit:
        named = ", ".join(unfit[:MAX_NAMED]) + (", ..." if len(unfit) > MAX_NAMED else "")
        raise InvalidSettings(
            f"{len(unfit)} file(s) in the folder of corrected ROIs fit no visit of this input "
            f"({named}); a name starts with sub-ID_ses-VISIT as in OUT and ends in "
            "_desc-quadrants_dseg.nii.gz or _desc-reference_mask.nii.gz; edema is corrected in the "
            "reading room and told by --read-by"
        )
    if not found and readings:
        raise InvalidSettings(
            f"no anatomy was moved in the signed readings there ({len(readings)}), so that they "
            "correct no ROIs; their edema is told by --read-by READER"
        )
    if not found:
        raise InvalidSettings("the folder of corrected ROIs is empty; name another or none")
    return found


def _is_passed_over(path: Path, readings: Collection[Path]) -> bool:
    """Tell whether a file is one that readings leave beside anatomy that was moved and signed."""
    if path.parent in readings:
        return _key_of(path) is None or not _is_signed_first(path.parent)
    return path.name == TASK_NAME and any(path.parent in one.parents for one in readings)


def _is_signed_first(reading: Path) -> bool:
    """Tell whether a folder of a reading holds what its reader has signed, the first time."""
    try:
        summary = json.loads((reading / SUMMARY_NAME).read_bytes())
        return bool(summary["signed"]) and summary["case"] == summary["subject_folder"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InvalidSettings(
            f"{SUMMARY_NAME} of the reading {reading.name} is damaged; open the case in the "
            "reading room again"
        ) from error


def kept_corrections(out: Path) -> Corrections:
    """Find what earlier runs kept in an output."""
    folder = out / CORRECTIONS_FOLDER
    if not folder.is_dir():
        return {}
    keys = ((_key_of(path), path) for path in _files(folder))
    return {key: path for key, path in keys if key is not None}


def keep_corrections(given: Corrections, out: Path) -> Corrections:
    """Copy what was given into the output, in place of what was kept of the same visits.

    A kept file that somebody changed in the output is set aside (`batch.own_files`).

    Returns
    -------
    mapping
        Everything that is kept now.

    Raises
    ------
    OutputRefused
        If a file cannot be written or replaced.
    """
    kept = dict(kept_corrections(out))
    for key, path in given.items():
        target = out / CORRECTIONS_FOLDER / _kept_name(key, path)
        content = path.read_bytes()
        if not target.is_file() or file_sha256(target) != file_sha256(path):
            _take_away(out, [target])
            write_bytes(target, content)
            record_own(target.parent, [target.name])
        earlier = kept.get(key, target)
        if earlier != target:
            _take_away(out, [earlier])
        kept[key] = target
    return kept


def drop_corrections(out: Path, units: Iterable[SubjectUnit]) -> int:
    """Forget what was kept for these subjects; give the number of files.

    Copies are deleted; what somebody changed since, or put there, is set aside.
    """
    visits = {_visit_key(unit, visit) for unit in units for visit in unit.visits}
    dropped = [path for (visit, _), path in kept_corrections(out).items() if visit in visits]
    _take_away(out, dropped)
    return len(dropped)


def _take_away(out: Path, paths: Iterable[Path]) -> None:
    folder = out / CORRECTIONS_FOLDER
    try:
        remove_own(folder, (path.relative_to(folder).as_posix() for path in paths))
    except OSError as error:
        raise OutputRefused(
            f"cannot replace what {folder.name} holds: {error.strerror}; close its files"
        ) from error


def with_corrections(
    units: Iterable[SubjectUnit], corrections: Corrections
) -> tuple[SubjectUnit, ...]:
    """Let corrected quadrant maps and reference masks win over what would be found."""
    return tuple(
        replace(unit, visits=tuple(_corrected(unit, visit, corrections) for visit in unit.visits))
        for unit in units
    )


def _corrected(unit: SubjectUnit, visit: VisitUnit, corrections: Corrections) -> VisitUnit:
    key = _visit_key(unit, visit)
    rois, reference = corrections.get((key, "rois")), corrections.get((key, "reference"))
    return replace(
        visit,
        given=dict(visit.given) | ({} if rois is None else {"rois": Source(path=rois)}),
        reference=visit.reference if reference is None else Source(path=reference),
    )


def _files(folder: Path) -> list[Path]:
    return sorted(
        path
        for path in folder.rglob("*")
        if path.is_file()
        and path.suffix.lower() != ".json"
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    )


def _key_of(path: Path) -> tuple[str, Role] | None:
    suffix = _suffix(path)
    if suffix is None:
        return None
    stem = path.name[: -len(suffix)]
    role = next((role for end, role in ROLE_OF_NAME.items() if stem.endswith(end)), None)
    parts = stem.split("_")
    if role is None or len(parts) < 3:
        return None
    return "_".join(parts[:2]), role


def _suffix(path: Path) -> str | None:
    found = [suffix for suffix in NIFTI_SUFFIXES if path.name.lower().endswith(suffix)]
    return max(found, key=len, default=None)


def _kept_name(key: tuple[str, Role], path: Path) -> str:
    visit, role = key
    ending = next(end for end, of in ROLE_OF_NAME.items() if of == role)
    return f"{visit}_{ending}{_suffix(path)}"


def _visit_key(unit: SubjectUnit, visit: VisitUnit) -> str:
    return f"{unit.folder}_ses-{visit.session}"
