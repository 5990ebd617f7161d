"""What is told of a subject: its rows in every table, and ``subjects.csv``."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from mri_bme.kinds import KINDS
from mri_bme.pipeline import SubjectResult
from mri_bme.record.changes import CHANGES, changed_regions
from mri_bme.record.kinds import kind_regions, kind_table
from mri_bme.record.lesions import LESIONS, found_lesions
from mri_bme.record.quality import QUALITY, visit_checks
from mri_bme.record.schema import Column, Table
from mri_bme.record.sensitivity import SENSITIVITY, moved_numbers
from mri_bme.record.tables import Row
from mri_bme.record.visits import VISITS, WHOLE, visit_regions

TABLES: tuple[Table[Any], ...] = (
    VISITS,
    CHANGES,
    LESIONS,
    QUALITY,
    SENSITIVITY,
    *map(kind_table, KINDS),
)
"""Tables that hold rows of every subject."""


def rows_of(subject: str, result: SubjectResult) -> dict[str, tuple[Row, ...]]:
    """Rows of a subject in each of `TABLES`."""
    others = {
        kind.name: tuple(kind_table(kind).rows(kind_regions(kind, subject, result)))
        for kind in result.kinds
    }
    return others | {
        VISITS.name: tuple(VISITS.rows(visit_regions(subject, result))),
        CHANGES.name: tuple(CHANGES.rows(changed_regions(subject, result))),
        LESIONS.name: tuple(LESIONS.rows(found_lesions(subject, result))),
        QUALITY.name: tuple(QUALITY.rows(visit_checks(subject, result))),
        SENSITIVITY.name: tuple(SENSITIVITY.rows(moved_numbers(subject, result))),
    }


class SubjectOutcome(Protocol):
    """What became of a subject, and the rows that its tables hold."""

    @property
    def subject(self) -> str:
        """Pseudonym."""

    @property
    def status(self) -> str:
        """``ok``, ``not_evaluable`` or ``failed``."""

    @property
    def reason(self) -> str:
        """Why it is not ``ok``."""

    @property
    def stage(self) -> str:
        """Where it went wrong."""

    @property
    def visits(self) -> Sequence[str]:
        """Labels of its visits."""

    @property
    def flags(self) -> Sequence[str]:
        """What was doubtful."""

    @property
    def rows(self) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        """Rows by the name of their table."""


def n_evaluable(outcome: SubjectOutcome, table: Table[Any]) -> int:
    """Count the visits or changes of a subject that could be measured."""
    return sum(
        row.get("region") == WHOLE and row.get("evaluable") is True
        for row in outcome.rows.get(table.name, ())
    )


SUBJECTS = Table[SubjectOutcome](
    name="subjects",
    holds="one row per subject",
    columns=(
        Column(name="subject", meaning="pseudonym of the subject", read=lambda s: s.subject),
        Column(
            name="status",
            meaning="`ok`, `not_evaluable` (read, but not all of it could be measured) or `failed`",
            read=lambda s: s.status,
        ),
        Column(
            name="reason",
            meaning="why it is not `ok`, or what it lacks",
            read=lambda s: s.reason,
            empty="where there is nothing to say",
        ),
        Column(
            name="stage",
            meaning="stage at which it stopped, and at which visit",
            read=lambda s: s.stage,
            empty="where it did not",
        ),
        Column(name="n_visits", meaning="visits in the input", read=lambda s: len(s.visits)),
        Column(
            name="n_visits_evaluable",
            meaning="visits that were measured",
            read=lambda s: n_evaluable(s, VISITS),
        ),
        Column(
            name="n_changes_evaluable",
            meaning="follow-ups that could be compared with the baseline",
            read=lambda s: n_evaluable(s, CHANGES),
        ),
        Column(
            name="flags",
            meaning="what was doubtful, separated by semicolons",
            read=lambda s: "; ".join(s.flags),
            empty="where nothing was",
        ),
    ),
)
