"""BIDS raw trees: each session's fluid-sensitive series and its T1W, without a manifest."""

import csv
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from mri_bme.intake.manifest import WRONG, ManifestVisit, Row, visits_of_rows
from mri_bme.intake.nifti import NIFTI_SUFFIXES
from mri_bme.settings import VisitSettings
from mri_bme.study import BASELINE, WEEK14

FLUID_SENSITIVE_SUFFIXES = ("T2w", "PDw")
SUPPRESSED = re.compile(r"stir|tirm|fatsat|fatsup|spair|spir|water|(?<![a-z])fs|fs(?![a-z])", re.I)
"""Words in an acquisition label that say that fat is suppressed."""
INVERSION_S = (0.08, 0.3)  # of a STIR, 0.3 to 3 tesla
DERIVED = re.compile(r"_(desc|label|space|res)-")
SESSION_NAMES = {
    BASELINE: re.compile(r"(baseline|bl|base|pre|day0?0?0|week0?0|w0?0|m0?0)", re.I),
    WEEK14: re.compile(r"(week|wk|w)0?14", re.I),
}


def is_bids(folder: Path) -> bool:
    """Tell whether a folder is a BIDS tree with a series that could be measured."""
    return any(True for _ in _subjects(folder)) and any(
        True for subject in _subjects(folder) for _ in _series(subject)
    )


def read_bids(folder: Path, settings: VisitSettings) -> tuple[ManifestVisit, ...]:
    """Find the visits of a BIDS raw tree: each session's fluid-sensitive series and its T1W.

    A T2w or PDw is fluid-sensitive if its sidecar (inversion time, fat saturation) or its
    acquisition label says so; one alone without any such word is taken as well. Dates come from
    ``scans.tsv``, else ``sessions.tsv``; with dates sessions are named by their days, unless
    their own names say baseline or week 14.
    """
    rows: list[tuple[int, Row]] = []
    for subject in _subjects(folder):
        sessions = [s for s in sorted(subject.glob("ses-*")) if s.is_dir()] or [subject]
        dates = _dates(subject)
        for place in sessions:
            row = _session_row(subject, place, dates)
            if row is not None:
                rows.append((len(rows) + 1, row))
    return visits_of_rows(_named(rows), (folder,), settings, word="BIDS session")


def _subjects(folder: Path) -> Iterator[Path]:
    if folder.is_dir():
        yield from (path for path in sorted(folder.glob("sub-*")) if path.is_dir())


def _series(place: Path) -> Iterator[Path]:
    """Fluid-sensitive candidates of a subject or session."""
    for path in sorted([*place.glob("anat/*"), *place.glob("ses-*/anat/*")]):
        if _suffix(path) in FLUID_SENSITIVE_SUFFIXES and not DERIVED.search(path.name):
            yield path


def _suffix(path: Path) -> str:
    """Last word of a BIDS name, as in ``T2w``; empty for what is no NIfTI."""
    if not path.name.lower().endswith(NIFTI_SUFFIXES):
        return ""
    return _stem(path).rpartition("_")[2]


def _stem(path: Path) -> str:
    return path.name.removesuffix(".gz").removesuffix(".nii")


def _session_row(subject: Path, place: Path, dates: Mapping[str, str]) -> Row | None:
    found = list(_series(place)) if place != subject else [
        p for p in _series(subject) if p.parent.parent == subject
    ]  # fmt: skip
    if not found:
        return None
    root = subject.parent
    label = BASELINE if place == subject else place.name.removeprefix("ses-")
    row: Row = {"subject": subject.name.removeprefix("sub-"), "visit": label, "path": ""}
    chosen, problem = _fluid_sensitive(found)
    if problem:
        row[WRONG] = problem
    if chosen is not None:
        row["path"] = chosen.relative_to(root).as_posix()
        row["date"] = dates.get(chosen.name, "") or dates.get(place.name, "")
    t1 = _t1_beside(found[0].parent)
    if t1 is not None:
        row["t1"] = t1.relative_to(root).as_posix()
    return row


