"""What the cohort page shows: a row per subject, counts, and why some have no result."""

from collections import Counter
from dataclasses import dataclass, field

from mri_bme.findings import Interval, Verdict
from mri_bme.record.rows import ONE_VISIT
from mri_bme.version import __version__


@dataclass(frozen=True, slots=True, kw_only=True)
class CohortRow:
    """One subject on the cohort page.

    `page` and `thumbnail` are addresses below the cohort page's folder; empty where there
    is none. Numbers are None where nothing was measured.
    """

    subject_id: str
    status: str
    reason: str = ""
    verdict: str = ""
    baseline_ml: float | None = None
    followup_ml: float | None = None
    change_ml: float | None = None
    interval_ml: Interval | None = None
    change_percent: float | None = None
    flags: tuple[str, ...] = ()
    page: str = ""
    thumbnail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CohortPage:
    """All subjects, in the order of the table, and where it came from."""

    rows: tuple[CohortRow, ...]
    facts: tuple[tuple[str, str], ...] = ()
    version: str = __version__


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A reason why subjects have no result, and which subjects."""

    reason: str
    status: str
    subjects: tuple[CohortRow, ...] = field(default=())


def verdict_counts(page: CohortPage) -> tuple[tuple[str, int], ...]:
    """Count subjects per verdict, in the order of `Verdict`; those with one visit last."""
    counts = Counter(row.verdict for row in page.rows if row.verdict)
    return tuple((v, counts[v]) for v in (*Verdict, ONE_VISIT) if counts[v])


def changed_rows(page: CohortPage) -> list[CohortRow]:
    """Subjects whose change was measured, from the largest decrease to the largest increase."""
    found = [row for row in page.rows if row.change_ml is not None]
    return sorted(found, key=lambda row: (row.change_ml or 0.0, row.subject_id))


def failures(page: CohortPage) -> tuple[Failure, ...]:
    """Group subjects without a result by the reason, the most frequent first."""
    groups: dict[tuple[str, str], list[CohortRow]] = {}
    for row in page.rows:
        if row.status != "ok":
            groups.setdefault((row.status, row.reason or "no reason was recorded"), []).append(row)
    found = [
        Failure(status=status, reason=reason, subjects=tuple(rows))
        for (status, reason), rows in groups.items()
    ]
    return tuple(sorted(found, key=lambda failure: (-len(failure.subjects), failure.reason)))
