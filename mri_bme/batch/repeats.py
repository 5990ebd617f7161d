"""Subjects of one's own, scanned twice without a change: a table of pairs, measured as in a run."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from mri_bme.batch.inputs import Source
from mri_bme.batch.read import scanned_with_of
from mri_bme.batch.resolve import differing_settings, read_settings
from mri_bme.errors import InvalidSettings, MriBmeError
from mri_bme.intake.source import read_volume
from mri_bme.pipeline import VisitInput, analyze_subject
from mri_bme.record.tables import read_table
from mri_bme.sacroiliac import region_kind
from mri_bme.settings import Settings
from mri_bme.study import BASELINE, WEEK14
from mri_bme.verify.regions import Difference, differences
from mri_bme.verify.repeats import Repeat

NEEDED = ("subject", "first", "second")
OPTIONAL = ("first_t1", "second_t1", "first_visit", "second_visit", "alike")
VISITS_NAME, CHANGES_NAME = "visits.csv", "changes.csv"
OF_VERDICTS = frozenset({"visits", "compare"})
"""Sections of settings that leave every volume as it is."""
YES_NO = {"yes": True, "no": False, "": None}


@dataclass(frozen=True, slots=True, kw_only=True)
class PairOfScans:
    """One row of the table: two volumes, or a subject in one or two folders that a run left.

    `alike` is None where the scans themselves say whether they share a protocol.
    """

    name: str
    subject: str
    first: Path
    second: Path
    first_t1: Path | None = None
    second_t1: Path | None = None
    first_visit: str = ""
    second_visit: str = ""
    alike: bool | None = None


def read_pairs(path: Path) -> tuple[PairOfScans, ...]:
    """Read the table of pairs; paths are relative to it.

    Raises
    ------
    InvalidSettings
        If it cannot be read, lacks a column, or a row is not as it must be.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as stream:
            reader = csv.DictReader(stream)
            rows = list(reader)
            columns = tuple(reader.fieldnames or ())
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InvalidSettings(f"{path.name} cannot be read as CSV") from error
    missing = [name for name in NEEDED if name not in columns]
    unknown = [name for name in columns if name not in (*NEEDED, *OPTIONAL)]
    twice = sorted({name for name in columns if columns.count(name) > 1})
    if twice:
        raise InvalidSettings(f"{path.name} has two columns {' and '.join(twice)}; keep one each")
    if missing or unknown or not rows:
        raise InvalidSettings(
            f"{path.name} needs rows with the columns {', '.join(NEEDED)} and takes "
            f"{', '.join(OPTIONAL)}; lacking: {', '.join(missing) or 'none'}; not known: "
            f"{', '.join(unknown) or 'none'}; rows: {len(rows)}"
            + ("; cells are separated by commas" if set(";\t") & set("".join(unknown)) else "")
        )
    pairs = tuple(_pair(row, number, path) for number, row in enumerate(rows, start=1))
    _check_told_once(pairs, path)
    return pairs


def _check_told_once(pairs: Sequence[PairOfScans], table: Path) -> None:
    """Refuse a pair that is told twice, which would count as two, and a scan beside itself.

    A scan of two subjects is refused as well: one of them is mistyped.
    """
    first_told: dict[frozenset[tuple[Path, str, str]], int] = {}
    owners: dict[Path, str] = {}
    for number, pair in enumerate(pairs, start=1):
        subject = pair.subject if is_of_runs(pair) else ""
        both = (
            (pair.first.resolve(), pair.first_visit, subject),
            (pair.second.resolve(), pair.second_visit, subject),
        )
        where = f"row {number} of {table.name}"
        whose = {owners.setdefault(path, pair.subject) for path, *_ in both}
        if whose != {pair.subject} and not is_of_runs(pair):
            raise InvalidSettings(
                f"{where} gives subject {pair.subject!r} a scan that another row gives to another "
                "subject; a scan is of one subject"
            )
        if both[0] == both[1] and (pair.first_visit or not is_of_runs(pair)):
            raise InvalidSettings(f"{where}: first and second are the same scan; name two scans")
        earlier = first_told.setdefault(frozenset(both), number)
        if earlier != number:
            raise InvalidSettings(
                f"{where} names the scans of row {earlier} again; name every pair once"
            )