def _fluid_sensitive(found: Sequence[Path]) -> tuple[Path | None, str]:
    suppressed = [path for path in found if _is_suppressed(path)]
    candidates = suppressed or list(found)
    if len(candidates) == 1:
        return candidates[0], ""
    stir = [path for path in candidates if re.search(r"stir|tirm", _acquisition(path), re.I)]
    if len(stir) == 1:
        return stir[0], ""
    labels = ", ".join(sorted({_acquisition(path) or "no acq label" for path in candidates}))
    return None, (
        f"{len(candidates)} series could be the fluid-sensitive one ({labels}); name one in a "
        "manifest"
    )


def _acquisition(path: Path) -> str:
    found = re.search(r"_acq-([A-Za-z0-9]+)", path.name)
    return "" if found is None else found[1]


def _is_suppressed(path: Path) -> bool:
    facts = _sidecar(path)
    inversion = facts.get("InversionTime")
    if isinstance(inversion, int | float) and INVERSION_S[0] <= inversion <= INVERSION_S[1]:
        return True
    options = facts.get("ScanOptions")
    words = options if isinstance(options, list) else re.split(r"[\\_,; ]+", str(options or ""))
    if "FS" in {str(word).upper() for word in words}:
        return True
    return bool(SUPPRESSED.search(_acquisition(path)))


def _sidecar(path: Path) -> dict[str, Any]:
    try:
        facts = json.loads(path.with_name(f"{_stem(path)}.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return facts if isinstance(facts, dict) else {}


def _t1_beside(folder: Path) -> Path | None:
    """Find the plain T1W of a session: no fat suppression, no contrast agent; the first run."""
    found = [
        path
        for path in sorted(folder.glob("*"))
        if _suffix(path) == "T1w" and not DERIVED.search(path.name)
    ]
    plain = [p for p in found if not _is_suppressed(p) and "_ce-" not in p.name]
    return plain[0] if plain else None


def _dates(subject: Path) -> dict[str, str]:
    """Dates by file name (``scans.tsv``) and by session (``sessions.tsv``)."""
    dates: dict[str, str] = {}
    for table in sorted(subject.rglob("*_scans.tsv")):
        for row in _table(table):
            dates[Path(row.get("filename") or "").name] = _day(row.get("acq_time"))
    for table in sorted(subject.glob("*_sessions.tsv")):
        for row in _table(table):
            dates[row.get("session_id") or ""] = _day(row.get("acq_time"))
    return dates


def _table(path: Path) -> list[dict[str, str]]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as stream:
            return list(csv.DictReader(stream, delimiter="\t"))
    except (OSError, UnicodeDecodeError, csv.Error):
        return []


def _day(text: str | None) -> str:
    found = re.match(r"\d{4}-\d{2}-\d{2}", text or "")
    return "" if found is None else found[0]


def _named(rows: Sequence[tuple[int, Row]]) -> list[tuple[int, Row]]:
    """Name sessions: by what they are called, else by their days, else as they are."""
    by_subject: dict[str, list[Row]] = {}
    for _, row in rows:
        by_subject.setdefault(row["subject"], []).append(row)
    for sessions in by_subject.values():
        told = {id(row): _told_by_name(row["visit"]) for row in sessions}
        dated = all(row.get("date") for row in sessions)
        for row in sessions:
            known = told[id(row)]
            if known is not None:
                row["visit"] = known
            elif dated and BASELINE not in told.values():
                row["visit"] = ""
        if len(sessions) == 1:
            sessions[0]["visit"] = sessions[0]["visit"] or BASELINE
    return list(rows)


def _told_by_name(session: str) -> str | None:
    return next((name for name, form in SESSION_NAMES.items() if form.fullmatch(session)), None)
