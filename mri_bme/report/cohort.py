"""What the cohort page shows: a row per subject, counts, and why some have no result."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from mri_bme.findings import Interval, Verdict
from mri_bme.record import numbers
from mri_bme.record.rows import ONE_VISIT
from mri_bme.version import __version__


@dataclass(frozen=True, slots=True, kw_only=True)
class CohortRow:
    """One subject on the cohort page.

    `page` and `thumbnail` are addresses below the cohort page's folder; empty where there
    is none. Numbers are None where nothing was measured. `corrected` says what a reader gave
    or corrected, `checks` holds how the scans look: (visit, name of the check) and its value,
    and `weeks` when they were made, in weeks since the first scan of the study, by visit.
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
    corrected: tuple[str, ...] = ()
    checks: Mapping[tuple[str, str], float] = field(default_factory=dict)
    weeks: Mapping[str, int] = field(default_factory=dict)

    @property
    def said(self) -> str:
        """Say what was found, for whoever looks at the picture."""
        if self.change_ml is None:
            volume = numbers.millilitres(self.baseline_ml)
            found = f"{volume} mL. " if self.baseline_ml is not None else ""
        else:
            between = f" ({numbers.interval_ml(self.interval_ml, signed=True)})"
            found = (
                f"{numbers.millilitres(self.baseline_ml)} to "
                f"{numbers.millilitres(self.followup_ml)} mL: "
                f"{numbers.millilitres(self.change_ml, signed=True)} mL"
                f"{between if self.interval_ml else ''}, {self.verdict.replace('_', ' ')}. "
            )
        more = "; ".join(filter(None, (self.reason, *self.flags, *self.corrected)))
        return found + (f"{more}." if more else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class CohortPage:
    """All subjects, in the order of the table, and where it came from.

    `links` are names and addresses of other pages of the results.
    """

    rows: tuple[CohortRow, ...]
    links: tuple[tuple[str, str], ...] = ()
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


NUMBER = re.compile(r"[-−]?\d+(?:[.,]\d+)?(?: ?%)?")


def doubt_kind(flag: str) -> str:
    """Say what a flag is about: without its visit, and without the numbers in it."""
    return NUMBER.sub("…", flag.partition(": ")[2] or flag)


def doubt_kinds(page: CohortPage) -> tuple[tuple[str, int], ...]:
    """Kinds of flags and how many subjects have one, the most frequent first."""
    counts = Counter(kind for row in page.rows for kind in set(map(doubt_kind, row.flags)))
    return tuple(sorted(counts.items(), key=lambda kind: (-kind[1], kind[0])))


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