def _pair(row: Mapping[str, str | None], number: int, table: Path) -> PairOfScans:
    if None in row:
        raise InvalidSettings(
            f"row {number} of {table.name} has more cells than the header; a cell that holds a "
            "comma stands in double quotes"
        )
    cells = {name: (row.get(name) or "").strip() for name in (*NEEDED, *OPTIONAL)}
    if not all(cells[name] for name in NEEDED):
        raise InvalidSettings(f"row {number} of {table.name} lacks {', '.join(NEEDED)}")
    if cells["alike"].lower() not in YES_NO:
        raise InvalidSettings(
            f"row {number} of {table.name}: alike is yes, no or empty; found {cells['alike']!r}"
        )
    paths = {
        name: table.parent / cells[name]
        for name in ("first", "second", "first_t1", "second_t1")
        if cells[name]
    }
    lost = [name for name, path in paths.items() if not path.exists()]
    if lost:
        raise InvalidSettings(f"row {number} of {table.name}: no such {' and '.join(lost)}")
    named = [name for name in ("first_visit", "second_visit") if cells[name]]
    if named and not (paths["first"] / VISITS_NAME).is_file():
        raise InvalidSettings(
            f"row {number} of {table.name}: {' and '.join(named)} are visits of a folder that run "
            "left; first is a scan, which has none"
        )
    return PairOfScans(
        name=f"repeat-{number:04d}",
        subject=cells["subject"],
        first_visit=cells["first_visit"],
        second_visit=cells["second_visit"],
        alike=YES_NO[cells["alike"].lower()],
        **paths,
    )


def stamp_of(pair: PairOfScans) -> str:
    """Tell scans apart by their files' names, sizes and times; a changed one is measured again."""
    given = (pair.first, pair.second, pair.first_t1, pair.second_t1)
    files = [
        file
        for path in given
        if path is not None
        for file in (sorted(path.rglob("*")) if path.is_dir() else [path])
    ]
    return "\n".join(f"{f.name} {f.stat().st_size} {f.stat().st_mtime_ns}" for f in files)


def check_measured_alike(pairs: Sequence[PairOfScans], settings: Settings) -> None:
    """Refuse folders of runs that measured with other settings than the phantoms are.

    Raises
    ------
    InvalidSettings
        If a setting differs that changes a volume; the message lists them.
    """
    folders = {path for pair in pairs if is_of_runs(pair) for path in (pair.first, pair.second)}
    for folder in sorted(folders):
        earlier = read_settings(folder)
        differ = [] if earlier is None else differing_settings(earlier, settings, but=OF_VERDICTS)
        if differ:
            raise InvalidSettings(
                f"{folder.name} was measured with other settings than this verification "
                f"({'; '.join(differ)}); add --config with the settings.toml of that folder"
            )


def is_of_runs(pair: PairOfScans) -> bool:
    """Tell whether a pair names folders of a run, which are read and not measured."""
    return (pair.first / VISITS_NAME).is_file()


def measure_pair(pair: PairOfScans, *, settings: Settings) -> Repeat:
    """Measure two scans of an unchanged subject, or read what a run has found of them.

    What cannot be measured is told as a reason, and is no pair of zeros.
    """
    try:
        results = [(path / VISITS_NAME).is_file() for path in (pair.first, pair.second)]
        if all(results):
            return _of_runs(pair)
        if any(results):
            raise InvalidSettings("one is a scan, the other a folder of a run: give two of a kind")
        return _of_scans(pair, settings)
    except MriBmeError as reason:
        return Repeat(subject=pair.subject, alike=bool(pair.alike), reason=str(reason))


