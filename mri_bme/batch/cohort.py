"""The run that users start: the whole chain over every subject of an input."""

from collections.abc import Sequence
from pathlib import Path

from mri_bme.batch.chain import analyze_unit, rows_of_failed
from mri_bme.batch.made_with import PROVENANCE_NAME
from mri_bme.batch.pages import INDEX_NAME, write_index
from mri_bme.batch.resolve import SETTINGS_NAME
from mri_bme.batch.run import Recipe
from mri_bme.batch.status import SubjectStatus
from mri_bme.export.bids import write_dataset_description
from mri_bme.record.scan_weeks import SCAN_WEEKS
from mri_bme.record.subjects import SUBJECTS, TABLES
from mri_bme.record.unread import UNREAD


def record_cohort(out: Path, statuses: Sequence[SubjectStatus]) -> None:
    """Write what belongs to the whole cohort, besides tables and provenance."""
    write_index(out, statuses)
    write_dataset_description(out)


RECIPE = Recipe(
    analyze=analyze_unit,
    tables={table.name: table.writing for table in TABLES},
    record_cohort=record_cohort,
    rows_of_failed=rows_of_failed,
)
"""What `mri-bme run` does with a subject, and with all of them."""

COHORT_FILES = frozenset(
    {
        *(f"{table.name}.csv" for table in (*TABLES, SUBJECTS, UNREAD, SCAN_WEEKS)),
        *("timings.tsv", "dataset_description.json"),
        *(SETTINGS_NAME, PROVENANCE_NAME, INDEX_NAME),
    }
)
"""What a run writes for the whole cohort, anew each time."""
