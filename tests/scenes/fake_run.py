"""Run the fake cohort as a program that can be killed.

``fake_run.py IN OUT [ADDRESS [JOBS [SECONDS]]]``
"""

import sys
from pathlib import Path

from fake_cohort import analyze, read_units, rows_of_failed

from mri_bme.batch.run import Recipe, RunOptions, run_units
from mri_bme.errors import MriBmeError
from mri_bme.record.tables import writing_table
from mri_bme.settings import Settings

COLUMNS = ("subject", "visit", "edema_ml", "evaluable", "reason")
RECIPE = Recipe(
    analyze=analyze,
    tables={"visits": lambda path: writing_table(path, COLUMNS)},
    record_cohort=lambda out, statuses: None,
    rows_of_failed=rows_of_failed,
)


def main(source: str, out: str, scheduler: str = "", jobs: str = "2", seconds: str = "") -> int:
    """Run; with SECONDS as the time of a subject, or try what failed again where it is 0."""
    options = RunOptions(
        jobs=int(jobs),
        scheduler=scheduler or None,
        timeout_s=float(seconds or 0) or None,
        retry_failed=seconds == "0",
    )
    try:
        outcome = run_units(
            read_units(Path(source)), Path(out), settings=Settings(), recipe=RECIPE, options=options
        )
    except MriBmeError as error:
        sys.stderr.write(f"refused: {error}\n")
        return 1
    return 0 if outcome.is_all_measured else 4


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