def _of_scans(pair: PairOfScans, settings: Settings) -> Repeat:
    scans = ((BASELINE, pair.first, pair.first_t1), (WEEK14, pair.second, pair.second_t1))
    visits = [
        VisitInput(
            label=label,
            day=day,
            volume=read_volume(path),
            t1=None if t1 is None else read_volume(t1),
            scanned_with=scanned_with_of(Source(path=path)),
        )
        for day, (label, path, t1) in enumerate(scans)
    ]
    if _same_voxels(visits):
        raise InvalidSettings("both files hold the same voxels: one scan, not two")
    result = analyze_subject(visits, settings=settings)
    change = result.changes.get(WEEK14)
    if change is None or not change.evaluable:
        reasons = [v.reason for v in result.visits if v.reason]
        reasons += [] if change is None else list(change.reasons)
        return Repeat(
            subject=pair.subject, alike=bool(pair.alike), reason="; ".join(dict.fromkeys(reasons))
        )
    alike = not change.protocol_changes if pair.alike is None else pair.alike
    return Repeat(subject=pair.subject, alike=alike, differences=differences(change))


def _same_voxels(visits: Sequence[VisitInput]) -> bool:
    first, second = (visit.volume for visit in visits)
    return first is not None and second is not None and np.array_equal(first.voxels, second.voxels)


def _of_runs(pair: PairOfScans) -> Repeat:
    if pair.first.resolve() == pair.second.resolve():
        return _of_one_run(pair)
    volumes = [
        _volumes(folder, pair.subject, visit or BASELINE)
        for folder, visit in (
            (pair.first, pair.first_visit),
            (pair.second, pair.second_visit),
        )
    ]
    found = tuple(
        _difference(region, ml, volumes[1][region])
        for region, ml in volumes[0].items()
        if region in volumes[1]
    )
    return _with_total(
        Repeat(subject=pair.subject, alike=pair.alike is not False, differences=found)
    )


def _with_total(repeat: Repeat) -> Repeat:
    """Say why a pair is none where its regions were measured and its total was not."""
    return repeat if repeat.total else replace(repeat, reason="the total was not measured at both")


def _of_one_run(pair: PairOfScans) -> Repeat:
    """Both visits of one subject: changes over the region that both measured."""
    rows = [
        row
        for row in read_table(pair.first / CHANGES_NAME, ("subject", "region", "baseline_ml"))
        if _is_of(pair.subject, row)
        and pair.first_visit in {"", row["baseline"]}
        and pair.second_visit in {"", row["followup"]}
        and row["baseline_ml"]
        and row["followup_ml"]
    ]
    followups = {row["followup"] for row in rows}
    if not rows:
        visits = " and ".join(v for v in (pair.first_visit, pair.second_visit) if v)
        raise InvalidSettings(
            f"{CHANGES_NAME} has no measured change of this subject"
            + (f" at {visits}" if visits else "")
        )
    if len(followups) != 1:
        raise InvalidSettings(
            f"{CHANGES_NAME} has {len(followups)} follow-ups of this subject; name first_visit "
            "and second_visit"
        )
    alike = not any(row.get("protocol_change") for row in rows)
    found = tuple(
        _difference(row["region"], float(row["baseline_ml"]), float(row["followup_ml"]))
        for row in rows
    )
    alike = alike if pair.alike is None else pair.alike
    return _with_total(Repeat(subject=pair.subject, alike=alike, differences=found))


def _volumes(folder: Path, subject: str, visit: str) -> dict[str, float]:
    rows = read_table(folder / VISITS_NAME, ("subject", "visit", "region", "edema_ml"))
    found = dict(_found(rows, subject, visit))
    if not found:
        raise InvalidSettings(f"{VISITS_NAME} has no volumes of this subject at visit {visit}")
    return found


def _found(rows: list[dict[str, str]], subject: str, visit: str) -> Iterator[tuple[str, float]]:
    for row in rows:
        if _is_of(subject, row) and row["visit"] == visit and row["edema_ml"]:
            yield row["region"], float(row["edema_ml"])


def _is_of(subject: str, row: Mapping[str, str]) -> bool:
    """Tell whose row it is; the prefix of folders does not matter."""
    return row["subject"] == subject.removeprefix("sub-")


def _difference(region: str, first_ml: float, second_ml: float) -> Difference:
    return Difference(
        region=region,
        kind=region_kind(region),
        baseline_ml=first_ml,
        followup_ml=second_ml,
        interval_ml=None,
        verdict="",
    )
