"""Fetch what is worth fetching of many studies, with a table of what came of it."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from mri_bme.errors import NodeUnavailable
from mri_bme.files import write_text
from mri_bme.pacs.filing import uid_name
from mri_bme.pacs.nodes import Node
from mri_bme.pacs.query import OfferedSeries, Wanted, find_series
from mri_bme.pacs.retrieve import fetch_series

TABLE_NAME = "fetched.csv"
FILES_NAME = "fetched.sha256"  # as `sha256sum --check` reads it
COLUMNS = ("study", "series", "number", "status", "n_images", "n_expected", "reason")
FETCHED, SKIPPED, FAILED = "fetched", "skipped", "failed"
ShowSeries = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchRow:
    """One series of the table; study and series by the names of their folders."""

    study: str
    series: str
    number: int | None
    status: str
    n_images: int = 0
    n_expected: int | None = None
    reason: str = ""


def fetch(
    node: Node, wanted: Iterable[Wanted], dest: Path, *, show: ShowSeries | None = None
) -> tuple[FetchRow, ...]:
    """Bring every series worth fetching of what is wanted; write ``fetched.csv``.

    ``fetched.sha256`` keeps what every image was when it arrived. One that is another the next
    time is fetched again.

    Raises
    ------
    NodeUnavailable
        If the node cannot be asked at all.
    OutputRefused
        If `dest` cannot be written to or is full.
    """
    rows: list[FetchRow] = []
    known = _known_files(dest)
    offered = list(_offers(node, wanted, rows))
    for n_done, series in enumerate(offered, start=1):
        rows.append(_fetched(node, series, dest, known))
        if show is not None:
            show(n_done, len(offered))
    write_text(dest / FILES_NAME, "".join(f"{known[f]}  {f}\n" for f in sorted(known)))
    write_text(dest / TABLE_NAME, table(rows))
    return tuple(rows)


def _known_files(dest: Path) -> dict[str, str]:
    """Read the hashes of what arrived before; nothing when there is no such list."""
    try:
        lines = (dest / FILES_NAME).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return {}
    parts = (line.split("  ", 1) for line in lines)
    return {part[1]: part[0] for part in parts if len(part) == 2}


def _offers(node: Node, wanted: Iterable[Wanted], rows: list[FetchRow]) -> Iterator[OfferedSeries]:
    seen: set[str] = set()
    for what in wanted:
        found = find_series(node, what)
        if not found:
            name = uid_name(what.study) if what.study else ""
            rows.append(_row_of_nothing(name))
        for series in found:
            if series.series in seen:
                continue
            seen.add(series.series)
            if series.unwanted:
                rows.append(_row(series, SKIPPED, reason=series.unwanted))
            else:
                yield series


def _row_of_nothing(study: str) -> FetchRow:
    reason = "the node has no such study"
    return FetchRow(study=study, series="", number=None, status=FAILED, reason=reason)


def _fetched(node: Node, series: OfferedSeries, dest: Path, known: dict[str, str]) -> FetchRow:
    try:
        found = fetch_series(node, series, dest, known=known)
    except NodeUnavailable as error:
        return _row(series, FAILED, reason=str(error))
    known.update(found.files)
    return _row(
        series,
        FETCHED if found.is_whole else FAILED,
        n_images=len(found.files),
        n_expected=found.n_expected,
        reason=found.reason,
    )


def _row(
    series: OfferedSeries,
    status: str,
    *,
    n_images: int = 0,
    n_expected: int | None = None,
    reason: str = "",
) -> FetchRow:
    return FetchRow(
        study=uid_name(series.study),
        series=uid_name(series.series),
        number=series.number,
        status=status,
        n_images=n_images,
        n_expected=series.n_images if n_expected is None else n_expected,
        reason=reason,
    )


def table(rows: Iterable[FetchRow]) -> str:
    """Write the rows as CSV."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in rows:
        writer.writerow([getattr(row, name) for name in COLUMNS])
    return stream.getvalue()
