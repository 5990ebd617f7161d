"""The manifest: a table of the user's that says which file is whose, and from when.

Columns ``subject,visit,path[,date][,reference][,t1][,orientation]``, and one for each thing that
can be given to place ROIs with (`roi_sources`): ``[,rois][,joint][,bones][,atlas]``. Paths are
relative to the manifest's folder or, where nothing lies there, to the input's. A row that cannot
be used keeps its place with a reason, so one bad row costs one visit; only a table that cannot be
understood is refused whole.
"""

import csv
import io
import re
import stat
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from mri_bme.errors import InvalidSettings
from mri_bme.intake.nifti import check_orientation
from mri_bme.intake.visit_labels import contradiction, visit_labels
from mri_bme.roi_sources import given_by_role
from mri_bme.settings import VisitSettings
from mri_bme.study import BASELINE, WEEK14

REQUIRED_COLUMNS = ("subject", "visit", "path")
MAX_ROWS = 100_000
ROW_WORD = "manifest line"
WRONG = "\0"
Row = dict[str, str]
_LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.+-]{0,63}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ManifestVisit:
    """One row: the files of one visit. `problem` says why it cannot be used.

    `path` is a NIfTI file, or a folder or file of DICOM; `day` counts from the subject's
    earliest date, None without a date, and `calendar_day` from anywhere. `orientation` is how the
    axes of NIfTI files run whose header does not say it.
    """

    subject: str
    visit: str
    path: Path
    line: int
    day: int | None = None
    given: Mapping[str, Path] = field(default_factory=dict)
    reference: Path | None = None
    t1: Path | None = None
    orientation: str | None = None
    problem: str = ""
    calendar_day: int | None = field(default=None, repr=False)


def manifest_columns() -> tuple[str, ...]:
    """Name every column that a manifest may have; `REQUIRED_COLUMNS` come first."""
    return (*REQUIRED_COLUMNS, "date", *given_by_role(), "reference", "t1", "orientation")


def manifest_header() -> str:
    """Write the header line, optional columns in brackets."""
    needed = len(REQUIRED_COLUMNS)
    columns = manifest_columns()
    return f"{','.join(columns[:needed])}[,{','.join(columns[needed:])}]"


def read_manifest(
    path: Path,
    *,
    root: Path | None = None,
    settings: VisitSettings = VisitSettings(),  # noqa: B008  (frozen)
) -> tuple[ManifestVisit, ...]:
    """Read a manifest; rows come back in the order of subjects, then of visits in time.

    Paths in it are relative to the manifest's folder or, where nothing lies there, to `root`.

    Raises
    ------
    InvalidSettings
        If the file is missing, no table, lacks a column, has an unknown one, or no row.
    """
    folders = (path.parent, *(() if root is None else (root,)))
    return visits_of_rows(_table(path), folders, settings)


def visits_of_rows(
    rows: Sequence[tuple[int, Row]],
    folders: tuple[Path, ...],
    settings: VisitSettings,
    *,
    word: str = "manifest line",
) -> tuple[ManifestVisit, ...]:
    """Make visits of numbered rows, wherever the rows come from.

    Parameters
    ----------
    rows : sequence of (int, mapping)
        Cells by column; under the key `WRONG` what is wrong with the row as a whole.
    folders : tuple of Path
        Where paths are looked up, one after the other.
    settings : VisitSettings
        Which day is week 14.
    word : str
        What a row is called in messages, before its number.
    """
    visits, dates = [], []
    for line, row in rows:
        visit, day = _visit(line, row, folders)
        visits.append(visit)
        dates.append(day)
    dated = _with_days(_with_one_spelling(visits), dates, settings)
    found = _in_order(_without_contradictions(_without_doubles(dated)))
    return tuple(replace(v, problem=v.problem.replace(ROW_WORD, word, 1)) for v in found)


def _table(path: Path) -> list[tuple[int, dict[str, str]]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise InvalidSettings(f"there is no manifest {path.name}; check the path") from error
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidSettings(f"{path.name} cannot be read; save it as UTF-8 CSV") from error
    separator = (
        ";" if text.split("\n", 1)[0].count(";") > text.split("\n", 1)[0].count(",") else ","
    )
    try:
        reader = csv.reader(io.StringIO(text), delimiter=separator, strict=True)
        lines = [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise InvalidSettings(f"{path.name} is no CSV table ({error}); save it again") from error
    if not lines:
        raise InvalidSettings(
            f"{path.name} is empty; it needs the columns {','.join(manifest_columns())}"
        )
    header = [cell.strip().lower() for cell in lines[0][1]]
    _check_header(path, header)
    if len(lines) == 1:
        raise InvalidSettings(f"{path.name} has a header and no row; add one row per visit")
    if len(lines) > MAX_ROWS:
        raise InvalidSettings(f"{path.name} has more than {MAX_ROWS} rows; split it")
    return [(number, _row(header, cells)) for number, cells in lines[1:]]


def _check_header(path: Path, header: list[str]) -> None:
    columns = manifest_columns()
    missing = [name for name in REQUIRED_COLUMNS if name not in header]
    unknown = [name for name in header if name and name not in columns]
    double = [name for name, n in Counter(header).items() if n > 1]
    if missing:
        raise InvalidSettings(
            f"{path.name} lacks the column(s) {', '.join(missing)}; it needs "
            f"{','.join(REQUIRED_COLUMNS)} and may have {','.join(columns[3:])}"
        )
    if unknown or double:
        wrong = ", ".join(sorted({*unknown, *double}))
        raise InvalidSettings(
            f"{path.name} has unknown or repeated column(s) {wrong}; the columns are "
            f"{','.join(columns)}"
        )


def _row(header: list[str], cells: list[str]) -> dict[str, str]:
    row = {name: cell.strip() for name, cell in zip(header, cells, strict=False)}
    if len(cells) != len(header):
        row[WRONG] = f"{len(cells)} cells, the header has {len(header)}"
    return row


def _visit(
    line: int, row: dict[str, str], folders: tuple[Path, ...]
) -> tuple[ManifestVisit, date | None]:
    problems = [row[WRONG]] if WRONG in row else []
    subject, label = row.get("subject", ""), row.get("visit", "")
    if not _LABEL.fullmatch(subject):
        problems.append("subject must be a code of letters, digits, '-', '_' or '.'")
        subject = f"line{line}"
    if label and not _LABEL.fullmatch(label):
        problems.append("visit must be a label of letters, digits, '-', '_' or '.'")
        label = ""
    day, wrong_date = _date(row.get("date", ""))
    problems += wrong_date
    paths: dict[str, Path | None] = {}
    for name in ("path", *given_by_role(), "reference", "t1"):
        paths[name], wrong = _path(row.get(name, ""), folders)
        problems += [f"{name} {wrong}"] if wrong else []
    if not row.get("path", ""):
        problems.append("path is empty")
    orientation, wrong_orientation = _orientation(row.get("orientation", ""))
    problems += wrong_orientation
    visit = ManifestVisit(
        subject=subject,
        visit=label,
        line=line,
        path=paths["path"] or folders[0],
        problem=f"{ROW_WORD} {line}: {'; '.join(problems)}" if problems else "",
        given={role: path for role in given_by_role() if (path := paths[role]) is not None},
        reference=paths["reference"],
        t1=paths["t1"],
        orientation=orientation,
        calendar_day=day.toordinal() if day else None,
    )
    return visit, day


def _date(text: str) -> tuple[date | None, list[str]]:
    if not text:
        return None, []
    try:
        return date.fromisoformat(text), []
    except ValueError:
        return None, ["date must be YYYY-MM-DD"]


def _orientation(text: str) -> tuple[str | None, list[str]]:
    if not text:
        return None, []
    try:
        return check_orientation(text), []
    except InvalidSettings as error:
        return None, [str(error)]


def _path(text: str, folders: tuple[Path, ...]) -> tuple[Path | None, str]:
    """Find the file or folder that a cell names, or say why it cannot be one."""
    if not text:
        return None, ""
    try:
        candidates = [folder / Path(text).expanduser() for folder in folders]
        modes = [_mode(path) for path in candidates]
    except (OSError, RuntimeError, ValueError):  # too long, a home of nobody, a null byte
        return None, "is no path that can be used"
    found = next((n for n, mode in enumerate(modes) if mode is not None), None)
    if found is None:
        return candidates[0], "does not exist"
    mode = modes[found]
    if mode is not None and not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        return candidates[found], "is neither a file nor a folder"
    return candidates[found], ""


def _mode(path: Path) -> int | None:
    try:
        return path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return None


def _with_one_spelling(visits: Sequence[ManifestVisit]) -> list[ManifestVisit]:
    """Call visits that differ in case only by one name: ``Baseline`` is ``baseline``."""
    spelling = {label.casefold(): label for label in (BASELINE, WEEK14)}
    for visit in visits:
        spelling.setdefault(visit.visit.casefold(), visit.visit)
    return [replace(visit, visit=spelling[visit.visit.casefold()]) for visit in visits]


def _without_contradictions(visits: list[ManifestVisit]) -> list[ManifestVisit]:
    """Refuse the visits of a subject whose names say another order than their dates."""
    by_subject: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for visit in visits:
        if visit.day is not None:
            by_subject[visit.subject].append((visit.visit, visit.day))
    wrong = {subject: contradiction(days) for subject, days in by_subject.items()}
    return [
        replace(
            visit, problem=f"{ROW_WORD} {visit.line}: {wrong[visit.subject]}; correct the dates"
        )
        if wrong.get(visit.subject) and not visit.problem
        else visit
        for visit in visits
    ]


def _with_days(
    visits: Sequence[ManifestVisit], dates: Sequence[date | None], settings: VisitSettings
) -> list[ManifestVisit]:
    first: dict[str, date] = {}
    for visit, day in zip(visits, dates, strict=True):
        if day is not None:
            first[visit.subject] = min(day, first.get(visit.subject, day))
    counted = [
        replace(visit, day=(day - first[visit.subject]).days if day else None)
        for visit, day in zip(visits, dates, strict=True)
    ]
    days: dict[str, set[int]] = defaultdict(set)
    for visit in counted:
        if visit.day is not None:
            days[visit.subject].add(visit.day)
    labels = {
        subject: dict(zip(sorted(found), visit_labels(sorted(found), settings), strict=True))
        for subject, found in days.items()
    }
    return [_labelled(visit, labels.get(visit.subject, {})) for visit in counted]


def _labelled(visit: ManifestVisit, labels: Mapping[int, str]) -> ManifestVisit:
    """Name a visit without a label by its day, as visits from headers are named."""
    if visit.visit:
        return visit
    if visit.day is None:
        reason = "visit and date are both empty; one is needed"
        problem = visit.problem or f"{ROW_WORD} {visit.line}: {reason}"
        return replace(visit, visit=f"line{visit.line}", problem=problem)
    return replace(visit, visit=labels[visit.day])


def _without_doubles(visits: list[ManifestVisit]) -> list[ManifestVisit]:
    counts = Counter((v.subject, v.visit) for v in visits)
    return [
        replace(
            v,
            visit=f"{v.visit}-line{v.line}",
            problem=f"{ROW_WORD} {v.line}: visit {v.visit} of this subject is listed "
            f"{counts[v.subject, v.visit]} times; keep one",
        )
        if counts[v.subject, v.visit] > 1
        else v
        for v in visits
    ]


def _in_order(visits: list[ManifestVisit]) -> tuple[ManifestVisit, ...]:
    """Subjects by name; visits by day, those without one after baseline in the user's order."""

    def order(visit: ManifestVisit) -> tuple[str, bool, int, bool, int]:
        known = visit.day is not None
        is_later = visit.visit != BASELINE
        return (visit.subject, is_later and not known, visit.day or 0, is_later, visit.line)

    return tuple(sorted(visits, key=order))
